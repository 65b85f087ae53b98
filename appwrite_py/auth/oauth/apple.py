"""Apple: the client proves itself with a JWT of its own key, the answer is posted, and only the ID token says who."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from appwrite_py.auth.oauth import id_tokens
from appwrite_py.auth.oauth.base import Client, Flow, Profile, Provider, ProviderFailure, Tokens

_ISSUER = "https://appleid.apple.com"
_SECRET_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Apple(Provider):
    """Sign in with Apple. The name is told once only, beside the code (see `http/oauth`)."""

    id: str = "apple"
    authorize_url: str = f"{_ISSUER}/auth/authorize"
    exchange_url: str = f"{_ISSUER}/auth/token"
    scopes: tuple[str, ...] = ("name", "email")
    authorize_params: Any = field(default_factory=lambda: {"response_mode": "form_post"})
    uid: str = "sub"
    verified: str | bool = "email_verified"
    name: str | tuple[str, ...] = ()

    def login_params(self, client: Client, redirect_uri: str, flow: Flow, scopes: Any) -> dict[str, str]:
        return super().login_params(client, redirect_uri, flow, scopes) | {"nonce": flow.nonce}

    def client_secret(self, client: Client) -> str:
        """A JWT that the key of the developer's account signs, for this request."""
        now = int(time.time())
        claims = {
            "iss": client.text("teamId"), "iat": now, "exp": now + _SECRET_SECONDS, "aud": _ISSUER, "sub": client.id,
        }  # fmt: skip
        try:
            key = ECKey.import_key(client.secret)
            return jwt.encode({"alg": "ES256", "kid": client.text("keyId")}, claims, key, algorithms=["ES256"])
        except (JoseError, ValueError, TypeError) as cause:
            raise ProviderFailure("The P8 file is not a private key for ES256.") from cause

    def check(self, client: Client) -> None:
        self.client_secret(client)

    async def profile(self, http: httpx.AsyncClient, client: Client, tokens: Tokens, flow: Flow) -> Profile:
        claims = await id_tokens.read(
            http, tokens.answer.get("id_token"), issuer=_ISSUER, audience=client.id,
            keys_url=f"{_ISSUER}/auth/keys", nonce=flow.nonce,
        )  # fmt: skip
        return self.read_profile(claims)


PROVIDER = Apple()

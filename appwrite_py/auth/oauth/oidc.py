"""OpenID Connect: any provider that is set up by its discovery document, or by its three addresses.

With a discovery document the ID token says who signed in, and what the user-info address tells must be of the same
user. With addresses alone there are no keys to check a signature with: then the user-info address says who it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from appwrite_py.auth.oauth import id_tokens
from appwrite_py.auth.oauth.base import Client, Flow, Profile, Provider, ProviderFailure, Tokens, challenge
from appwrite_py.kit.text import is_url
from appwrite_py.kit.urls import with_query

_ADDRESSES = {
    "authorization_endpoint": "authorizationURL",
    "token_endpoint": "tokenURL",
    "userinfo_endpoint": "userInfoURL",
}
_ENOUGH = {"email", "email_verified", "name"}


@dataclass(frozen=True, kw_only=True)
class OpenId(Provider):
    """An OpenID provider. `well_known`: where its discovery document is, if that is no parameter of the project."""

    id: str = "oidc"
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    uid: str = "sub"
    verified: str | bool = "email_verified"
    well_known: str = ""

    async def login_url(
        self, http: httpx.AsyncClient, client: Client, redirect_uri: str, flow: Flow, scopes: Sequence[str] = ()
    ) -> str:
        known = await self._discover(http, client)
        params = self.login_params(client, redirect_uri, flow, scopes)
        if _takes_pkce(known):
            params |= challenge(flow)
        return with_query(_address(known, "authorization_endpoint"), params)

    def login_params(self, client: Client, redirect_uri: str, flow: Flow, scopes: Sequence[str]) -> dict[str, str]:
        params = super().login_params(client, redirect_uri, flow, scopes) | {"nonce": flow.nonce}
        if (max_age := client.parameters.get("maxAge")) is not None:
            params["max_age"] = str(max_age)
        return params

    async def exchange(
        self, http: httpx.AsyncClient, client: Client, code: str, redirect_uri: str, flow: Flow
    ) -> Tokens:
        known = await self._discover(http, client)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        if _takes_pkce(known):
            form["code_verifier"] = flow.verifier
        return await self._at(known).ask_token(http, client, _address(known, "token_endpoint"), form)

    async def refresh(self, http: httpx.AsyncClient, client: Client, refresh_token: str) -> Tokens:
        known = await self._discover(http, client)
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        tokens = await self._at(known).ask_token(http, client, _address(known, "token_endpoint"), form)
        return tokens if tokens.refresh else tokens._replace(refresh=refresh_token)

    async def profile(self, http: httpx.AsyncClient, client: Client, tokens: Tokens, flow: Flow) -> Profile:
        known = await self._discover(http, client)
        claims: dict[str, Any] = {}
        if "issuer" in known:
            claims = await id_tokens.read(
                http, tokens.answer.get("id_token"), issuer=str(known["issuer"]), audience=client.id,
                keys_url=_address(known, "jwks_uri"), nonce=flow.nonce, max_age=client.parameters.get("maxAge"),
                algorithms=known.get("id_token_signing_alg_values_supported") or ("RS256",),
            )  # fmt: skip
        if "userinfo_endpoint" in known and not claims.keys() >= _ENOUGH:
            claims = self._join(claims, await self._user_info(http, known, tokens))
        return self.read_profile(claims)

    async def _user_info(self, http: httpx.AsyncClient, known: dict[str, Any], tokens: Tokens) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {tokens.access}"}
        return await self.call(http, "GET", _address(known, "userinfo_endpoint"), headers=headers)

    @staticmethod
    def _join(claims: dict[str, Any], info: dict[str, Any]) -> dict[str, Any]:
        if claims and info.get("sub") != claims["sub"]:
            raise ProviderFailure("The ID token and the user info are of different users.")
        if claims.get("email") and info.get("email") != claims["email"]:
            info = {name: value for name, value in info.items() if name not in ("email", "email_verified")}
        return info | claims

    def _at(self, known: dict[str, Any]) -> Provider:
        """How the client proves itself: with a form, unless the provider takes only the header."""
        ways = known.get("token_endpoint_auth_methods_supported")
        basic = isinstance(ways, list) and "client_secret_basic" in ways and "client_secret_post" not in ways
        return Provider(id=self.id, basic=basic)

    async def _discover(self, http: httpx.AsyncClient, client: Client) -> dict[str, Any]:
        """The provider's addresses and what else it says of itself; addresses that the project has set come first."""
        own = {name: client.text(parameter) for name, parameter in _ADDRESSES.items() if client.text(parameter)}
        url = self.well_known or client.text("wellKnownURL")
        if not url:
            return own
        found = await self.call(http, "GET", url)
        if not isinstance(found.get("issuer"), str):
            raise ProviderFailure("The provider's discovery document names no issuer.")
        return found | own


def _takes_pkce(known: dict[str, Any]) -> bool:
    """Whether the provider takes PKCE; one that does not say ignores what it does not know."""
    methods = known.get("code_challenge_methods_supported")
    return not isinstance(methods, list) or "S256" in methods


def _address(known: dict[str, Any], name: str) -> str:
    url = known.get(name)
    if not is_url(url, ("https", "http")):
        raise ProviderFailure(f"The provider's discovery document names no {name}.")
    return str(url)


PROVIDER = OpenId()

"""The mock provider, for the tests of clients: a provider inside the server, never served in production.

Its routes (`services/mock`) and the provider itself answer from here, so that no server has to call itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from appwrite_py.auth.oauth.base import Client, Flow, Provider, ProviderFailure, Tokens
from appwrite_py.kit.urls import with_query

CLIENT_ID, CLIENT_SECRET = "1", "123456"
CODE, ACCESS_TOKEN, REFRESH_TOKEN = "abcdef", "123456", "tuvwxyz"
PATH = "/v1/mock/tests/general/oauth2"


@dataclass(frozen=True, kw_only=True)
class Mock(Provider):
    """Knows one client, one code and one user."""

    scopes: tuple[str, ...] = ("email",)
    verified: str | bool = "verified"
    is_verified: bool = True

    async def login_url(
        self, http: httpx.AsyncClient, client: Client, redirect_uri: str, flow: Flow, scopes: Sequence[str] = ()
    ) -> str:
        own = urlsplit(redirect_uri)
        base = f"{own.scheme}://{own.netloc}{PATH}"
        return with_query(base, self.login_params(client, redirect_uri, flow, scopes))

    async def ask_token(self, http: httpx.AsyncClient, client: Client, url: str, form: dict[str, str]) -> Tokens:
        return self.read_tokens(token(form | {"client_id": client.id, "client_secret": client.secret}))

    async def user(self, http: httpx.AsyncClient, client: Client, tokens: Tokens) -> dict[str, Any]:
        return user(tokens.access, verified=self.is_verified)


def token(form: dict[str, str]) -> dict[str, Any]:
    """What the token address answers. Raises ProviderFailure."""
    refreshing = form.get("grant_type", "").lower() == "refresh_token"
    for name, right in (
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("refresh_token", REFRESH_TOKEN) if refreshing else ("code", CODE),
    ):
        if form.get(name) != right:
            raise ProviderFailure(f"Invalid {name.replace('_', ' ')}.")
    return {"access_token": ACCESS_TOKEN, "refresh_token": REFRESH_TOKEN, "expires_in": 14400}


def user(access_token: str, *, verified: bool) -> dict[str, Any]:
    """What the user address answers. Raises ProviderFailure."""
    if access_token != ACCESS_TOKEN:
        raise ProviderFailure("Invalid token.")
    if verified:
        return {"id": 1, "name": "User Name", "email": "useroauth@localhost.test", "verified": True}
    return {
        "id": 2, "name": "User Name Unverified", "email": "useroauthunverified@localhost.test", "verified": False,
    }  # fmt: skip


PROVIDERS = (Mock(id="mock"), Mock(id="mock-unverified", is_verified=False))

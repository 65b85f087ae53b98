"""Bitbucket: the addresses of a user are asked for apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from appwrite_py.auth.oauth.base import Client, Provider, Tokens, entries


@dataclass(frozen=True, kw_only=True)
class Bitbucket(Provider):
    async def user(self, http: httpx.AsyncClient, client: Client, tokens: Tokens) -> dict[str, Any]:
        user = await super().user(http, client, tokens)
        headers = {"Authorization": f"Bearer {tokens.access}"}
        listed = entries((await self.call(http, "GET", f"{self.user_url}/emails", headers=headers)).get("values"))
        primary = next((entry for entry in listed if entry.get("is_primary")), listed[0] if listed else {})
        return user | {"email": primary.get("email"), "confirmed": primary.get("is_confirmed") is True}


PROVIDER = Bitbucket(
    id="bitbucket",
    authorize_url="https://bitbucket.org/site/oauth2/authorize",
    exchange_url="https://bitbucket.org/site/oauth2/access_token",
    user_url="https://api.bitbucket.org/2.0/user",
    scopes=("account", "email"),
    uid="uuid",
    verified="confirmed",
    name="display_name",
)

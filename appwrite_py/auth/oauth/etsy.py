"""Etsy: the user's id is the first part of the token, and calls carry the application's key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from appwrite_py.auth.oauth.base import Client, Provider, ProviderFailure, Tokens


@dataclass(frozen=True, kw_only=True)
class Etsy(Provider):
    async def user(self, http: httpx.AsyncClient, client: Client, tokens: Tokens) -> dict[str, Any]:
        user_id = tokens.access.partition(".")[0]
        if not (user_id.isascii() and user_id.isdigit()):
            raise ProviderFailure("The provider's token names no user.")
        headers = {"Authorization": f"Bearer {tokens.access}", "x-api-key": client.id}
        user = await self.call(http, "GET", f"{self.user_url}/{user_id}", headers=headers)
        return user | {"id": user_id}


PROVIDER = Etsy(
    id="etsy",
    authorize_url="https://www.etsy.com/oauth/connect",
    exchange_url="https://api.etsy.com/v3/public/oauth/token",
    user_url="https://api.etsy.com/v3/application/users",
    scopes=("email_r", "profile_r"),
    pkce=True,
    email="primary_email",
    verified=True,
    name=("first_name", "last_name"),
)

"""Bitly: a user has several addresses, each verified or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from appwrite_py.auth.oauth.base import Client, Provider, Tokens, entries


@dataclass(frozen=True, kw_only=True)
class Bitly(Provider):
    async def user(self, http: httpx.AsyncClient, client: Client, tokens: Tokens) -> dict[str, Any]:
        user = await super().user(http, client, tokens)
        listed = entries(user.get("emails"))
        verified = next((entry for entry in listed if entry.get("is_verified") is True), {})
        return user | {"email": verified.get("email")}


PROVIDER = Bitly(
    id="bitly",
    authorize_url="https://bitly.com/oauth/authorize",
    exchange_url="https://api-ssl.bitly.com/oauth/access_token",
    user_url="https://api-ssl.bitly.com/v4/user",
    uid="login",
    verified=True,
)

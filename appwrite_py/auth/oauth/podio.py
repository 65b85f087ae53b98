"""Podio: which of a user's addresses are verified stands in a list beside the main one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from appwrite_py.auth.oauth.base import Client, Provider, Tokens, entries


@dataclass(frozen=True, kw_only=True)
class Podio(Provider):
    async def user(self, http: httpx.AsyncClient, client: Client, tokens: Tokens) -> dict[str, Any]:
        user = await super().user(http, client, tokens)
        listed = entries(user.get("mails"))
        main = next((entry for entry in listed if entry.get("mail") == user.get("mail")), {})
        return user | {"verified": main.get("verified") is True}


PROVIDER = Podio(
    id="podio",
    authorize_url="https://podio.com/oauth/authorize",
    exchange_url="https://api.podio.com/oauth/token",
    user_url="https://api.podio.com/user",
    user_scheme="OAuth2",
    uid="user_id",
    email="mail",
    verified="verified",
)

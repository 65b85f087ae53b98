"""Stripe: the account that has been connected stands beside the token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from appwrite_py.auth.oauth.base import Client, Provider, Tokens, text_at


@dataclass(frozen=True, kw_only=True)
class Stripe(Provider):
    async def user(self, http: httpx.AsyncClient, client: Client, tokens: Tokens) -> dict[str, Any]:
        account = quote(text_at(tokens.answer, "stripe_user_id"), safe="")
        headers = {"Authorization": f"Bearer {tokens.access}"}
        return await self.call(http, "GET", f"{self.user_url}/{account}", headers=headers)


PROVIDER = Stripe(
    id="stripe",
    authorize_url="https://connect.stripe.com/oauth/authorize",
    exchange_url="https://connect.stripe.com/oauth/token",
    user_url="https://api.stripe.com/v1/accounts",
    scopes=("read_write",),
    name="business_profile.name",
)

"""PayPal, and its sandbox: a user has several addresses, of which the primary one counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from appwrite_py.auth.oauth.base import Client, Provider, Tokens, entries


@dataclass(frozen=True, kw_only=True)
class PayPal(Provider):
    async def user(self, http: httpx.AsyncClient, client: Client, tokens: Tokens) -> dict[str, Any]:
        user = await super().user(http, client, tokens)
        listed = entries(user.get("emails"))
        primary = next((entry for entry in listed if entry.get("primary")), {})
        return user | {"email": primary.get("value"), "confirmed": primary.get("confirmed")}


def _paypal(id_: str, host: str) -> PayPal:
    return PayPal(
        id=id_,
        authorize_url=f"https://www.{host}/connect/?flowEntry=static",
        exchange_url=f"https://api-m.{host}/v1/oauth2/token",
        user_url=f"https://api-m.{host}/v1/identity/oauth2/userinfo?schema=paypalv1.1",
        scopes=("openid", "profile", "email"),
        basic=True,
        uid="payer_id",
        verified="confirmed",
    )


PROVIDERS = (_paypal("paypal", "paypal.com"), _paypal("paypalSandbox", "sandbox.paypal.com"))

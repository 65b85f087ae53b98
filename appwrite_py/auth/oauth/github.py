"""GitHub: the addresses of a user are asked for apart; the primary one that is verified comes first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from appwrite_py.auth.oauth.base import Client, Provider, Tokens, entries, fetch


@dataclass(frozen=True, kw_only=True)
class GitHub(Provider):
    async def user(self, http: httpx.AsyncClient, client: Client, tokens: Tokens) -> dict[str, Any]:
        user = await super().user(http, client, tokens)
        headers = {"Authorization": f"Bearer {tokens.access}"}
        listed = entries(await fetch(http, "GET", f"{self.user_url}/emails", headers=headers))
        listed.sort(key=lambda entry: (not entry.get("verified"), not entry.get("primary")))
        best = listed[0] if listed else {}
        return user | {"email": best.get("email"), "verified": best.get("verified") is True}


PROVIDER = GitHub(
    id="github",
    authorize_url="https://github.com/login/oauth/authorize",
    exchange_url="https://github.com/login/oauth/access_token",
    user_url="https://api.github.com/user",
    scopes=("user:email",),
    pkce=True,
    verified="verified",
)

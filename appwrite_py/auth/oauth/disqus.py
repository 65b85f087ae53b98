"""Disqus: every call names the application beside the user's token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from appwrite_py.auth.oauth.base import Client, Provider, Tokens
from appwrite_py.kit.urls import with_query


@dataclass(frozen=True, kw_only=True)
class Disqus(Provider):
    async def user(self, http: httpx.AsyncClient, client: Client, tokens: Tokens) -> dict[str, Any]:
        asked = {"access_token": tokens.access, "api_key": client.id, "api_secret": client.secret}
        return await self.call(http, "GET", with_query(self.user_url, asked))


PROVIDER = Disqus(
    id="disqus",
    authorize_url="https://disqus.com/api/oauth/2.0/authorize/",
    exchange_url="https://disqus.com/api/oauth/2.0/access_token/",
    user_url="https://disqus.com/api/3.0/users/details.json",
    scopes=("read", "email"),
    scope_separator=",",
    uid="response.id",
    email="response.email",
    name="response.username",
)

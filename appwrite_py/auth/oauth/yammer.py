"""Yammer: the token comes wrapped in an object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from appwrite_py.auth.oauth.base import Provider, Tokens


@dataclass(frozen=True, kw_only=True)
class Yammer(Provider):
    def read_tokens(self, answer: dict[str, Any]) -> Tokens:
        wrapped = answer.get("access_token")
        inner = wrapped.get("token") if isinstance(wrapped, dict) else wrapped
        return super().read_tokens(answer | {"access_token": inner})


PROVIDER = Yammer(
    id="yammer",
    authorize_url="https://www.yammer.com/oauth2/authorize",
    exchange_url="https://www.yammer.com/oauth2/access_token",
    user_url="https://www.yammer.com/api/v1/users/current.json",
    verified=True,
    name="full_name",
)

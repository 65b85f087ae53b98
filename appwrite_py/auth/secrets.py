"""The secrets that callers present: session tokens, JWTs of users, ephemeral API keys."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from jose import JWTError, jwt

from appwrite_py.kit import ids

_ALGORITHM = "HS256"
EPHEMERAL = "ephemeral_"


@dataclass(slots=True, frozen=True)
class SessionToken:
    """What a session cookie holds: the user's id and the session's secret."""

    user_id: str
    secret: str

    def encoded(self) -> str:
        """As the cookie and `X-Appwrite-Session` carry it: base64 of JSON."""
        return base64.b64encode(orjson.dumps({"id": self.user_id, "secret": self.secret})).decode()

    @staticmethod
    def decoded(text: str) -> SessionToken | None:
        """Read the encoded form; None for anything else."""
        try:
            value = orjson.loads(base64.b64decode(text, validate=False))
            user_id, secret = value["id"], value["secret"]
        except (binascii.Error, ValueError, KeyError, TypeError):
            return None
        return SessionToken(user_id, secret) if isinstance(user_id, str) and isinstance(secret, str) else None


class Tokens:
    """Signs and reads JWTs. Users' and keys' tokens have different keys, so one never passes for the other."""

    def __init__(self, user_key: bytes, ephemeral_key: bytes) -> None:
        self._user_key, self._ephemeral_key = user_key.hex(), ephemeral_key.hex()

    def user(self, project_id: str, user_id: str, session_id: str, expire: datetime, *, depth: int = 0) -> str:
        """A JWT that stands for a user for as long as the session lives and until `expire`.

        depth: how many executions of functions wait for what is done with it.
        """
        claims: dict[str, Any] = {"projectId": project_id, "userId": user_id, "sessionId": session_id, "exp": expire}
        claims |= {"jti": ids.unique(), **({"depth": depth} if depth else {})}
        return str(jwt.encode(claims, self._user_key, algorithm=_ALGORITHM))

    def read_user(self, text: str) -> dict[str, Any] | None:
        """The claims of a user's JWT; None if it is not valid now."""
        return _read(text, self._user_key)

    def ephemeral_key(
        self, project_id: str, scopes: list[str], expire: datetime, *, key_id: str = "", depth: int = 0
    ) -> str:
        """An API key that is stored nowhere and ends at `expire`. What is done with it is recorded under `key_id`.

        depth: how many executions of functions wait for that.
        """
        claims = {"projectId": project_id, "scopes": scopes, "exp": expire, "jti": ids.unique()}
        claims |= {**({"keyId": key_id} if key_id else {}), **({"depth": depth} if depth else {})}
        return EPHEMERAL + str(jwt.encode(claims, self._ephemeral_key, algorithm=_ALGORITHM))

    def read_ephemeral_key(self, text: str) -> dict[str, Any] | None:
        """The claims of an ephemeral API key; None if it is not valid now."""
        return _read(text.removeprefix(EPHEMERAL), self._ephemeral_key)


def _read(text: str, key: str) -> dict[str, Any] | None:
    try:
        return dict(jwt.decode(text, key, algorithms=[_ALGORITHM], options={"require_exp": True}))
    except (JWTError, RecursionError, TypeError):  # the header is parsed before it is known who has written it
        return None

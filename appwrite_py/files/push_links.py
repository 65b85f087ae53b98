"""Links to a file that a push message carries: signed, short-lived, and good for that file only."""

from __future__ import annotations

from datetime import datetime

from jose import JWTError, jwt

_ALGORITHM = "HS256"
LIVES_SECONDS = 3600


class PushLinks:
    """Makes and reads the `jwt` of such links."""

    def __init__(self, key: bytes) -> None:
        """`key` signs them, and nothing else."""
        self._key = key.hex()

    def of(self, project_id: str, bucket_id: str, file_id: str, now: datetime) -> str:
        """What opens a file from now on for an hour."""
        made = int(now.timestamp())
        claims = {"projectId": project_id, "bucketId": bucket_id, "fileId": file_id, "iat": made}
        return str(jwt.encode(claims | {"exp": made + LIVES_SECONDS}, self._key, algorithm=_ALGORITHM))

    def read(self, text: str, now: datetime) -> tuple[str, str, str] | None:
        """Project, bucket and file that a link opens; None for what opens nothing."""
        if not text.isascii():
            return None
        try:
            claims = jwt.decode(text, self._key, algorithms=[_ALGORITHM], options={"verify_exp": False})
            if now.timestamp() >= claims["exp"]:
                return None
            return claims["projectId"], claims["bucketId"], claims["fileId"]
        except (JWTError, RecursionError, TypeError, KeyError):
            return None

"""Links to an archive of a deployment, for those who look at it elsewhere: signed, and good for a short time."""

from __future__ import annotations

from datetime import datetime

from jose import JWTError, jwt

from appwrite_py.kit.crypto import Vault

LIVES_SECONDS = 3600
_ALGORITHM = "HS256"
_PURPOSE = "deployment download"


def make(vault: Vault, project_id: str, deployment_id: str, kind: str, now: datetime) -> str:
    """The `token` that opens the source or the output of a deployment from now on for an hour."""
    claims = {"projectId": project_id, "deploymentId": deployment_id, "type": kind}
    expire = int(now.timestamp()) + LIVES_SECONDS
    return str(jwt.encode(claims | {"exp": expire}, vault.derive(_PURPOSE).hex(), algorithm=_ALGORITHM))


def read(vault: Vault, text: str, now: datetime) -> tuple[str, str, str] | None:
    """Project, deployment and kind that a token opens; None for what opens nothing."""
    if not text.isascii():
        return None
    try:
        key = vault.derive(_PURPOSE).hex()
        claims = jwt.decode(text, key, algorithms=[_ALGORITHM], options={"verify_exp": False})
        if now.timestamp() >= claims["exp"]:
            return None
        return claims["projectId"], claims["deploymentId"], claims["type"]
    except (JWTError, RecursionError, TypeError, KeyError):
        return None

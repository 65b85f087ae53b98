"""Answers of the account service."""

from __future__ import annotations

from typing import Any

from appwrite_py.http.factors import MfaChallenge, MfaFactors, MfaRecoveryCodes
from appwrite_py.http.models import Moment, TypedDict
from appwrite_py.http.people import Session, SessionList, User

Jwt = TypedDict("Jwt", {"jwt": str})
MfaType = TypedDict("MfaType", {"secret": str, "uri": str})

PasskeyCeremony = TypedDict(
    "PasskeyCeremony", {"$id": str, "$createdAt": Moment, "expire": Moment, "options": dict[str, Any]}
)
Passkey = TypedDict(
    "Passkey",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "userId": str,
        "name": str,
        "rpId": str,
        "transports": list[str],
        "backedUp": bool,
        "usedAt": Moment,
    },
)
PasskeyList = TypedDict("PasskeyList", {"total": int, "passkeys": list[Passkey]})

__all__ = [
    "Jwt", "MfaChallenge", "MfaFactors", "MfaRecoveryCodes", "MfaType", "Passkey", "PasskeyCeremony", "PasskeyList",
    "Session", "SessionList", "User",
]  # fmt: skip

"""Answers of the account service."""

from __future__ import annotations

from typing import Any

from appwrite_py.http.factors import MfaChallenge, MfaFactors, MfaRecoveryCodes
from appwrite_py.http.models import Moment, TypedDict
from appwrite_py.http.passkeys import Passkey, PasskeyList
from appwrite_py.http.people import Session, SessionList, User

Jwt = TypedDict("Jwt", {"jwt": str})
MfaType = TypedDict("MfaType", {"secret": str, "uri": str})

PasskeyChallenge = TypedDict(
    "PasskeyChallenge",
    {"$id": str, "$createdAt": Moment, "passkeyId": str, "expire": Moment, "publicKey": dict[str, Any]},
)
TokenSecret = TypedDict(
    "TokenSecret", {"$id": str, "$createdAt": Moment, "userId": str, "secret": str, "expire": Moment, "phrase": str}
)

__all__ = [
    "Jwt", "MfaChallenge", "MfaFactors", "MfaRecoveryCodes", "MfaType", "Passkey", "PasskeyChallenge", "PasskeyList",
    "Session", "SessionList", "TokenSecret", "User",
]  # fmt: skip

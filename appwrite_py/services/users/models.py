"""Answers of the users service."""

from __future__ import annotations

from appwrite_py.http.logs import LogList
from appwrite_py.http.models import TypedDict
from appwrite_py.http.people import (
    Identity,
    IdentityList,
    Membership,
    MembershipList,
    Session,
    SessionList,
    Target,
    TargetList,
    Token,
    User,
)

UserList = TypedDict("UserList", {"total": int, "users": list[User]})
Jwt = TypedDict("Jwt", {"jwt": str})

__all__ = [
    "Identity", "IdentityList", "Jwt", "LogList", "Membership", "MembershipList", "Session", "SessionList", "Target",
    "TargetList", "Token", "User", "UserList",
]  # fmt: skip

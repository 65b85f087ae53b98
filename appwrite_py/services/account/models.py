"""Answers of the account service."""

from __future__ import annotations

from appwrite_py.http.models import TypedDict
from appwrite_py.http.people import Session, SessionList, User

Jwt = TypedDict("Jwt", {"jwt": str})

__all__ = ["Jwt", "Session", "SessionList", "User"]

"""What PostgreSQL keeps instead of a password, made here: so the password itself is in no statement and in no log."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

_ROUNDS = 4096  # PostgreSQL's own number; the passwords are long and random


def verifier(password: str, salt: bytes | None = None) -> str:
    """The SCRAM-SHA-256 verifier (RFC 5802) of a password of ASCII characters."""
    salt = os.urandom(16) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, _ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(_ROUNDS, *parts)

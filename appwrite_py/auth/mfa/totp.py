"""Codes that authenticator apps make from a shared secret and the time (TOTP: SHA-1, six digits, steps of 30 s)."""

from __future__ import annotations

from datetime import datetime

import pyotp

from appwrite_py.kit.crypto import same

STEP_SECONDS = 30
_WINDOW = 1  # steps to either side that count, for clocks that differ


def new_secret() -> str:
    """A secret to share with an app, in base32."""
    return pyotp.random_base32()


def uri(secret: str, account: str, issuer: str) -> str:
    """What apps read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The step of time that a code belongs to, None for a wrong one.

    All steps of the window are compared, and in constant time. Whether the step has been used is for the caller to
    know: a code must not count twice.
    """
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in range(current - _WINDOW, current + _WINDOW + 1):
        if same(totp.generate_otp(step), code):
            found = step
    return found

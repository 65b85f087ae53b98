"""Identifiers and random secrets."""

from __future__ import annotations

import secrets
import time

_last = 0


def unique() -> str:
    """A new id of 20 hexadecimal characters: 13 of the time in microseconds, so ids sort by age, and 7 at random."""
    global _last
    now = time.time_ns() // 1000
    _last = now if now > _last else _last + 1
    return f"{_last:013x}{secrets.randbits(28):07x}"


def secret(characters: int) -> str:
    """`characters` hexadecimal characters from the system's random source; an even number."""
    return secrets.token_hex(characters // 2)

"""User ids for what runs in sandboxes, and files that are handed over to them."""

from __future__ import annotations

import os
import secrets
import threading
from collections import deque
from pathlib import Path

_REMEMBERED = 10_000

_given: deque[int] = deque(maxlen=_REMEMBERED)
_lock = threading.Lock()


def new_user() -> int:
    """One that no person has, and that has not been given for a while."""
    first, last = _user_range()
    with _lock:
        while (user := first + secrets.randbelow(last - first)) in _given:
            pass
        _given.append(user)
    return user


def _user_range() -> tuple[int, int]:
    """Ids that no person has; in containers there are often no more than 65,536."""
    try:
        count = sum(int(line.split()[2]) for line in Path("/proc/self/uid_map").read_text().splitlines())
    except OSError:
        count = 65_536
    return (0x20000000, 0x3FFFFFFF) if count > 0x40000000 else (20_000, 60_000)


def umask() -> int:
    """Read without changing it, which would have to be undone while other threads make files."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("Umask:"):
            return int(line.split()[1], 8)
    return 0o022


def hand_over(path: str, user: int, *, writable: bool) -> None:
    """Let the user, or its group, read a file or folder; or make it the user's."""
    if os.path.islink(path):
        os.lchown(path, user, user) if writable else None
        return
    mode = os.stat(path).st_mode & 0o777
    os.chown(path, user if writable else -1, user)
    os.chmod(path, mode | ((mode & 0o700) if writable else 0) | (mode >> 3 & 0o050))

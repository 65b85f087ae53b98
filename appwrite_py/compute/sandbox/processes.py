"""Processes that have got away from the group they were started in."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path


def kill_marked(mark: bytes) -> int:
    """Kill those that have this in the environment they were started with; how many there were."""
    found = [number for number in _processes() if mark in _told(number, "environ")]
    for number in found:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(number, signal.SIGKILL)
    return len(found)


def kill_owned(user: int) -> int:
    """Kill those of a user, as one: none of them can start another meanwhile; how many there were."""
    wanted = f"\nUid:\t{user}\t".encode()
    told = [_told(number, "status") for number in _processes()]
    count = sum(1 for text in told if wanted in text and b"\nState:\tZ" not in text)
    if count:
        who = [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        subprocess.run(["setpriv", *who, "--", "/bin/sh", "-c", "kill -9 -1"], check=False, stdin=subprocess.DEVNULL)
    return count


def _processes() -> list[int]:
    with contextlib.suppress(FileNotFoundError):
        return [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()]
    return []


def _told(process: int, name: str) -> bytes:
    with contextlib.suppress(OSError):
        return Path("/proc", str(process), name).read_bytes()
    return b""

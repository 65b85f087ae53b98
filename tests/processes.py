"""Processes of this machine, for tests of what is to be left running, or not."""

from __future__ import annotations

import os
from pathlib import Path


def running(mark: str) -> list[str]:
    """Processes of the machine that have this text in their command line."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and name != str(os.getpid()):
            try:
                line = Path("/proc", name, "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if mark in line:
                found.append(line)
    return found

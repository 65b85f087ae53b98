"""The engine that tests need: they are left out where none answers."""

from __future__ import annotations

import subprocess
from functools import cache

import pytest

from tests.docker import image


@cache
def _answers() -> bool:
    try:
        subprocess.run(["docker", "version"], capture_output=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def needed() -> None:
    """Skip the test unless a Docker engine answers, which then has the image of the tests."""
    if not _answers():
        pytest.skip("no Docker engine answers on this machine")
    image.make()


def containers(*filters: str) -> list[str]:
    """The containers of the executor that there are now."""
    chosen = [word for text in ("name=appwrite-py-", *filters) for word in ("--filter", text)]
    return docker("ps", "-a", "-q", *chosen).split()


def docker(*arguments: str) -> str:
    """What the client of Docker prints."""
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True, timeout=30).stdout

"""Servers that are really started, and never left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.process.running import Served

Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts servers; in a fresh folder unless another is given."""
    started: list[Served] = []

    def start(*flags: str, folder: Path = tmp_path, **more: Any) -> Served:
        started.append(Served(folder, *flags, **more))
        return started[-1]

    yield start
    for server in reversed(started):
        server.clean()

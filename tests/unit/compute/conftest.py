"""Fixtures: an executor that tests share, as each has functions of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.compute.runner import Runner, running


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Functions in the best sandbox of this machine."""
    with running(tmp_path_factory.mktemp("functions"), functions_processes=6) as made:
        yield made

from __future__ import annotations

import pytest

from tests.client import Api, Console


@pytest.fixture(scope="session")
def stranger_console(api: Api) -> Console:
    """A console user of another organization."""
    return Console.sign_up(api)

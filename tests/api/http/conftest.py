"""Servers with other settings than the tests' usual one, over the same database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from starlette.testclient import TestClient

from appwrite_py.app import create_app
from tests.client import Api
from tests.conftest import settings_for_tests


@pytest.fixture
def served(dsn: str) -> Iterator[Callable[..., Api]]:
    """Start another application with changed settings."""
    with ExitStack() as stack:

        def start(**settings: object) -> Api:
            app = create_app(settings_for_tests(**settings), dsn, "key-of-the-tests")
            return Api(stack.enter_context(TestClient(app, raise_server_exceptions=False)))

        yield start

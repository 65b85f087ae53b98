"""The databases that schema plans are made for."""

from __future__ import annotations

import pytest

from tests.api.databases.schema_plan.tools import BOOKS, add, apply
from tests.api.databases.tools import make_database
from tests.client import Sandbox


@pytest.fixture
def main(sandbox: Sandbox) -> Sandbox:
    """A project with an empty database."""
    make_database(sandbox)
    return sandbox


@pytest.fixture
def books(main: Sandbox) -> Sandbox:
    """The same with a table and three rows in it."""
    apply(main, BOOKS).ok(200)
    for n, (title, year) in enumerate([("One", 1901), ("Two", 1902), ("Three", None)]):
        add(main.key, f"b{n}", title=title, year=year)
    return main

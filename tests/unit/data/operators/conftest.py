"""The database of the tests of operators, with both ways of planning."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.data.operators.tools import Database


@pytest.fixture(scope="module", params=[False, True], ids=["custom plans", "generic plans"])
def database(request: pytest.FixtureRequest, dsn: str) -> Iterator[Database]:
    made = Database(dsn, request.param)
    yield made
    made.close()

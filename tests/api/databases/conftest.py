"""What holds for all tests of databases: no request leaves a connection in a transaction, whatever comes of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appwrite_py.data.pg import Connection, Pool


@pytest.fixture(autouse=True)
def _no_transaction_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    left = []
    give = Pool._give

    def noted(pool: Pool, connection: Connection) -> None:
        if not connection.raw.is_closed() and connection.raw.is_in_transaction():
            left.append(connection)
        give(pool, connection)

    monkeypatch.setattr(Pool, "_give", noted)
    yield
    assert not left, "a connection came back to its pool inside a transaction"

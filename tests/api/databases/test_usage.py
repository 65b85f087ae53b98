"""Usage of databases: totals, series by hour and day, and the hourly sums that are made of the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from starlette.testclient import TestClient

from appwrite_py.app import create_app
from appwrite_py.data import sizes
from appwrite_py.events import writes
from appwrite_py.jobs.maintenance import clean_up
from appwrite_py.kit import clock
from tests.api.databases.tools import DOCUMENTS, MAIN, NOTES, ROWS, create, make_database, make_notes, q, recorded
from tests.client import Api, Sandbox
from tests.conftest import settings_for_tests

pytestmark = pytest.mark.usefixtures("within_a_window")

TABLE = "/tablesdb/main/tables/notes"
TEXT = [{"key": "text", "type": "string", "size": 50}]
_CONTENT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "documentsdb": ({}, {"a": 1}),
    "vectorsdb": ({"dimension": 2}, {"embeddings": [1, 2]}),
}
POINTS = {"24h": 24, "30d": 30, "90d": 90}


@pytest.fixture
def written(sandbox: Sandbox) -> Sandbox:
    """Six writes that leave three documents."""
    make_notes(sandbox, attributes=TEXT)
    for id_ in ("one", "two"):
        create(sandbox.key, id_, text=id_).ok(201)
    sandbox.key.put(f"{ROWS}/three", data={"text": "new"}).ok(201)
    sandbox.key.put(f"{ROWS}/three", data={"text": "changed"}).ok(201)
    sandbox.key.delete(f"{DOCUMENTS}/one").ok(204)
    sandbox.key.patch(f"{DOCUMENTS}/two", data={"text": "changed"}).ok(200)
    create(sandbox.key, "four", text="four").ok(201)
    sandbox.key.patch(f"{DOCUMENTS}/missing", data={"text": "x"}).fails(404, "document_not_found")
    return sandbox


def usage(caller: Api, path: str, range_: str = "24h") -> dict[str, Any]:
    body: dict[str, Any] = caller.get(f"{path}/usage", range=range_).ok(200)
    assert body["range"] == range_
    return body


def summed(series: list[dict[str, Any]]) -> int:
    return sum(point["value"] for point in series)


def roll_up(sandbox: Sandbox, **changes: Any) -> None:
    portal = sandbox.guest.http.portal
    assert portal is not None
    portal.call(partial(writes.roll_up, sandbox.guest.resources.pool, settings_for_tests(**changes)))


def move_back(sandbox: Sandbox, hours: int) -> None:
    """All that this project has done, as if it had done it earlier, and before anything was summed up."""
    sandbox.guest.sql("DELETE FROM rollups RETURNING 1")
    earlier = "created_at = created_at - make_interval(hours => $2)"
    for table in ("outbox", "databases", "collections"):
        sandbox.guest.sql(f"UPDATE {table} SET {earlier} WHERE project_id = $1 RETURNING 1", sandbox.id, hours)


def sums(sandbox: Sandbox) -> list[tuple[int, int, int]]:
    rows = sandbox.guest.sql("SELECT writes, created, deleted FROM hourly_writes WHERE project_id = $1", sandbox.id)
    return [tuple(row) for row in rows]


# --- answers ------------------------------------------------------------------------------------------------------
def test_of_a_collection(written: Sandbox) -> None:
    found, table = usage(written.key, NOTES), usage(written.admin, TABLE)
    assert (found["documentsTotal"], summed(found["documents"]), found["documents"][-1]["value"]) == (3, 3, 3)
    assert table == {"range": "24h", "rowsTotal": 3, "rows": found["documents"]}


def test_of_a_database(written: Sandbox) -> None:
    found = usage(written.key, MAIN)
    assert found == usage(written.key, "/tablesdb/main")
    assert (found["collectionsTotal"], found["tablesTotal"]) == (1, 1)
    assert (found["documentsTotal"], found["rowsTotal"], found["databaseReadsTotal"]) == (3, 3, 0)
    assert found["databaseWritesTotal"] == summed(found["databaseWrites"]) == 7
    assert (summed(found["collections"]), summed(found["documents"])) == (1, 3)
    assert found["storageTotal"] >= 8192


def test_of_all_databases(written: Sandbox) -> None:
    before = usage(written.key, "/databases")
    assert (before["databasesTotal"], before["documentsTotal"], before["databasesWritesTotal"]) == (1, 3, 7)
    make_database(written, "empty")
    after = usage(written.key, "/tablesdb")
    assert (after["databasesTotal"], summed(after["databases"]), after["tablesTotal"]) == (2, 2, 1)
    assert after["storageTotal"] == before["storageTotal"]


@pytest.mark.parametrize("service", ["documentsdb", "vectorsdb"])
def test_services_count_their_own(written: Sandbox, service: str) -> None:
    assert usage(written.key, f"/{service}")["databasesTotal"] == 0
    written.key.post(f"/{service}", databaseId="other", name="Other").ok(201)
    more, data = _CONTENT[service]
    written.key.post(f"/{service}/other/collections", collectionId="c", name="C", **more).ok(201)
    written.key.post(f"/{service}/other/collections/c/documents", documentId="d", data=data).ok(201)
    one, every = usage(written.key, f"/{service}/other"), usage(written.key, f"/{service}")
    assert (one["documentsTotal"], one["databaseWritesTotal"], summed(one["documents"])) == (1, 1, 1)
    assert (every["databasesTotal"], every["collectionsTotal"], every["databasesWritesTotal"]) == (1, 1, 1)
    assert usage(written.key, "/databases")["databasesTotal"] == 1
    written.key.get(f"/{service}/main/usage").fails(404, "database_not_found")


@pytest.mark.parametrize("range_", list(POINTS))
def test_points_in_time(written: Sandbox, range_: str) -> None:
    series = usage(written.key, NOTES, range_)["documents"]
    step = timedelta(hours=1) if range_ == "24h" else timedelta(days=1)
    times = [clock.parse(point["date"]) for point in series]
    assert len(times) == POINTS[range_]
    assert {later - sooner for sooner, later in pairwise(times)} == {step}
    assert times[-1] <= clock.now() < times[-1] + step + timedelta(minutes=1)
    assert series[-1]["value"] == 3


def test_thirty_days_unless_said_otherwise(written: Sandbox) -> None:
    body = written.key.get("/databases/usage").ok(200)
    assert (body["range"], len(body["storage"])) == ("30d", 30)


def test_bulk_operations_count_each_document(written: Sandbox) -> None:
    rows = [{"$id": f"b{n}", "text": "x"} for n in range(4)]
    written.key.post(ROWS, rows=rows).ok(201)
    written.key.delete(ROWS, queries=[q("equal", "text", "x")]).ok(200)
    found = usage(written.key, MAIN)
    assert (found["databaseWritesTotal"], found["rowsTotal"], summed(found["rows"])) == (7 + 8, 3, 3)


def test_upserts_count_what_they_create(written: Sandbox) -> None:
    written.key.put(ROWS, rows=[{"$id": "new", "text": "x"}, {"$id": "two", "text": "x"}]).ok(201)
    staged = written.key.post("/tablesdb/transactions").ok(201)["$id"]
    for id_ in ("newer", "two"):
        written.key.put(f"{ROWS}/{id_}", data={"text": "y"}, transactionId=staged).ok(201)
    written.key.patch(f"/tablesdb/transactions/{staged}", commit=True).ok(200)
    found = usage(written.key, MAIN)
    assert (found["databaseWritesTotal"], found["rowsTotal"], summed(found["rows"])) == (7 + 4, 5, 5)


def test_what_was_deleted_counts_no_more(written: Sandbox) -> None:
    written.key.post(f"{MAIN}/collections", collectionId="kept", name="Kept", attributes=TEXT).ok(201)
    written.key.delete(NOTES).ok(204)
    found = usage(written.key, MAIN)
    assert (found["documentsTotal"], summed(found["documents"]), found["collectionsTotal"]) == (0, 0, 1)
    assert found["databaseWritesTotal"] == 7
    written.key.delete(MAIN).ok(204)
    assert usage(written.key, "/databases")["databasesWritesTotal"] == 0


def test_large_tables_are_estimated(written: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "COUNTED_UP_TO", 100)
    schema = written.guest.sql("SELECT schema_name FROM databases WHERE project_id = $1", written.id)[0][0]
    table = f'"{schema}"."notes"'
    written.guest.sql(
        f"INSERT INTO {table} (_id, text, _created_at, _updated_at) SELECT 'x' || n, 'x', now(), now() "
        "FROM generate_series(1, 2000) n RETURNING 1"
    )
    assert usage(written.key, NOTES)["documentsTotal"] == 2003  # nobody has looked yet: counted
    written.guest.sql(f"ANALYZE {table}")
    with written.statements() as seen:
        assert usage(written.key, NOTES)["documentsTotal"] == 2003
    assert not [sql for sql in seen if sql.startswith("SELECT (SELECT count(*)")]


# --- hourly sums --------------------------------------------------------------------------------------------------
def test_sums_tell_the_same_as_the_outbox(written: Sandbox) -> None:
    move_back(written, 5)
    before = usage(written.key, MAIN)
    assert [point["value"] for point in before["databaseWrites"]][-6:] == [7, 0, 0, 0, 0, 0]
    roll_up(written)
    assert sums(written) == [(7, 4, 1)]
    assert usage(written.key, MAIN) == before
    roll_up(written)
    assert sums(written) == [(7, 4, 1)]
    written.guest.sql("DELETE FROM outbox WHERE project_id = $1 RETURNING 1", written.id)
    assert usage(written.key, MAIN) == before


def test_what_is_new_is_added_to_the_sums(written: Sandbox) -> None:
    move_back(written, 5)
    roll_up(written)
    create(written.key, "five", text="five").ok(201)
    found = usage(written.key, MAIN)
    assert [point["value"] for point in found["documents"]][-6:] == [3, 0, 0, 0, 0, 1]
    roll_up(written)  # the hour is not over
    assert sums(written) == [(7, 4, 1)]


def test_an_hour_is_summed_up_when_it_has_settled(written: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    move_back(written, 2)
    monkeypatch.setattr(writes, "_SETTLED_AFTER", timedelta(hours=2))  # what began in it may still be going on
    roll_up(written)
    assert sums(written) == []
    monkeypatch.setattr(writes, "_SETTLED_AFTER", timedelta(0))
    roll_up(written)
    assert sums(written) == [(7, 4, 1)]


def test_one_process_sums_up_at_a_time(written: Sandbox) -> None:
    move_back(written, 5)
    pool, portal = written.guest.resources.pool, written.guest.http.portal
    assert portal is not None

    async def while_another_does() -> None:
        async with pool.connection() as other:
            await other.fetch("SELECT pg_advisory_lock($1)", [writes._LOCK])
            try:
                await writes.roll_up(pool, settings_for_tests())
            finally:
                await other.fetch("SELECT pg_advisory_unlock($1)", [writes._LOCK])

    portal.call(while_another_does)
    assert sums(written) == []


def test_ids_with_dots_and_the_words_of_events(sandbox: Sandbox) -> None:
    make_database(sandbox, "a.collections.b")
    path = "/databases/a.collections.b/collections"
    sandbox.key.post(path, collectionId="c.documents.d", name="C", attributes=TEXT).ok(201)
    sandbox.key.post(f"{path}/c.documents.d/documents", documentId="x.create", data={"text": "x"}).ok(201)
    sandbox.key.delete(f"{path}/c.documents.d/documents/x.create").ok(204)
    found = usage(sandbox.key, "/databases/a.collections.b")
    assert (found["databaseWritesTotal"], summed(found["documents"])) == (2, 0)


def test_an_earlier_database_of_the_same_id_is_another(written: Sandbox) -> None:
    move_back(written, 30)
    roll_up(written)
    written.key.delete(MAIN).ok(204)
    make_notes(written, attributes=TEXT)
    found = usage(written.key, MAIN, "30d")
    assert (found["databaseWritesTotal"], summed(found["documents"])) == (0, 0)


def test_sums_go_with_their_time_and_their_project(written: Sandbox) -> None:
    move_back(written, 5)
    roll_up(written)
    portal = written.guest.http.portal
    assert portal is not None
    tidy = partial(clean_up, written.guest.resources.pool)
    portal.call(tidy, settings_for_tests(usage_retention_seconds=86_400))
    assert sums(written) == [(7, 4, 1)]
    portal.call(tidy, settings_for_tests(usage_retention_seconds=3600))
    assert sums(written) == []


def test_nothing_is_summed_up_where_usage_is_off(written: Sandbox) -> None:
    move_back(written, 5)
    roll_up(written, usage_stats="disabled")
    assert sums(written) == []


# --- who may ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/databases", MAIN, NOTES, "/tablesdb", "/tablesdb/main", TABLE, "/documentsdb"])
def test_it_is_for_servers(written: Sandbox, path: str) -> None:
    before = recorded(written)
    for caller in (written.guest, written.user()):
        caller.get(f"{path}/usage").fails(401, "general_unauthorized_scope")
    written.key.get(f"{path}/usage", range="7d").fails(400, "general_argument_invalid")
    usage(written.key, path)
    assert recorded(written) == before + 2  # the user and the session


def test_what_is_not_there(written: Sandbox) -> None:
    written.key.get("/databases/other/usage").fails(404, "database_not_found")
    written.key.get(f"{MAIN}/collections/other/usage").fails(404, "collection_not_found")
    written.key.get("/tablesdb/main/tables/other/usage").fails(404, "table_not_found")


@pytest.fixture(scope="module")
def uncounted(dsn: str) -> Iterator[Api]:
    app = create_app(settings_for_tests(usage_stats="disabled"), dsn, "key-of-the-tests")
    with TestClient(app, raise_server_exceptions=False) as http:
        yield Api(http)


def test_it_can_be_switched_off(written: Sandbox, uncounted: Api) -> None:
    Api(uncounted.http, written.key.headers).get("/databases/usage").fails(501, "general_usage_disabled")

"""Indexes of large tables: built while others write, by one process at a time, and honest about how far they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import pytest

from appwrite_py.data import builds
from appwrite_py.services.databases import jobs
from tests.api.databases.tools import (
    DOCUMENTS,
    MAIN,
    NOTES,
    create,
    find,
    make_database,
    make_notes,
    q,
    recorded,
    schema_of,
)
from tests.client import Api, Sandbox

INDEXES = f"{NOTES}/indexes"
EVENT = "databases.main.collections.notes.indexes.{}.update"


class Session:
    """Somebody at psql: a connection of its own, which does what it is told."""

    def __init__(self, api: Api, dsn: str) -> None:
        assert api.http.portal is not None
        self._call = api.http.portal.call
        self._connection = self._call(asyncpg.connect, dsn)

    def run(self, sql: str, *args: Any) -> Any:
        return self._call(self._connection.fetch, sql, *args)

    def close(self) -> None:
        self._call(self._connection.close)


@pytest.fixture
def session(api: Api, dsn: str) -> Iterator[Session]:
    made = Session(api, dsn)
    yield made
    made.close()


@pytest.fixture
def notes(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Five notes, which are many here."""
    make_notes(sandbox)
    for n in range(5):
        create(sandbox.key, f"n{n}", text=f"word{n} same", whole=n, mail=f"{n}@example.com", color="red").ok(201)
    monkeypatch.setattr(builds, "LARGE_ROWS", 5)
    monkeypatch.setattr(jobs, "AGAIN_SECONDS", 0.1)
    return sandbox


@pytest.fixture
def busy(notes: Sandbox, session: Session) -> Iterator[Session]:
    """Somebody who has written to the table and not committed: no concurrent build gets past that."""
    session.run("BEGIN")
    session.run(f'UPDATE "{schema_of(notes)}"."notes" SET whole = 50 WHERE _id = $1', "n0")
    yield session
    if session._connection.is_in_transaction():
        session.run("ROLLBACK")


def add(sandbox: Sandbox, key: str, type_: str, *attributes: str) -> dict[str, Any]:
    made: dict[str, Any] = sandbox.key.post(INDEXES, key=key, type=type_, attributes=list(attributes)).ok(202)
    return made


def get(sandbox: Sandbox, key: str) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.key.get(f"{INDEXES}/{key}").ok(200)
    return found


def until(true: Callable[[], Any], seconds: float = 15) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it has not come to that"
        time.sleep(0.02)


def settled(sandbox: Sandbox, key: str) -> dict[str, Any]:
    """The index when it is no longer being built."""
    until(lambda: get(sandbox, key)["status"] != "processing")
    return get(sandbox, key)


def valid(sandbox: Sandbox) -> dict[str, bool]:
    """The indexes that PostgreSQL has of the users' own, and whether they are finished."""
    rows = sandbox.guest.sql(
        "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE c.relnamespace = to_regnamespace($1) AND position('::' in c.relname) = 0",
        f'"{schema_of(sandbox)}"',
    )
    return {row["relname"]: row["indisvalid"] for row in rows}


def builders(sandbox: Sandbox) -> list[int]:
    """The sessions that build an index now, or drop what is left of one."""
    rows = sandbox.guest.sql(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' "
        "AND query LIKE '%INDEX CONCURRENTLY%' AND pid <> pg_backend_pid()"
    )
    return [row["pid"] for row in rows]


def test_small_tables_have_their_index_at_once(notes: Sandbox) -> None:
    notes.key.delete(f"{DOCUMENTS}/n4").ok(204)
    before = recorded(notes)
    assert add(notes, "texts", "key", "text")["status"] == "available"
    assert valid(notes) == {"notes:texts": True}
    assert recorded(notes) == before + 1


def test_tables_of_many_bytes_are_large(notes: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "LARGE_ROWS", 50_000)
    monkeypatch.setattr(builds, "LARGE_BYTES", 8192)
    assert add(notes, "texts", "key", "text")["status"] == "processing"
    assert settled(notes, "texts")["status"] == "available"


def test_build(notes: Sandbox) -> None:
    made = add(notes, "texts", "key", "text")
    assert (made["status"], made["error"]) == ("processing", "")
    found = settled(notes, "texts")
    assert found == made | {"status": "available", "$updatedAt": found["$updatedAt"]}
    assert found["$updatedAt"] > made["$updatedAt"]
    assert valid(notes) == {"notes:texts": True}
    assert notes.key.get(NOTES).ok()["indexes"] == [found]
    assert notes.events()[-2:] == [EVENT.format("texts").replace(".update", ".create"), EVENT.format("texts")]
    (row,) = notes.guest.sql("SELECT * FROM outbox WHERE event = $1 AND project_id = $2", EVENT.format("texts"),
                             notes.id)  # fmt: skip
    assert row["payload"] == found
    assert (row["actor_type"], row["roles"]) == ("server", [])


def test_build_in_the_words_of_tables(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "LARGE_ROWS", 1)
    sandbox.key.post("/tablesdb", databaseId="main", name="Main").ok(201)
    sandbox.key.post("/tablesdb/main/tables", tableId="t", name="T", columns=[{"key": "n", "type": "integer"}]).ok(201)
    sandbox.key.post("/tablesdb/main/tables/t/rows", rowId="one", data={"n": 1}).ok(201)
    made = sandbox.key.post("/tablesdb/main/tables/t/indexes", key="ns", type="key", columns=["n"]).ok(202)
    assert made["status"] == "processing"
    until(lambda: sandbox.key.get("/tablesdb/main/tables/t/indexes/ns").ok()["status"] == "available")
    event = "databases.main.tables.t.indexes.ns.update"
    assert sandbox.events()[-1] == event
    (row,) = sandbox.guest.sql("SELECT payload FROM outbox WHERE event = $1 AND project_id = $2", event, sandbox.id)
    assert row["payload"]["columns"] == ["n"]


def test_nobody_waits_for_a_build(notes: Sandbox, busy: Session) -> None:
    add(notes, "wholes", "key", "whole")
    until(lambda: builders(notes))
    began = time.monotonic()
    create(notes.key, "more", whole=7).ok(201)
    notes.key.patch(f"{DOCUMENTS}/n1", data={"whole": 8}).ok(200)
    notes.key.delete(f"{DOCUMENTS}/n2").ok(204)
    assert find(notes.key, q("greaterThan", "whole", 6)) == ["n1", "more"]
    assert time.monotonic() - began < 5
    assert get(notes, "wholes")["status"] == "processing"
    assert valid(notes) == {"notes:wholes": False}
    busy.run("COMMIT")
    assert settled(notes, "wholes")["status"] == "available"
    assert find(notes.key, q("greaterThan", "whole", 6), q("orderAsc", "whole")) == ["more", "n1", "n0"]


def test_two_of_one_table_are_built_one_after_the_other(notes: Sandbox, busy: Session) -> None:
    add(notes, "wholes", "key", "whole")
    add(notes, "texts", "fulltext", "text")
    until(lambda: builders(notes))
    time.sleep(0.3)
    assert len(builders(notes)) == 1
    busy.run("COMMIT")
    assert {settled(notes, key)["status"] for key in ("wholes", "texts")} == {"available"}
    assert len([event for event in notes.events() if event.endswith(".update")]) == 2


def test_search_needs_a_finished_index(notes: Sandbox, busy: Session) -> None:
    add(notes, "texts", "fulltext", "text")
    notes.key.get(DOCUMENTS, [q("search", "text", "word1")]).fails(400, "general_query_invalid")
    busy.run("COMMIT")
    settled(notes, "texts")
    assert find(notes.key, q("search", "text", "word1")) == ["n1"]


def test_values_that_are_not_unique(notes: Sandbox) -> None:
    add(notes, "colors", "unique", "color")
    found = settled(notes, "colors")
    assert found["status"] == "failed"
    assert "more than once" in found["error"]
    assert valid(notes) == {}
    assert notes.events()[-1] == EVENT.format("colors")
    create(notes.key, "more", color="red").ok(201)
    notes.key.post(INDEXES, key="colors", type="unique", attributes=["mail"]).fails(409, "index_already_exists")
    notes.key.delete(f"{INDEXES}/colors").ok(204)
    add(notes, "colors", "unique", "mail")
    assert settled(notes, "colors")["status"] == "available"
    create(notes.key, "other", mail="1@example.com").fails(409, "document_unique_constraint_violation")


def test_values_that_are_too_large(notes: Sandbox) -> None:
    import secrets

    notes.key.post(f"{NOTES}/attributes/string", key="long", size=100_000, required=False).ok(202)
    create(notes.key, "large", long=secrets.token_hex(20_000)).ok(201)
    add(notes, "longs", "key", "long")
    found = settled(notes, "longs")
    assert (found["status"], found["error"]) == ("failed", "Stored values are too large for an index.")
    assert valid(notes) == {}


@pytest.mark.parametrize(
    ("path", "gone"),
    [(f"{INDEXES}/wholes", f"{INDEXES}/wholes"), (f"{NOTES}/attributes/whole", f"{INDEXES}/wholes"),
     (NOTES, NOTES), (MAIN, MAIN)],
)  # fmt: skip
def test_delete_something_while_it_is_built(notes: Sandbox, session: Session, path: str, gone: str) -> None:
    """The build waits here for somebody who only reads, whom nothing else has to wait for."""
    session.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
    session.run("SELECT 1 FROM projects")
    add(notes, "wholes", "key", "whole")
    until(lambda: builders(notes))
    notes.key.delete(path).ok(204)
    assert notes.key.get(gone).status == 404
    until(lambda: not builders(notes))
    session.run("COMMIT")
    assert notes.guest.sql("SELECT 1 FROM indexes WHERE project_id = $1", notes.id) == []


def test_delete_the_project_while_it_is_built(notes: Sandbox, session: Session) -> None:
    session.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
    session.run("SELECT 1 FROM projects")
    add(notes, "wholes", "key", "whole")
    until(lambda: builders(notes))
    notes.admin.delete("/project").ok(204)
    until(lambda: not builders(notes))
    session.run("COMMIT")


def test_change_the_table_while_it_is_built(notes: Sandbox, session: Session) -> None:
    """The build gives way, and begins anew."""
    session.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
    session.run("SELECT 1 FROM projects")
    add(notes, "wholes", "key", "whole")
    until(lambda: builders(notes))
    notes.key.post(f"{NOTES}/attributes/integer", key="more", required=False).ok(202)
    until(lambda: builders(notes))
    notes.key.patch(f"{NOTES}/attributes/integer/whole", required=False, default=None, newKey="total").ok(200)
    until(lambda: builders(notes))
    notes.key.put(NOTES, name="Notes", documentSecurity=True).ok(200)
    notes.key.delete(f"{NOTES}/attributes/text").ok(204)
    assert get(notes, "wholes")["status"] == "processing"
    session.run("COMMIT")
    found = settled(notes, "wholes")
    assert (found["status"], found["attributes"]) == ("available", ["total"])
    assert valid(notes) == {"notes:wholes": True}


def test_a_small_index_while_one_is_built(notes: Sandbox, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
    session.run("SELECT 1 FROM projects")
    add(notes, "wholes", "key", "whole")
    until(lambda: builders(notes))
    monkeypatch.setattr(builds, "LARGE_ROWS", 50_000)
    assert add(notes, "texts", "key", "text")["status"] == "available"
    session.run("COMMIT")
    assert settled(notes, "wholes")["status"] == "available"


def test_an_attribute_of_several_goes(notes: Sandbox) -> None:
    """What is left of the index is built, too."""
    notes.key.post(INDEXES, key="pair", type="key", attributes=["text", "whole"], orders=["ASC", "DESC"]).ok(202)
    settled(notes, "pair")
    notes.key.delete(f"{NOTES}/attributes/text").ok(204)
    found = settled(notes, "pair")
    assert (found["status"], found["attributes"], found["orders"]) == ("available", ["whole"], ["DESC"])


def test_a_build_whose_session_is_killed_begins_anew(notes: Sandbox, busy: Session) -> None:
    add(notes, "wholes", "key", "whole")
    until(lambda: builders(notes))
    (pid,) = builders(notes)
    notes.guest.sql("SELECT pg_terminate_backend($1)", pid)
    until(lambda: builders(notes) not in ([], [pid]))
    busy.run("COMMIT")
    assert settled(notes, "wholes")["status"] == "available"
    assert valid(notes) == {"notes:wholes": True}
    assert notes.events().count(EVENT.format("wholes")) == 1


def test_what_a_crash_has_left_is_taken_up(notes: Sandbox) -> None:
    """One index was never begun, one is left half built, one was finished when nobody was there to say so."""
    for key, attribute in (("first", "whole"), ("second", "text"), ("third", "mail")):
        settled(notes, add(notes, key, "key", attribute)["key"])
    schema = schema_of(notes)
    notes.guest.sql(f'DROP INDEX "{schema}"."notes:first"')
    notes.guest.sql(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass($1)", f'"{schema}"."notes:second"'
    )
    (before,) = notes.guest.sql("SELECT to_regclass($1)::oid AS oid", f'"{schema}"."notes:third"')
    notes.guest.sql("UPDATE indexes SET status = 'processing' WHERE project_id = $1", notes.id)
    notes.guest.sql("UPDATE projects SET version = version + 1 WHERE id = $1", notes.id)
    notes.guest.sql("SELECT pg_notify($1, '')", builds.CHANNEL)
    assert {settled(notes, key)["status"] for key in ("first", "second", "third")} == {"available"}
    assert valid(notes) == {"notes:first": True, "notes:second": True, "notes:third": True}
    (after,) = notes.guest.sql("SELECT to_regclass($1)::oid AS oid", f'"{schema}"."notes:third"')
    assert after["oid"] == before["oid"]


def test_a_table_that_another_process_builds_is_left_alone(notes: Sandbox, session: Session) -> None:
    (row,) = notes.guest.sql("SELECT seq FROM collections WHERE project_id = $1 AND id = 'notes'", notes.id)
    session.run("SELECT pg_advisory_lock($1, $2)", builds.LOCK, row["seq"])
    add(notes, "wholes", "key", "whole")
    time.sleep(0.4)
    assert builders(notes) == []
    assert valid(notes) == {}
    session.run("SELECT pg_advisory_unlock($1, $2)", builds.LOCK, row["seq"])
    assert settled(notes, "wholes")["status"] == "available"


def test_a_builder_that_does_not_let_go(notes: Sandbox, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "_PATIENCE_SECONDS", 0.2)
    (row,) = notes.guest.sql("SELECT seq FROM collections WHERE project_id = $1 AND id = 'notes'", notes.id)
    session.run("SELECT pg_advisory_lock($1, $2)", builds.LOCK, row["seq"])
    add(notes, "wholes", "key", "whole")
    before = recorded(notes)
    notes.key.delete(f"{INDEXES}/wholes").fails(409, "general_resource_locked")
    notes.key.delete(NOTES).fails(409, "general_resource_locked")
    notes.key.delete(MAIN).fails(409, "general_resource_locked")
    assert get(notes, "wholes")["status"] == "processing"
    assert recorded(notes) == before
    session.run("SELECT pg_advisory_unlock($1, $2)", builds.LOCK, row["seq"])
    assert settled(notes, "wholes")["status"] == "available"


def test_indexes_given_with_a_collection_are_there_at_once(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "LARGE_ROWS", 1)
    make_database(sandbox)
    made = sandbox.key.post(
        f"{MAIN}/collections", collectionId="c", name="C", attributes=[{"key": "n", "type": "integer"}],
        indexes=[{"key": "i", "type": "key", "attributes": ["n"]}],
    ).ok(201)  # fmt: skip
    assert made["indexes"][0]["status"] == "available"

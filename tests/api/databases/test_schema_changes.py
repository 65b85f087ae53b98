"""Schema changes: real in PostgreSQL, seen by every process at once, whole or not at all, and harmless to requests."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from appwrite_py.app import create_app
from appwrite_py.data.author import Reader
from appwrite_py.data.failures import SchemaMoved
from appwrite_py.http import pipeline
from tests.api.databases.tools import (
    DOCUMENTS,
    KINDS,
    MAIN,
    NOTES,
    ROWS,
    create,
    find,
    make_database,
    make_notes,
    q,
    recorded,
    schema_of,
)
from tests.client import Api, Sandbox
from tests.conftest import settings_for_tests

KEY = "key-of-the-tests"


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    make_notes(sandbox)
    return sandbox


@pytest.fixture
def unlogged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures that are meant need no tracebacks, which take a second each to be printed."""
    monkeypatch.setattr(pipeline.log, "error", lambda *_, **__: None, raising=False)


@pytest.fixture(scope="module")
def second(api: Api, dsn: str) -> Iterator[TestClient]:
    """Another process over the same database."""
    with TestClient(create_app(settings_for_tests(), dsn, KEY), raise_server_exceptions=False) as http:
        yield http


def elsewhere(caller: Api, second: TestClient) -> Api:
    return Api(second, caller.headers)


# --- in PostgreSQL --------------------------------------------------------------------------------------------------
def test_columns_are_typed_and_named(notes: Sandbox) -> None:
    rows = notes.guest.sql(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute a "
        "WHERE a.attrelid = format('%I.%I', $1::text, 'notes')::regclass AND a.attnum > 0 ORDER BY a.attnum",
        schema_of(notes),
    )
    assert [(row["attname"], row["type"]) for row in rows] == [
        ("_seq", "bigint"), ("_id", "text"), ("_created_at", "timestamp(3) with time zone"),
        ("_updated_at", "timestamp(3) with time zone"), ("_permissions", "text[]"), ("_read", "text[]"),
        ("_update", "text[]"), ("_delete", "text[]"), ("text", "text"), ("whole", "bigint"),
        ("number", "double precision"), ("flag", "boolean"), ("at", "timestamp(3) with time zone"), ("mail", "text"),
        ("color", "text"), ("address", "text"), ("link", "text"), ("tags", "text[]"), ("counts", "bigint[]"),
    ]  # fmt: skip
    create(notes.key, "one", text="hello", tags=["a"]).ok(201)
    (row,) = notes.guest.sql(f'SELECT * FROM "{schema_of(notes)}"."notes"')
    assert (row["_id"], row["text"], row["tags"]) == ("one", "hello", ["a"])


def test_document_security_has_an_index(notes: Sandbox) -> None:
    def readers() -> int:
        rows = notes.guest.sql(
            "SELECT 1 FROM pg_indexes WHERE schemaname = $1 AND indexdef LIKE '%gin%_read%'", schema_of(notes)
        )
        return len(rows)

    assert readers() == 0
    notes.key.put(NOTES, documentSecurity=True).ok(200)
    notes.key.put(NOTES, documentSecurity=True, name="N").ok(200)
    assert readers() == 1
    notes.key.put(NOTES, documentSecurity=False).ok(200)
    assert readers() == 0


ODD_IDS = ["outbox", "pg_class", "information_schema", "users", "A", "a", "a.b", "a-b", "0", "select", "x" * 36,
           "X" * 36, "notes_id", "1.2.3"]  # fmt: skip
ODD_KEYS = ["c", "r", "o", "x", "v", "few", "select", "from", "order", "user", "A", "a", "A.b-c", "0", "y" * 36,
            "Y" * 36, "id", "seq", "event", "t1"]  # fmt: skip


def test_odd_names(sandbox: Sandbox) -> None:
    for database_id in ("public", "pg_catalog", "z" * 36, "Z" * 36, "a.b"):
        make_database(sandbox, database_id)
    make_database(sandbox)
    attributes = [{"key": key, "type": "string", "size": 20} for key in ODD_KEYS]
    lists = [{"key": f"{key[:30]}-l", "type": "integer", "array": True} for key in ODD_KEYS[:6]]
    indexes = [{"key": key, "type": "key", "attributes": [key], "orders": ["DESC"]} for key in ODD_KEYS]
    body = {"name": "Odd", "attributes": attributes + lists, "indexes": indexes, "documentSecurity": True}
    for collection_id in ODD_IDS:
        sandbox.key.post(f"{MAIN}/collections", collectionId=collection_id, **body).ok(201)
    for database_id in ("public", "z" * 36):
        sandbox.key.post(f"/databases/{database_id}/collections", collectionId="x" * 36, **body).ok(201)
    data = {key: f"value {n}" for n, key in enumerate(ODD_KEYS)}
    for collection_id in ODD_IDS:
        path = f"{MAIN}/collections/{collection_id}/documents"
        made = sandbox.key.post(path, documentId=collection_id, data=data, permissions=['read("any")']).ok(201)
        assert {key: made[key] for key in ODD_KEYS} == data
        assert sandbox.guest.get(f"{path}/{collection_id}").ok() == made
        queries = [q("equal", key, data[key]) for key in ODD_KEYS] + [q("orderAsc", key) for key in ODD_KEYS]
        assert sandbox.key.get(path, queries).ok()["total"] == 1
        changed = sandbox.key.patch(f"{path}/{collection_id}", data=dict.fromkeys(ODD_KEYS, "new")).ok()
        assert changed["c"] == changed["Y" * 36] == "new"
        rows = sandbox.guest.sql(
            "SELECT payload FROM outbox WHERE project_id = $1 AND event LIKE $2 ORDER BY number", sandbox.id,
            f"%.{collection_id}.documents.%",
        )  # fmt: skip
        assert [row["payload"]["c"] for row in rows] == ["value 0", "new"]
        renamed = sandbox.key.patch(f"{MAIN}/collections/{collection_id}/attributes/string/c", required=False,
                                    default="it's \\ a \"default\"", newKey="renamed").ok(200)  # fmt: skip
        assert renamed["key"] == "renamed"
        sandbox.key.delete(f"{MAIN}/collections/{collection_id}").ok(204)
    sandbox.key.delete("/databases/public").ok(204)
    assert sandbox.guest.sql("SELECT count(*) AS n FROM projects")[0]["n"] > 0


# --- at once, everywhere --------------------------------------------------------------------------------------------
def test_other_processes_see_it_at_once(notes: Sandbox, second: TestClient) -> None:
    here, there = notes.key, elsewhere(notes.key, second)
    user = elsewhere(notes.user(), second)
    create(there, "one", text="a").ok(201)
    user.get(DOCUMENTS).fails(401, "user_unauthorized")

    here.post(f"{NOTES}/attributes/boolean", key="new", required=False, default=True).ok(202)
    assert there.get(f"{DOCUMENTS}/one").ok()["new"] is None
    assert create(there, "two", text="b").ok(201)["new"] is True
    assert find(there, q("equal", "new", True)) == ["two"]

    here.patch(f"{NOTES}/attributes/boolean/new", required=True, default=None, newKey="newer").ok(200)
    create(there, "three", text="c").fails(400, "document_invalid_structure")
    assert there.get(f"{DOCUMENTS}/two").ok()["newer"] is True
    there.get(DOCUMENTS, [q("equal", "new", True)]).fails(400, "general_query_invalid")

    here.delete(f"{NOTES}/attributes/newer").ok(204)
    assert "newer" not in there.get(f"{DOCUMENTS}/two").ok()
    here.post(f"{NOTES}/attributes/integer", key="newer", required=False).ok(202)
    assert there.patch(f"{DOCUMENTS}/two", data={"newer": 5}).ok()["newer"] == 5

    here.put(NOTES, permissions=['read("users")']).ok(200)
    assert find(user) == ["one", "two"]
    here.put(NOTES, permissions=[], enabled=False).ok(200)
    user.get(DOCUMENTS).fails(404, "collection_not_found")
    there.post(f"{NOTES}/indexes", key="words", type="fulltext", attributes=["text"]).ok(202)
    assert find(here, q("search", "text", "b")) == ["two"]
    there.delete(NOTES).ok(204)
    here.get(f"{DOCUMENTS}/two").fails(404, "collection_not_found")
    here.post(f"{MAIN}/collections", collectionId="notes", name="Again").ok(201)
    assert there.get(DOCUMENTS).ok()["total"] == 0
    here.delete(MAIN).ok(204)
    there.get(DOCUMENTS).fails(404, "database_not_found")


@pytest.fixture
def stale(notes: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """`text` is `title` by now, but each request still begins with the collection as it was."""
    create(notes.key, "one", text="a", whole=1).ok(201)
    catalogue = notes.guest.resources.store.catalogue
    portal, find_it = notes.guest.http.portal, catalogue.collection
    assert portal is not None
    version = notes.guest.sql("SELECT version FROM projects WHERE id = $1", notes.id)[0]["version"]
    old = portal.call(find_it, notes.id, version, "main", "notes")
    notes.key.patch(f"{NOTES}/attributes/string/text", required=False, default=None, newKey="title").ok(200)
    asked: Counter[Any] = Counter()

    async def old_at_first(*args: Any) -> Any:
        task = asyncio.current_task()
        asked[task] += 1
        return old if asked[task] == 1 else await find_it(*args)

    monkeypatch.setattr(catalogue, "collection", old_at_first)
    return notes


def test_requests_on_the_way_are_handled_again(stale: Sandbox) -> None:
    key = stale.key
    assert key.get(f"{DOCUMENTS}/one").ok()["title"] == "a"
    assert key.get(f"{DOCUMENTS}/one", [q("select", "", "*")]).ok()["title"] == "a"
    assert key.get(DOCUMENTS).ok()["documents"][0]["title"] == "a"
    key.get(DOCUMENTS, [q("equal", "text", "a")]).fails(400, "general_query_invalid")
    create(key, "two", whole=2).ok(201)
    create(key, "three", text="b").fails(400, "document_invalid_structure")
    assert key.post(DOCUMENTS, documents=[{"$id": "four"}]).ok(201)["total"] == 1
    assert key.patch(f"{DOCUMENTS}/one", data={"whole": 3}).ok()["title"] == "a"
    assert key.put(f"{DOCUMENTS}/one", data={"whole": 4}).ok(201)["title"] == "a"
    assert key.put(f"{DOCUMENTS}/five", data={"whole": 4}).ok(201)["title"] is None
    key.delete(f"{DOCUMENTS}/two").ok(204)
    assert find(key, q("orderAsc", "$id")) == ["five", "four", "one"]
    assert [event.split(".documents.")[1] for event in stale.events() if ".documents." in event] == [
        "one.create", "two.create", "four.create", "one.update", "one.upsert", "five.upsert", "two.delete"
    ]  # fmt: skip


def test_requests_whose_collection_is_gone(stale: Sandbox) -> None:
    stale.key.delete(NOTES).ok(204)
    before = recorded(stale)
    for answer in (
        stale.key.get(DOCUMENTS), stale.key.get(f"{DOCUMENTS}/one"), create(stale.key, text="a"),
        stale.key.patch(f"{DOCUMENTS}/one", data={"text": "b"}), stale.key.put(f"{DOCUMENTS}/one", data={"text": "b"}),
        stale.key.delete(f"{DOCUMENTS}/one"),
    ):  # fmt: skip
        answer.fails(404, "collection_not_found")
    stale.key.delete(MAIN).ok(204)
    stale.key.get(f"{DOCUMENTS}/one").fails(404, "database_not_found")
    stale.key.post(ROWS, rowId="one", data={"text": "a"}).fails(404, "database_not_found")
    assert recorded(stale) == before + 1


def test_a_schema_that_keeps_moving_is_a_conflict(stale: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    async def moved(*_: Any, **__: Any) -> None:
        raise SchemaMoved

    monkeypatch.setattr(stale.guest.resources.store, "get", moved)
    stale.key.get(f"{DOCUMENTS}/one").fails(409, "document_update_conflict")
    stale.key.get(f"{ROWS}/one").fails(409, "row_update_conflict")


def test_columns_of_another_type_are_another_schema(notes: Sandbox) -> None:
    store, portal = notes.guest.resources.store, notes.guest.http.portal
    assert portal is not None
    create(notes.key, "one", text="a").ok(201)
    old = portal.call(store.catalogue.collection, notes.id, 0, "main", "notes")
    for key, kind in (("at", "string"), ("whole", "boolean"), ("tags", "integer")):
        notes.key.delete(f"{NOTES}/attributes/{key}").ok(204)
        size = {"size": 20} if kind == "string" else {}
        notes.key.post(f"{NOTES}/attributes/{kind}", key=key, required=False, **size).ok(202)
    notes.key.patch(f"{DOCUMENTS}/one", data={"at": "noon", "whole": True, "tags": 3}).ok(200)
    reader = Reader(frozenset(), trusted=True)
    with pytest.raises(SchemaMoved):
        portal.call(store.get, old, "one", reader)


# --- whole or not at all --------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("unlogged")
def test_what_fails_behind_the_change_undoes_it(notes: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the outbox is broken")

    before, shown = recorded(notes), notes.key.get(NOTES).ok()
    with monkeypatch.context() as patched:
        patched.setattr(pipeline.outbox, "record", broken)
        failures = [
            notes.key.post(f"{NOTES}/attributes/boolean", key="b", required=False),
            notes.key.patch(f"{NOTES}/attributes/string/text", required=False, default="x", newKey="title"),
            notes.key.delete(f"{NOTES}/attributes/text"),
            notes.key.post(f"{NOTES}/indexes", key="i", type="key", attributes=["text"]),
            notes.key.put(NOTES, name="Other", documentSecurity=True),
            notes.key.post(f"{MAIN}/collections", collectionId="other", name="O", attributes=KINDS),
            notes.key.delete(NOTES),
            notes.key.delete(MAIN),
            notes.key.post("/databases", databaseId="other", name="O"),
        ]
    for answer in failures:
        answer.fails(500, "general_server_error")
    assert notes.key.get(NOTES).ok() == shown
    assert recorded(notes) == before
    create(notes.key, "one", text="still here").ok(201)
    make_database(notes, "other")
    notes.key.post(f"{MAIN}/collections", collectionId="other", name="O").ok(201)


@pytest.fixture
def no_outbox(notes: Sandbox) -> Iterator[Sandbox]:
    """Nothing of this project can be written into the outbox."""
    create(notes.key, "one", text="a").ok(201)
    sql = notes.guest.sql
    sql("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$")
    sql(f"CREATE TRIGGER refuse BEFORE INSERT ON outbox FOR EACH ROW WHEN (NEW.project_id = '{notes.id}') "
        "EXECUTE FUNCTION refuse()")  # fmt: skip
    yield notes
    sql("DROP TRIGGER refuse ON outbox")
    sql("DROP FUNCTION refuse")


@pytest.mark.usefixtures("unlogged")
def test_documents_are_not_changed_without_their_event(no_outbox: Sandbox) -> None:
    key, before = no_outbox.key, no_outbox.key.get(DOCUMENTS).ok()
    for answer in (
        create(key, "two", text="b"), key.post(DOCUMENTS, documents=[{"text": "b"}]),
        key.patch(f"{DOCUMENTS}/one", data={"text": "b"}), key.put(f"{DOCUMENTS}/one", data={"text": "b"}),
        key.put(f"{DOCUMENTS}/two", data={"text": "b"}), key.delete(f"{DOCUMENTS}/one"),
    ):  # fmt: skip
        answer.fails(500, "general_server_error")
    assert key.get(DOCUMENTS).ok() == before


# --- at the same time -----------------------------------------------------------------------------------------------
class Storm:
    """Many requests at once, without a thread for each."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self.headers, self.http = sandbox.key.headers, http
        self.seen: Counter[tuple[str, int, str]] = Counter()
        self.created: list[str] = []

    async def send(self, verb: str, path: str, **body: Any) -> httpx.Response:
        answer = await self.http.request(verb, "/v1" + path, json=body or None, headers=self.headers)
        type_ = answer.json().get("type", "") if answer.status_code >= 400 else ""
        self.seen[verb, answer.status_code, type_] += 1
        return answer

    async def write(self, n: int) -> None:
        await asyncio.sleep(random.Random(n).random() * 0.15)
        answer = await self.send("POST", DOCUMENTS, documentId=f"n{n}", data={"whole": 1})
        if answer.status_code == 201:
            self.created.append(f"n{n}")
        await self.send("GET", f"{DOCUMENTS}/n{n}")
        await self.send("PATCH", f"{DOCUMENTS}/n{n}", data={"whole": 2})
        await self.send("GET", DOCUMENTS)
        await self.send("PUT", f"{DOCUMENTS}/u{n}", data={"whole": 2})
        await self.send("DELETE", f"{DOCUMENTS}/u{n}")

    @property
    def failures(self) -> list[tuple[str, int, str]]:
        return [seen for seen in self.seen if seen[1] >= 500]


def run_storm(sandbox: Sandbox, dsn: str, changes: Any, writers: int = 40) -> Storm:
    async def run() -> Storm:
        app = create_app(settings_for_tests(), dsn, KEY)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://t") as http,
        ):
            storm = Storm(sandbox, http)
            await asyncio.gather(changes(storm), *(storm.write(n) for n in range(writers)))
            return storm

    return asyncio.run(run())


def test_documents_while_attributes_change(notes: Sandbox, dsn: str) -> None:
    async def changes(storm: Storm) -> None:
        for n in range(8):
            await storm.send("POST", f"{NOTES}/attributes/boolean", key=f"b{n}", required=False)
            await storm.send("POST", f"{NOTES}/indexes", key=f"i{n}", type="key", attributes=[f"b{n}"])
            await storm.send("PATCH", f"{NOTES}/attributes/boolean/b{n}", required=False, default=True, newKey="b")
            await storm.send("DELETE", f"{NOTES}/attributes/b")

    storm = run_storm(notes, dsn, changes)
    assert not storm.failures, storm.seen
    assert {type_ for _, _, type_ in storm.seen} <= {"", "document_update_conflict", "document_not_found"}
    assert sorted(find(notes.key, q("limit", "", 1000))) == sorted(storm.created)
    created = [event for event in notes.events() if event.endswith(".create") and ".documents." in event]
    assert len(created) == len(storm.created)


def test_documents_while_their_collection_comes_and_goes(notes: Sandbox, dsn: str) -> None:
    async def changes(storm: Storm) -> None:
        for n in range(4):
            await asyncio.sleep(0.01)
            await storm.send("DELETE", NOTES if n % 2 else MAIN)
            await asyncio.sleep(0.01)
            await storm.send("POST", "/databases", databaseId="main", name="Main")
            await storm.send("POST", f"{MAIN}/collections", collectionId="notes", name="N", attributes=KINDS)

    storm = run_storm(notes, dsn, changes)
    assert not storm.failures, storm.seen
    assert {type_ for _, _, type_ in storm.seen} <= {
        "", "document_not_found", "collection_not_found", "database_not_found", "document_update_conflict",
        "database_already_exists",
    }  # fmt: skip
    assert set(find(notes.key, q("limit", "", 1000))) <= {f"{kind}{n}" for kind in "nu" for n in range(40)}


def test_schema_changes_at_the_same_time(notes: Sandbox, dsn: str) -> None:
    async def changes(storm: Storm) -> None:
        await asyncio.gather(
            *(storm.send("POST", f"{NOTES}/attributes/boolean", key=f"b{n % 4}", required=False) for n in range(8)),
            *(storm.send("POST", f"{MAIN}/collections", collectionId=f"c{n % 3}", name="C") for n in range(6)),
            *(storm.send("POST", f"{NOTES}/indexes", key="same", type="key", attributes=["text"]) for _ in range(3)),
            *(storm.send("PATCH", f"{NOTES}/attributes/string/text", required=False, default=None, newKey=f"t{n}")
              for n in range(3)),
            *(storm.send("PUT", f"{MAIN}/collections/notes", name=f"N{n}") for n in range(3)),
        )  # fmt: skip

    storm = run_storm(notes, dsn, changes, writers=4)
    assert not storm.failures, storm.seen
    assert storm.seen["POST", 409, "attribute_already_exists"] == 4
    assert storm.seen["POST", 409, "collection_already_exists"] == 3
    assert storm.seen["PATCH", 404, "attribute_not_found"] == 2
    kept = {one["key"] for one in notes.key.get(NOTES).ok()["attributes"]}
    assert {"b0", "b1", "b2", "b3"} < kept
    assert len(kept & {"t0", "t1", "t2"}) == 1

"""Events of documents carry what the API shows of them, whatever kind of attribute, whichever way they are written."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from appwrite_py.data import kinds as data_kinds
from appwrite_py.events.payloads import Payloads
from tests.api.databases.tools import MAIN, NOTES, make_database
from tests.api.documentsdb import tools as schemaless
from tests.api.realtime.tools import last, payloads, recorded
from tests.api.vectorsdb import tools as vectors
from tests.client import Sandbox

_TEXT = {"type": "string", "size": 60}
VALUES: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "string": (_TEXT, 'A "quoted" ä€😀\n', ""),
    "varchar": ({"type": "varchar", "size": 60}, "2026-01-02T03:04:05+00:00", "b"),
    "text": ({"type": "text"}, "null", "b"),
    "mediumtext": ({"type": "mediumtext"}, "x" * 70_000, "b"),
    "longtext": ({"type": "longtext"}, "y" * 70_000, "b"),
    "integer": ({"type": "integer"}, 2**63 - 1, -(2**63)),
    "bigint": ({"type": "bigint"}, 2**53 + 1, 0),
    "float": ({"type": "double"}, 5.0, -1.7976931348623157e308),
    "tiny": ({"type": "double"}, 5e-324, 0.1 + 0.2),
    "boolean": ({"type": "boolean"}, True, False),
    "datetime": ({"type": "datetime"}, "2026-01-02T03:04:05.670+00:00", "0001-01-01T00:00:00.000+00:00"),
    "datetime2": ({"type": "datetime"}, "2026-01-02T03:04:05+01:00", "9999-12-31T23:59:59.999+00:00"),
    "email": ({"type": "string", "format": "email"}, "a@example.com", "b@example.com"),
    "enum": ({"type": "string", "format": "enum", "elements": ["a", "b"]}, "a", "b"),
    "ip": ({"type": "string", "format": "ip"}, "127.0.0.1", "::1"),
    "url": ({"type": "string", "format": "url"}, "https://example.com/a?b=c", "http://localhost"),
    "point": ({"type": "point"}, [13.4, 52.0], [-180.0, 90.0]),
    "line": ({"type": "linestring"}, [[1.0, 2.0], [3.5, 4.0]], [[0.1, 0.2], [0.3, 0.4], [1.0, 1.0]]),
    "polygon": (
        {"type": "polygon"},
        [[[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 0.0]], [[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 1.0]]],
        [[[0.0, 0.0], [1.5, 0.0], [1.0, 1.0], [0.0, 0.0]]],
    ),
    "sealed": (_TEXT | {"size": 200, "encrypt": True}, "my own secret", "another"),
    "list": (_TEXT | {"array": True}, ["a", "", "ä,}\"'"], []),
    "numbers": ({"type": "double", "array": True}, [1.0, -2.5], [1e300]),
    "wholes": ({"type": "integer", "array": True}, [2**63 - 1, 0], [1]),
    "times": ({"type": "datetime", "array": True}, ["2026-01-02T03:04:05.600+00:00"], []),
    "flags": ({"type": "boolean", "array": True}, [True, False], []),
    "secrets": (_TEXT | {"size": 200, "encrypt": True, "array": True}, ["one", "two"], []),
}
"""Of each kind an attribute and two values: what makes up the kinds is beside what a row of JSON may get wrong."""
FLAVOURS = {
    "databases": (NOTES, "documents", "documentId", "$collectionId", "databases.main.collections.notes.documents"),
    "tables": ("/tablesdb/main/tables/notes", "rows", "rowId", "$tableId", "databases.main.tables.notes.rows"),
}


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    make_database(sandbox)
    attributes = [{"key": key, **made} for key, (made, _, _) in VALUES.items()]
    sandbox.key.post(f"{MAIN}/collections", collectionId="notes", name="Notes", documentSecurity=True,
                     attributes=attributes).ok(201)  # fmt: skip
    sandbox.born = sandbox.guest.sql("SELECT max(number) AS number FROM outbox")[0]["number"]
    return sandbox


def test_each_kind_is_among_them() -> None:
    known = {made.get("format") or {"double": "float", "linestring": "line"}.get(made["type"], made["type"])
             for made, _, _ in VALUES.values()}  # fmt: skip
    assert set(data_kinds.KINDS) - known == {"relationship", "vector", "object"}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_one_document(notes: Sandbox, flavour: str) -> None:
    path, documents, id_, container, event = FLAVOURS[flavour]
    where = f"{path}/{documents}"
    first, second = ({key: value[n] for key, value in VALUES.items()} for n in (1, 2))
    granted = ['read("any")', 'update("users")']
    made = notes.key.post(where, **{id_: "one"}, data=first, permissions=granted).ok(201)
    shown = notes.key.get(f"{where}/one").ok()
    assert made == shown
    assert payloads(notes) == [(f"{event}.one.create", shown)]
    assert list(last(notes)) == list(shown)
    assert (shown["$databaseId"], shown[container], shown["$permissions"]) == ("main", "notes", granted)
    changed = notes.key.patch(f"{where}/one", data=second).ok()
    assert payloads(notes)[-1] == (f"{event}.one.update", changed)
    assert changed == notes.key.get(f"{where}/one").ok() != shown
    emptied = notes.key.patch(f"{where}/one", data=dict.fromkeys(VALUES), permissions=[]).ok()
    assert last(notes) == emptied == notes.key.get(f"{where}/one").ok()
    assert (emptied["list"], emptied["string"], emptied["$permissions"]) == ([], None, [])
    upserted = notes.key.put(f"{where}/one", data=first).ok(201)
    assert payloads(notes)[-1] == (f"{event}.one.upsert", upserted)
    created = notes.key.put(f"{where}/two", data=first).ok(201)
    assert payloads(notes)[-1] == (f"{event}.two.upsert", created)
    gone = notes.key.get(f"{where}/one").ok()
    notes.key.delete(f"{where}/one").ok(204)
    assert payloads(notes)[-1] == (f"{event}.one.delete", gone)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_several_and_numbers(notes: Sandbox, flavour: str) -> None:
    path, documents, _, _, event = FLAVOURS[flavour]
    where = f"{path}/{documents}"
    first, second = ({key: value[n] for key, value in VALUES.items()} for n in (1, 2))

    def told(verb: str, answer: Any) -> None:
        shown = answer[documents]
        assert payloads(notes)[-2:] == [(f"{event}.{one['$id']}.{verb}", one) for one in shown]

    told("create", notes.key.post(where, **{documents: [{"$id": "a", **first}, {"$id": "b", **second}]}).ok(201))
    told("update", notes.key.patch(where, data={"sealed": "x", "float": 2.0, "datetime": None}).ok())
    told("upsert", notes.key.put(where, **{documents: [{"$id": "a", **second}, {"$id": "b", **first}]}).ok(201))
    stepped = notes.key.patch(f"{where}/b/tiny/increment", value=2).ok()
    assert last(notes) == stepped
    assert stepped["tiny"] == 2.0
    told("delete", notes.key.delete(where).ok())


def test_in_transactions(notes: Sandbox) -> None:
    first, second = ({key: value[n] for key, value in VALUES.items()} for n in (1, 2))
    where = f"{NOTES}/documents"
    notes.key.post(where, documentId="gone", data=first).ok(201)
    gone, since = notes.key.get(f"{where}/gone").ok(), recorded(notes)[-1]["number"]
    for path, words in (("/databases", ("collectionId", "documentId")), ("/tablesdb", ("tableId", "rowId"))):
        id_ = notes.key.post(f"{path}/transactions").ok(201)["$id"]
        of = {"databaseId": "main", words[0]: "notes", words[1]: "made"}
        operations = [
            {"action": "create", **of, "data": first},
            {"action": "update", **of, "data": {"string": "x", "float": 7.0}},
            {"action": "upsert", **of, "data": second},
            {"action": "delete", **of, words[1]: "gone"},
        ]
        notes.key.post(f"{path}/transactions/{id_}/operations", operations=operations).ok(201)
        notes.key.patch(f"{path}/transactions/{id_}", commit=True).ok()
        shown = notes.key.get(f"{where}/made").ok()
        told = payloads(notes, since)
        assert [name.rpartition(".")[2] for name, _ in told] == ["create", "update", "update", "delete"]
        container = {"$collectionId": "$tableId"} if path == "/tablesdb" else {}

        def in_words(document: dict[str, Any], words: dict[str, str] = container) -> dict[str, Any]:
            return {words.get(key, key): value for key, value in document.items()}

        assert [told[2][1], told[3][1]] == [in_words(shown), in_words(gone)]
        meanwhile = {"string": "x", "float": 7.0, "datetime2": "2026-01-02T02:04:05.000+00:00"}
        assert told[1][1] == in_words(shown | first | meanwhile)
        notes.key.delete(f"{where}/made").ok(204)
        gone = notes.key.post(where, documentId="gone", data=first).ok(201)
        since = recorded(notes)[-1]["number"]


def test_without_a_schema(sandbox: Sandbox) -> None:
    schemaless.make_notes(sandbox, documentSecurity=True)
    data = {
        "a": 1,
        "f": 5.0,
        "big": 2**63 - 1,
        "n": None,
        "o": {"$x": [1.5, {"_id": "y"}]},
        "at": "2026-01-01",
        "l": [],
    }
    where = schemaless.DOCUMENTS
    made = sandbox.key.post(where, documentId="one", data=data, permissions=['read("any")']).ok(201)
    assert made == sandbox.key.get(f"{where}/one").ok()
    assert (last(sandbox), list(last(sandbox))) == (made, list(sandbox.key.get(f"{where}/one").ok()))
    assert repr(last(sandbox)["f"]) == "5.0"
    changed = sandbox.key.patch(f"{where}/one", data={"a": 2}).ok()
    assert last(sandbox) == changed
    replaced = sandbox.key.put(f"{where}/one", data={"b": 2}).ok(201)
    assert last(sandbox) == replaced
    shown = sandbox.key.patch(f"{where}/one/b/increment", value=1).ok()
    assert last(sandbox) == shown
    several = sandbox.key.post(where, documents=[{"$id": "x", "q": 1}, {"$id": "y"}]).ok(201)["documents"]
    assert [payload for _, payload in payloads(sandbox)[-2:]] == several
    sandbox.key.delete(f"{where}/one").ok(204)
    assert last(sandbox) == shown
    assert payloads(sandbox)[-1][0] == "documentsdb.main.collections.notes.documents.one.delete"


def test_vectors(sandbox: Sandbox) -> None:
    vectors.make_points(sandbox, dimension=3)
    where = vectors.DOCUMENTS
    vectors.create(sandbox.key, "one", [1, 2.5, 3e-5], kind="a", f=5.0).ok(201)
    assert last(sandbox) == sandbox.key.get(f"{where}/one").ok()
    changed = sandbox.key.patch(f"{where}/one", data={"embeddings": [0.1, 0.2, 1e10]}).ok()
    assert last(sandbox) == changed
    vectors.put_all(sandbox.key, two=([1, 0, 0], {}), three=([0, 1, 0], {"x": [1.0]}))
    assert [payload["$id"] for _, payload in payloads(sandbox)[-2:]] == ["two", "three"]
    sandbox.key.delete(f"{where}/one").ok(204)
    assert last(sandbox) == changed


@pytest.mark.parametrize("two_way", [False, True])
@pytest.mark.parametrize("type_", ["oneToOne", "manyToOne", "oneToMany", "manyToMany"])
def test_relationships_are_not_told(sandbox: Sandbox, type_: str, two_way: bool) -> None:
    make_database(sandbox)
    for name in ("a", "b"):
        sandbox.key.post(f"{MAIN}/collections", collectionId=name, name=name, attributes=[_TEXT | {"key": "t"}]).ok(201)
    sandbox.key.post(f"{MAIN}/collections/a/attributes/relationship", relatedCollectionId="b", type=type_, key="to_b",
                     twoWay=two_way, twoWayKey="to_a", onDelete="setNull").ok(202)  # fmt: skip
    linked = {"$id": "child", "t": "c"}
    value = [linked] if type_.endswith("Many") else linked
    where = f"{MAIN}/collections/a/documents"
    sandbox.key.post(where, documentId="one", data={"t": "x", "to_b": value}).ok(201)
    told = dict(payloads(sandbox)[-2:])
    shown, child = sandbox.key.get(f"{where}/one").ok(), sandbox.key.get(f"{MAIN}/collections/b/documents/child").ok()
    assert told == {
        "databases.main.collections.a.documents.one.create": {k: v for k, v in shown.items() if k != "to_b"},
        "databases.main.collections.b.documents.child.create": {
            key: value if key != "$updatedAt" else child["$createdAt"] for key, value in child.items() if key != "to_a"
        },
    }  # fmt: skip
    sandbox.key.patch(f"{where}/one", data={"to_b": None if not isinstance(value, list) else []}).ok()
    assert last(sandbox).keys() == shown.keys() - {"to_b"}


def test_ids_with_dots(sandbox: Sandbox) -> None:
    sandbox.key.post("/databases", databaseId="a.b", name="A").ok(201)
    sandbox.key.post("/databases/a.b/collections", collectionId="c.documents.d", name="C",
                     attributes=[_TEXT | {"key": "t"}]).ok(201)  # fmt: skip
    where = "/databases/a.b/collections/c.documents.d/documents"
    made = sandbox.key.post(where, documentId="x.documents.update", data={"t": "1"}).ok(201)
    assert last(sandbox) == made


# --- schemas that have moved on -----------------------------------------------------------------------------------
def test_attributes_that_are_gone(notes: Sandbox) -> None:
    made = notes.key.post(f"{NOTES}/documents", documentId="one", data={"string": "x", "integer": 3}).ok(201)
    notes.key.delete(f"{NOTES}/attributes/string").ok(204)
    notes.key.delete(f"{NOTES}/attributes/integer").ok(204)
    notes.key.post(f"{NOTES}/attributes/point", key="integer", required=False).ok(202)
    notes.key.post(f"{NOTES}/attributes/boolean", key="newer", required=False).ok(202)
    found = [payload for name, payload in payloads(notes) if name.endswith("one.create")]
    assert found == [{key: value for key, value in made.items() if key not in ("string", "integer")}]


def test_a_collection_that_is_gone(notes: Sandbox) -> None:
    data = {key: value[1] for key, value in VALUES.items()}
    made = notes.key.post(f"{NOTES}/documents", documentId="one", data=data).ok(201)
    rows = recorded(notes)
    assert last(notes) == made
    notes.key.delete(NOTES).ok(204)

    def read(payloads: Payloads) -> Any:
        portal = notes.guest.http.portal
        assert portal is not None
        return portal.call(partial(payloads.read, rows))[0]

    resources = notes.guest.resources
    assert read(resources.payloads) == made  # as it was known
    guessed = read(Payloads(resources.pool, resources.store.catalogue))
    assert guessed.keys() == made.keys() - {"sealed", "secrets"}
    same = ("$id", "$sequence", "$createdAt", "$updatedAt", "$permissions", "$databaseId", "$collectionId", "integer")
    assert {key: guessed[key] for key in same} == {key: made[key] for key in same}
    notes.key.delete(MAIN).ok(204)
    assert read(Payloads(resources.pool, resources.store.catalogue)) == guessed


def test_other_events_are_told_as_they_are(sandbox: Sandbox) -> None:
    user = sandbox.user()
    team = user.post("/teams", teamId="unique()", name="T").ok(201)["$id"]
    prefs = user.put(f"/teams/{team}/prefs", prefs={"_id": "x", "_seq": 5}).ok()
    assert payloads(sandbox)[-1] == (f"teams.{team}.update.prefs", prefs)
    make_database(sandbox)
    assert last(sandbox)["name"] == "Main"


def test_many_projects_take_one_statement_for_their_versions(sandbox: Sandbox, console: Any) -> None:
    other = Sandbox.create(console)
    rows = []
    for one in (sandbox, other):
        schemaless.make_notes(one)
        schemaless.create(one.key, "a", n=1).ok(201)
        rows += recorded(one)
    portal = sandbox.guest.http.portal
    assert portal is not None
    read = partial(sandbox.guest.resources.payloads.read, rows)
    portal.call(read)
    with sandbox.statements() as seen:
        made = portal.call(read)
    assert seen == ["SELECT id, version FROM projects WHERE id = ANY($1::text[])"]
    assert [one["n"] for one in made if "n" in one] == [1, 1]

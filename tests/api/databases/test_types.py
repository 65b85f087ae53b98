"""Every type in both vocabularies: how it is created, shown, changed and given inline, its values, and queries.

What all attributes have in common is in `attributes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.api.databases.tools import MAIN, NOTES, make_database, make_notes, q, recorded, schema_of
from tests.client import Answer, Sandbox

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
FLOAT_MAX = 1.7976931348623157e308


@dataclass(frozen=True)
class Words:
    """Where things are in a vocabulary, and what they are called."""

    path: str
    attributes: str
    documents: str
    id: str
    attribute: str
    document: str
    event: str

    @property
    def resource(self) -> str:
        """What audits name."""
        return "database/main/collection/notes" if self.document == "document" else "database/main/table/notes"


DATABASES = Words(
    NOTES, "attributes", "documents", "documentId", "attribute", "document", "databases.main.collections.notes"
)
TABLES = Words(
    "/tablesdb/main/tables/notes", "columns", "rows", "rowId", "column", "row", "databases.main.tables.notes"
)
VOCABULARIES = pytest.mark.parametrize("words", [DATABASES, TABLES], ids=["databases", "tablesdb"])


@dataclass(frozen=True)
class Case:
    """A kind: what creating one takes, what is shown, two values in their order, and values that do not fit."""

    body: dict[str, Any]
    shown: dict[str, Any]
    low: Any
    high: Any
    unfit: tuple[Any, ...]

    @property
    def textual(self) -> bool:
        return isinstance(self.low, str) and self.shown["type"] != "datetime"


_SIZED = {"encrypt": False}
CASES = {
    "string": Case({"size": 6}, {"type": "string", "size": 6, **_SIZED}, "Ada", "bö€", ("1234567", 7, True, ["a"], {})),
    "varchar": Case({"size": 6}, {"type": "varchar", "size": 6, **_SIZED}, "Ada", "bö€", ("1234567", 7, ["a"])),
    "text": Case({}, {"type": "text", **_SIZED}, "Ada", "bö€", ("b" * 65_536, 1.5)),
    "mediumtext": Case({}, {"type": "mediumtext", **_SIZED}, "Ada", "bö€", (7, False, ["a"])),
    "longtext": Case({}, {"type": "longtext", **_SIZED}, "Ada", "bö€", (7, False, {"a": 1})),
    "integer": Case(
        {"min": -5, "max": 5}, {"type": "integer", "min": -5, "max": 5}, -5, 5, (6, -6, 1.0, "1", True, 2**70)
    ),
    "bigint": Case(
        {"max": INT_MAX}, {"type": "bigint", "min": INT_MIN, "max": INT_MAX}, INT_MIN, INT_MAX,
        (INT_MAX + 1, INT_MIN - 1, 1.5, "1", True),
    ),
    "float": Case(
        {"min": -0.5}, {"type": "double", "min": -0.5, "max": FLOAT_MAX}, -0.5, 2.25, (-0.75, "1", True)
    ),
    "boolean": Case({}, {"type": "boolean"}, False, True, (0, 1, "true", [])),
    "datetime": Case(
        {}, {"type": "datetime", "format": "datetime"}, "1999-12-31T23:59:59.999+00:00",
        "2026-02-03T04:05:06.789+00:00", ("yesterday", "2026-13-01", 5, True),
    ),
    "email": Case(
        {}, {"type": "string", "format": "email"}, "a@example.com", "b@example.com", ("a at b", "a@", 5)
    ),
    "enum": Case(
        {"elements": ["a", "b", "C d"]}, {"type": "string", "format": "enum", "elements": ["a", "b", "C d"]},
        "C d", "a", ("c", "A", "", 1),
    ),
    "ip": Case({}, {"type": "string", "format": "ip"}, "127.0.0.1", "::1", ("256.0.0.1", "localhost", 1)),
    "url": Case(
        {}, {"type": "string", "format": "url"}, "http://localhost:3000", "https://example.com/a?b=c", ("example", 5)
    ),
}  # fmt: skip
KINDS = pytest.mark.parametrize("kind", CASES)
LONG_TEXTS = {"text": 65_535, "mediumtext": 16_777_215, "longtext": 2_147_483_647}


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    make_notes(sandbox, attributes=[])
    return sandbox


def add(sandbox: Sandbox, kind: str, key: str = "a", words: Words = DATABASES, **more: Any) -> Answer:
    body = {"key": key, "required": False} | CASES[kind].body | more
    return sandbox.key.post(f"{words.path}/{words.attributes}/{kind}", **body)


def change(sandbox: Sandbox, kind: str, key: str = "a", words: Words = DATABASES, **more: Any) -> Answer:
    required = {"elements": CASES[kind].body["elements"]} if kind == "enum" else {}
    body = {"required": False, "default": None} | required | more
    return sandbox.key.patch(f"{words.path}/{words.attributes}/{kind}/{key}", **body)


def write(sandbox: Sandbox, id_: str, words: Words = DATABASES, **data: Any) -> Answer:
    return sandbox.key.post(f"{words.path}/{words.documents}", **{words.id: id_}, data=data)


def listed(sandbox: Sandbox, *queries: str, words: Words = DATABASES) -> list[str]:
    body = sandbox.key.get(f"{words.path}/{words.documents}", list(queries)).ok()
    return [one["$id"] for one in body[words.documents]]


def options_of(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("key", "$createdAt", "$updatedAt")}


# --- attributes ---------------------------------------------------------------------------------------------------
@VOCABULARIES
@KINDS
def test_create_change_rename(notes: Sandbox, kind: str, words: Words) -> None:
    case, where = CASES[kind], f"{words.path}/{words.attributes}"
    made = add(notes, kind, words=words, default=case.low).ok(202)
    base = {"status": "available", "error": "", "required": False, "array": False, "default": case.low}
    assert options_of(made) == base | case.shown
    assert notes.key.get(f"{where}/a").ok() == made
    assert notes.key.get(where).ok() == {"total": 1, words.attributes: [made]}
    assert write(notes, "one", words, a=None).ok(201)["a"] == case.low
    found = change(notes, kind, words=words, default=case.high, newKey="b").ok(200)
    assert options_of(found) == base | case.shown | {"default": case.high}
    assert (found["key"], found["$createdAt"]) == ("b", made["$createdAt"])
    assert notes.key.get(f"{words.path}/{words.documents}/one").ok()["b"] == case.low
    assert write(notes, "two", words, b=None).ok(201)["b"] == case.high
    names = [name for name in notes.events() if f".{words.attributes}." in name]
    assert names == [f"{words.event}.{words.attributes}.a.create", f"{words.event}.{words.attributes}.b.update"]
    audits = [one for one in notes.audits() if one[0].startswith(f"{words.attribute}.")]
    assert audits == [(f"{words.attribute}.create", words.resource), (f"{words.attribute}.update", words.resource)]


@VOCABULARIES
@KINDS
def test_what_is_refused(notes: Sandbox, kind: str, words: Words) -> None:
    case, prefix = CASES[kind], words.attribute
    made = add(notes, kind, words=words).ok(202)
    before, other = recorded(notes), "string" if kind == "boolean" else "boolean"
    add(notes, kind, words=words).fails(409, f"{prefix}_already_exists")
    add(notes, kind, "b", words, default=case.low, required=True).fails(400, f"{prefix}_default_unsupported")
    add(notes, kind, "b", words, default=case.low, array=True).fails(400, f"{prefix}_default_unsupported")
    change(notes, kind, words=words, default=case.low, required=True).fails(400, f"{prefix}_default_unsupported")
    change(notes, other, words=words).fails(400, f"{prefix}_type_invalid")
    change(notes, kind, "none", words).fails(404, f"{prefix}_not_found")
    for unfit in case.unfit[:2]:
        assert add(notes, kind, "b", words, default=unfit).type in (
            f"{prefix}_value_invalid",
            "general_argument_invalid",
        )
        assert change(notes, kind, words=words, default=unfit).status == 400
    assert notes.key.get(f"{words.path}/{words.attributes}").ok()[words.attributes] == [made]
    assert recorded(notes) == before


@VOCABULARIES
def test_all_kinds_inline(sandbox: Sandbox, words: Words) -> None:
    make_database(sandbox)
    given = [
        {"key": kind, "type": case.shown["type"], "default": case.low} | case.body
        | ({"format": kind} if kind in ("email", "enum", "ip", "url") else {})
        for kind, case in CASES.items()
    ]  # fmt: skip
    path, _, _ = words.path.rpartition("/")
    name = "collectionId" if words is DATABASES else "tableId"
    made = sandbox.key.post(path, **{name: "notes"}, name="Notes", **{words.attributes: given}).ok(201)
    assert [one["key"] for one in made[words.attributes]] == list(CASES)
    for one, (kind, case) in zip(made[words.attributes], CASES.items(), strict=True):
        single = sandbox.key.get(f"{words.path}/{words.attributes}/{kind}").ok()
        assert one == single
        assert options_of(one) == {
            "status": "available", "error": "", "required": False, "array": False, "default": case.low,
        } | case.shown  # fmt: skip
    shown = write(sandbox, "one", words, string=None).ok(201)
    assert {kind: shown[kind] for kind in CASES} == {kind: case.low for kind, case in CASES.items()}


def test_sizes(notes: Sandbox) -> None:
    add(notes, "varchar", size=0).fails(400, "general_argument_invalid")
    add(notes, "varchar", size=16_382).fails(400, "general_argument_invalid")
    add(notes, "varchar", size=None).fails(400, "general_argument_invalid")
    assert add(notes, "varchar", size=16_381).ok(202)["size"] == 16_381
    change(notes, "varchar", size=16_382).fails(400, "general_argument_invalid")
    assert change(notes, "varchar", size=7).ok()["size"] == 7
    assert change(notes, "varchar").ok()["size"] == 7
    add(notes, "text", "t", default="x" * 65_536).fails(400, "attribute_value_invalid")
    for kind in LONG_TEXTS:
        assert "size" not in add(notes, kind, kind, size=5).ok(202)
    long = {"text": "x" * 65_535, "mediumtext": "ö" * 70_000, "longtext": "x" * 70_000}
    assert write(notes, "long", **long).ok(201).items() >= long.items()
    assert notes.key.get(f"{NOTES}/documents/long").ok().items() >= long.items()
    found = notes.key.get(f"{NOTES}/attributes", [q("greaterThan", "size", 65_535)]).ok()["attributes"]
    assert [one["key"] for one in found] == ["mediumtext", "longtext"]
    inline = {"collectionId": "other", "name": "Other"}
    wide = {"key": "v", "type": "varchar", "size": 1_073_741_824}
    made = notes.key.post(f"{MAIN}/collections", **inline, attributes=[wide]).ok(201)
    assert made["attributes"][0]["size"] == 1_073_741_824
    too_wide = wide | {"size": 1_073_741_825}
    inline["collectionId"] = "wider"
    notes.key.post(f"{MAIN}/collections", **inline, attributes=[too_wide]).fails(400, "general_argument_invalid")
    notes.key.post(f"{MAIN}/collections", **inline, attributes=[{"key": "v", "type": "varchar"}]).fails(
        400, "general_argument_invalid"
    )


@pytest.mark.parametrize("kind", ["string", "varchar", *LONG_TEXTS])
def test_encrypted(notes: Sandbox, kind: str) -> None:
    size = {} if kind in LONG_TEXTS else {"size": 150}
    if size:
        add(notes, kind, encrypt=True, size=149).fails(400, "general_bad_request")
    assert add(notes, kind, encrypt=True, **size).ok(202)["encrypt"] is True
    assert add(notes, kind, "list", encrypt=True, array=True, **size).ok(202)["encrypt"] is True
    shown = write(notes, "one", a="my-own-secret", list=["my-own", "secret"]).ok(201)
    assert notes.key.get(f"{NOTES}/documents/one").ok() == shown
    assert shown["list"] == ["my-own", "secret"]
    (row,) = notes.guest.sql(f'SELECT a, list::text AS l FROM "{schema_of(notes)}"."notes"')
    assert "secret" not in row["a"] + row["l"]
    for query in (q("equal", "a", "my-own-secret"), q("contains", "list", "secret"), q("orderAsc", "a")):
        notes.key.get(f"{NOTES}/documents", [query]).fails(400, "general_query_invalid")
    index = {"key": "i", "type": "fulltext", "attributes": ["a"]}
    notes.key.post(f"{NOTES}/indexes", **index).fails(400, "index_invalid")
    if size:
        change(notes, kind, size=149).fails(400, "general_bad_request")


# --- documents ----------------------------------------------------------------------------------------------------
@KINDS
def test_values(notes: Sandbox, kind: str) -> None:
    case, where = CASES[kind], f"{NOTES}/documents"
    add(notes, kind).ok(202)
    assert write(notes, "low", a=case.low).ok(201)["a"] == case.low
    assert write(notes, "high", a=case.high).ok(201)["a"] == case.high
    assert write(notes, "null", a=None).ok(201)["a"] is None
    stored, before = notes.key.get(where).ok(), recorded(notes)
    assert [one["a"] for one in stored["documents"]] == [case.low, case.high, None]
    for unfit in case.unfit:
        write(notes, "no", a=unfit).fails(400, "document_invalid_structure")
        notes.key.patch(f"{where}/low", data={"a": unfit}).fails(400, "document_invalid_structure")
    assert notes.key.get(where).ok() == stored
    assert recorded(notes) == before
    assert notes.key.patch(f"{where}/low", data={"a": case.high}).ok()["a"] == case.high
    assert notes.key.patch(f"{where}/low", data={"a": None}).ok()["a"] is None


@KINDS
def test_lists(notes: Sandbox, kind: str) -> None:
    words, case, where = TABLES, CASES[kind], f"{TABLES.path}/rows"
    assert add(notes, kind, words=words, array=True).ok(202)["array"] is True
    write(notes, "both", words, a=[case.low, case.high]).ok(201)
    write(notes, "low", words, a=[case.low]).ok(201)
    assert write(notes, "none", words, a=None).ok(201)["a"] == []
    assert notes.key.get(f"{where}/both").ok()["a"] == [case.low, case.high]
    for unfit in (case.low, [case.low, None], [case.low, case.unfit[0]], [[case.low]]):
        write(notes, "no", words, a=unfit).fails(400, "row_invalid_structure")
    assert listed(notes, q("contains", "a", case.high), words=words) == ["both"]
    assert listed(notes, q("containsAny", "a", case.low, case.high), words=words) == ["both", "low"]
    assert listed(notes, q("containsAll", "a", case.low, case.high), words=words) == ["both"]
    assert listed(notes, q("notContains", "a", case.high), words=words) == ["low"]
    assert listed(notes, q("isNull", "a"), words=words) == ["none"]
    notes.key.get(where, [q("equal", "a", case.low)]).fails(400, "general_query_invalid")


@KINDS
def test_queries(notes: Sandbox, kind: str) -> None:
    low, high = CASES[kind].low, CASES[kind].high
    add(notes, kind).ok(202)
    for id_, value in (("high", high), ("null", None), ("low", low)):
        write(notes, id_, a=value).ok(201)
    for query, found in (
        (q("equal", "a", low), ["low"]),
        (q("equal", "a", low, high), ["high", "low"]),
        (q("notEqual", "a", low), ["high"]),
        (q("lessThan", "a", high), ["low"]),
        (q("lessThanEqual", "a", high), ["high", "low"]),
        (q("greaterThan", "a", low), ["high"]),
        (q("greaterThanEqual", "a", high), ["high"]),
        (q("between", "a", low, high), ["high", "low"]),
        (q("notBetween", "a", low, low), ["high"]),
        (q("isNull", "a"), ["null"]),
        (q("isNotNull", "a"), ["high", "low"]),
        (q("orderAsc", "a"), ["null", "low", "high"]),
        (q("orderDesc", "a"), ["high", "low", "null"]),
    ):
        assert listed(notes, query) == found, query
    wrong = q("equal", "a", {"a": 1})
    notes.key.get(f"{NOTES}/documents", [wrong]).fails(400, "general_query_invalid")


@pytest.mark.parametrize("kind", [kind for kind, case in CASES.items() if case.textual])
def test_queries_on_text(notes: Sandbox, kind: str) -> None:
    case = CASES[kind]
    add(notes, kind).ok(202)
    write(notes, "low", a=case.low).ok(201)
    write(notes, "high", a=case.high).ok(201)
    half = len(case.low) - 1 if kind == "url" else 1
    assert listed(notes, q("startsWith", "a", case.low[:half])) == ["low"]
    assert listed(notes, q("notStartsWith", "a", case.low[:half])) == ["high"]
    assert listed(notes, q("endsWith", "a", case.low)) == ["low"]
    assert listed(notes, q("notEndsWith", "a", case.low)) == ["high"]
    assert listed(notes, q("contains", "a", case.high)) == ["high"]
    assert listed(notes, q("notContains", "a", case.high)) == ["low"]
    notes.key.get(f"{NOTES}/documents", [q("search", "a", "ada")]).fails(400, "general_query_invalid")


@pytest.mark.parametrize("kind", ["string", "varchar", *LONG_TEXTS])
def test_search(notes: Sandbox, kind: str) -> None:
    add(notes, kind, **({} if kind in LONG_TEXTS else {"size": 40})).ok(202)
    notes.key.post(f"{NOTES}/indexes", key="words", type="fulltext", attributes=["a"]).ok(202)
    write(notes, "one", a="the quick brown fox").ok(201)
    write(notes, "two", a="a lazy dog").ok(201)
    assert listed(notes, q("search", "a", "quick")) == ["one"]
    assert listed(notes, q("notSearch", "a", "quick")) == ["two"]


@pytest.mark.parametrize("kind", [kind for kind, case in CASES.items() if not case.textual])
def test_text_queries_on_what_is_no_text(notes: Sandbox, kind: str) -> None:
    add(notes, kind).ok(202)
    for method in ("startsWith", "endsWith", "contains", "search"):
        notes.key.get(f"{NOTES}/documents", [q(method, "a", "x")]).fails(400, "general_query_invalid")
    index = {"key": "i", "type": "fulltext", "attributes": ["a"]}
    notes.key.post(f"{NOTES}/indexes", **index).fails(400, "index_invalid")

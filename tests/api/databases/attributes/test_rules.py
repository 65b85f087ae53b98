"""What holds for attributes of all kinds: their keys, how many there may be, lists of them, and who may."""

from __future__ import annotations

from hashlib import sha256

from tests.api.databases.attributes.tools import ATTRIBUTES, add, change, columns
from tests.api.databases.tools import DOCUMENTS, MAIN, create, q, recorded, schema_of
from tests.client import Sandbox


def test_keys(notes: Sandbox) -> None:
    add(notes, "boolean", "Name").ok(202)
    add(notes, "boolean", "other").ok(202)
    for taken in ("ctid", "xmin", "tableoid"):  # columns that PostgreSQL gives every table
        add(notes, "boolean", taken).fails(409, "attribute_already_exists")
        change(notes, "boolean", "other", newKey=taken).fails(409, "attribute_already_exists")
    for bad in ("_a", "$id", "a b", "x" * 37, "a::b", 'a"b'):
        add(notes, "boolean", bad).fails(400, "general_argument_invalid")
        change(notes, "boolean", "other", newKey=bad).fails(400, "general_argument_invalid")
    change(notes, "boolean", "other", newKey="Name").fails(409, "attribute_already_exists")
    assert [one["key"] for one in notes.key.get(ATTRIBUTES).ok()["attributes"]] == ["Name", "other"]
    assert change(notes, "boolean", "Name", newKey="name").ok()["key"] == "name"


def test_rename_to_a_relationship_without_a_column(notes: Sandbox) -> None:
    """The link of a oneToMany is a column of the other collection."""
    notes.key.post(f"{MAIN}/collections", collectionId="other", name="Other").ok(201)
    link = {"relatedCollectionId": "other", "type": "oneToMany", "key": "items"}
    notes.key.post(f"{ATTRIBUTES}/relationship", **link).ok(202)
    add(notes, "boolean", "items").fails(409, "attribute_already_exists")
    add(notes, "boolean").ok(202)
    before = recorded(notes)
    change(notes, "boolean", newKey="items").fails(409, "attribute_already_exists")
    assert recorded(notes) == before
    assert list(columns(notes)) == ["a"]


def test_limit_of_attributes(notes: Sandbox) -> None:
    notes.guest.sql(
        "INSERT INTO attributes (project_id, database_id, collection_id, key, type) "
        "SELECT $1, 'main', 'notes', 'a' || n, 'boolean' FROM generate_series(1, 1000) n", notes.id,
    )  # fmt: skip
    before = recorded(notes)
    add(notes, "boolean", "more").fails(400, "attribute_limit_exceeded")
    notes.key.post("/tablesdb/main/tables/notes/columns/text", key="more", required=False).fails(
        400, "column_limit_exceeded"
    )
    assert recorded(notes) == before


def test_limit_of_columns_in_postgresql(notes: Sandbox) -> None:
    """A table takes 1,600 columns in its life: those that were dropped count, too."""
    table = f'"{schema_of(notes)}"."notes"'
    adds = ", ".join(f"ADD COLUMN x{n} int" for n in range(1592))
    notes.guest.sql(f"ALTER TABLE {table} {adds}")
    notes.guest.sql(f"ALTER TABLE {table} DROP COLUMN x0")
    before = recorded(notes)
    add(notes, "boolean").fails(400, "attribute_limit_exceeded")
    assert recorded(notes) == before
    assert notes.key.get(ATTRIBUTES).ok()["total"] == 0


def test_rows_that_no_page_takes(notes: Sandbox) -> None:
    """PostgreSQL keeps long values apart, but the pointers to them must fit in one page."""
    keys = [f"a{n}" for n in range(500)]
    notes.guest.sql(
        "INSERT INTO attributes (project_id, database_id, collection_id, key, type, size) "
        "SELECT $1, 'main', 'notes', key, 'text', 65535 FROM unnest($2::text[]) key", notes.id, keys,
    )  # fmt: skip
    adds = ", ".join(f"ADD COLUMN {key} text" for key in keys)
    notes.guest.sql(f'ALTER TABLE "{schema_of(notes)}"."notes" {adds}')
    add(notes, "boolean", "last").ok(202)
    create(notes.key, "one", **dict.fromkeys(keys, "short")).ok(201)
    before = recorded(notes)
    long = {key: sha256(key.encode()).hexdigest() for key in keys}
    create(notes.key, "two", **long).fails(400, "document_invalid_structure")
    notes.key.patch(f"{DOCUMENTS}/one", data=long).fails(400, "document_invalid_structure")
    assert recorded(notes) == before
    assert notes.key.get(f"{DOCUMENTS}/one").ok()["a7"] == "short"


def test_list(notes: Sandbox) -> None:
    for kind, key in (("string", "s"), ("integer", "n"), ("email", "m")):
        add(notes, kind, key, required=kind == "integer").ok(202)

    def found(*queries: str) -> list[str]:
        return [one["key"] for one in notes.key.get(ATTRIBUTES, list(queries)).ok()["attributes"]]

    assert found() == ["s", "n", "m"]
    assert found(q("orderAsc", "key")) == ["m", "n", "s"]
    assert found(q("equal", "type", "string"), q("orderAsc", "$id")) == ["m", "s"]
    assert found(q("equal", "required", True)) == ["n"]
    assert found(q("equal", "status", "available"), q("limit", "", 1)) == ["s"]
    assert found(q("greaterThan", "size", 5)) == ["m"]
    assert found(q("cursorAfter", "", "s")) == ["n", "m"]
    assert notes.key.get(ATTRIBUTES, total="false").ok()["total"] == 0
    notes.key.get(ATTRIBUTES, [q("equal", "format", "email")]).fails(400, "general_argument_invalid")
    notes.key.get(f"{MAIN}/collections/none/attributes").fails(404, "collection_not_found")


def test_who_may(notes: Sandbox) -> None:
    add(notes, "boolean").ok(202)
    user = notes.user()
    before = recorded(notes)
    for caller in (notes.guest, user):
        caller.get(ATTRIBUTES).fails(401, "general_unauthorized_scope")
        caller.get(f"{ATTRIBUTES}/a").fails(401, "general_unauthorized_scope")
        caller.post(f"{ATTRIBUTES}/boolean", key="b", required=False).fails(401, "general_unauthorized_scope")
        caller.patch(f"{ATTRIBUTES}/boolean/a", required=False, default=None).fails(401, "general_unauthorized_scope")
        caller.delete(f"{ATTRIBUTES}/a").fails(401, "general_unauthorized_scope")
    assert recorded(notes) == before
    assert notes.admin.get(ATTRIBUTES).ok()["total"] == 1

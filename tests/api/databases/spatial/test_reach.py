"""Spatial queries in bulk changes, under permissions, through relationships; their indexes, and what they cost."""

from __future__ import annotations

from typing import Any

import pytest

from appwrite_py.data.compile import Searcher
from appwrite_py.data.query import parse
from appwrite_py.data.spatial import candidates, exact, filters
from tests.api.databases.spatial.tools import BERLIN, EUROPE, KINDS, PARIS, PLACES, distance, square
from tests.api.databases.tools import (
    DOCUMENTS,
    MAIN,
    NOTES,
    ROWS,
    create,
    find,
    ids,
    make_notes,
    nested,
    q,
    recorded,
    schema_of,
)
from tests.client import Api, Sandbox


# --- bulk changes, permissions, relationships ---------------------------------------------------------------------
def test_bulk_changes(sandbox: Sandbox) -> None:
    make_notes(sandbox, attributes=KINDS)
    sandbox.key.post(DOCUMENTS, documents=[{"$id": name, **data} for name, data in PLACES.items()]).ok(201)
    with sandbox.statements() as sent:
        here = {"data": {"name": "Here"}, "queries": [q("contains", "area", [13.5, 52.5])]}
        changed = sandbox.key.patch(DOCUMENTS, **here).ok(200)
    assert any("AS v" in sql and "FOR UPDATE" in sql for sql in sent)  # so that none moves away meanwhile
    assert [one["$id"] for one in changed["documents"]] == ["berlin"]
    body = {"data": {"name": "There"}, "queries": [q("notIntersects", "spot", EUROPE)]}
    assert sandbox.key.patch(DOCUMENTS, **body).ok(200)["total"] == 1
    names = {one["$id"]: one["name"] for one in sandbox.key.get(DOCUMENTS).ok()["documents"]}
    assert names == {"berlin": "Here", "paris": "Paris", "suva": "There", "nowhere": "Nowhere"}
    gone = sandbox.key.delete(ROWS, queries=[q("intersects", "way", EUROPE), q("limit", "", 1)]).ok(200)
    assert [one["$id"] for one in gone["rows"]] == ["berlin"]
    assert find(sandbox.key) == ["paris", "suva", "nowhere"]


def test_only_what_the_reader_may_see(sandbox: Sandbox) -> None:
    make_notes(sandbox, attributes=KINDS, documentSecurity=True, permissions=[])
    create(sandbox.key, "berlin", permissions=['read("any")'], **BERLIN).ok(201)
    create(sandbox.key, "paris", permissions=['read("user:someone")'], **PARIS).ok(201)
    europe = q("intersects", "spot", EUROPE)
    assert find(sandbox.guest, europe) == ["berlin"]
    assert find(sandbox.guest, q("notContains", "area", [0, 0])) == ["berlin"]
    assert find(sandbox.key, europe) == ["berlin", "paris"]
    assert sandbox.guest.get(DOCUMENTS, [europe]).ok()["total"] == 1


def test_through_relationships(sandbox: Sandbox) -> None:
    make_notes(sandbox, attributes=KINDS, documentSecurity=True, permissions=[])
    everybody = ['read("any")']
    sandbox.key.post(
        f"{MAIN}/collections", collectionId="events", name="Events", permissions=everybody,
        attributes=[{"key": "title", "type": "string", "size": 50}],
    ).ok(201)  # fmt: skip
    path = f"{MAIN}/collections/events"
    sandbox.key.post(f"{path}/attributes/relationship", relatedCollectionId="notes", type="manyToOne", key="place",
                     twoWay=True, twoWayKey="events").ok(202)  # fmt: skip
    create(sandbox.key, "berlin", permissions=everybody, **BERLIN).ok(201)
    create(sandbox.key, "paris", permissions=[], **PARIS).ok(201)
    for event_id, place in (("fair", "berlin"), ("ball", "paris"), ("talk", None)):
        sandbox.key.post(f"{path}/documents", documentId=event_id, data={"title": event_id, "place": place}).ok(201)

    def events(caller: Api, *queries: str) -> list[str]:
        return ids(caller.get(f"{path}/documents", list(queries)))

    europe = q("intersects", "place.spot", EUROPE)
    assert events(sandbox.key, europe) == ["fair", "ball"]
    assert events(sandbox.guest, europe) == ["fair"]  # the other place is not the guest's to see
    assert events(sandbox.key, europe, q("equal", "place.name", "Paris")) == ["ball"]
    assert events(sandbox.key, q("notContains", "place.area", [13.5, 52.5])) == ["ball"]
    assert events(sandbox.key, nested("or", q("contains", "place.area", [13.5, 52.5]), q("isNull", "place"))) == [
        "fair", "talk",
    ]  # fmt: skip
    assert find(sandbox.key, q("equal", "events.title", "ball"), q("intersects", "spot", EUROPE)) == ["paris"]
    sandbox.key.get(f"{path}/documents", [q("intersects", "place.name", [1, 2])]).fails(400, "general_query_invalid")
    sandbox.key.get(f"{path}/documents", [q("orderAsc", "place.spot")]).fails(400, "general_query_invalid")


# --- indexes ------------------------------------------------------------------------------------------------------
def test_indexes_of_the_wrong_kind(sandbox: Sandbox) -> None:
    make_notes(sandbox, attributes=KINDS)
    before = recorded(sandbox)

    def make(type_: str, *attributes: str, **more: Any) -> Any:
        return sandbox.key.post(f"{NOTES}/indexes", key="index", type=type_, attributes=list(attributes), **more)

    make("spatial", "name").fails(400, "index_invalid")
    make("spatial", "$id").fails(400, "index_invalid")
    make("spatial", "spot", "area").fails(400, "index_invalid")
    make("spatial", "spot", "name").fails(400, "index_invalid")
    make("spatial", "spot", orders=["ASC"]).fails(400, "index_invalid")
    make("key", "spot").fails(400, "index_invalid")
    make("unique", "name", "area").fails(400, "index_invalid")
    make("fulltext", "way").fails(400, "index_invalid")
    body = {"key": "index", "type": "spatial", "columns": ["name"]}
    sandbox.key.post("/tablesdb/main/tables/notes/indexes", **body).fails(400, "column_index_invalid")
    assert recorded(sandbox) == before
    made = make("spatial", "spot").ok(202)
    assert (made["status"], made["orders"], made["attributes"]) == ("available", [], ["spot"])
    make("spatial", "spot").fails(409, "index_already_exists")
    sandbox.key.delete(f"{NOTES}/attributes/spot").ok(204)
    assert sandbox.key.get(f"{NOTES}/indexes").ok()["total"] == 0


@pytest.mark.parametrize("attribute", ["spot", "way", "area"])
@pytest.mark.parametrize("method", ["intersects", "contains", "distanceLessThan"])
def test_candidates_are_found_by_the_index(world: Sandbox, attribute: str, method: str) -> None:
    shape: Any = [13.4, 52.5]
    text = distance("LessThan", attribute, shape, 1000) if method == "distanceLessThan" else q(method, attribute, shape)
    portal, resources = world.guest.http.portal, world.guest.resources
    assert portal is not None
    version = world.guest.sql("SELECT version FROM projects WHERE id = $1", world.id)[0]["version"]
    collection = portal.call(resources.store.catalogue.collection, world.id, version, "main", "notes")
    assert collection is not None
    searcher = Searcher(collection)
    wanted = filters.read(parse(text))
    sql = candidates.statement(searcher, collection.by_key[attribute], wanted, [])

    async def explain() -> str:
        async with resources.pool.connection() as connection:
            await connection.script("BEGIN; SET LOCAL enable_seqscan = off")
            rows = await connection.fetch(f"EXPLAIN {sql}", searcher.args)
            await connection.script("ROLLBACK")
            return "\n".join(row[0] for row in rows)

    plan = portal.call(explain)
    assert f"notes:by_{attribute}" in plan, plan


def test_the_list_and_its_candidates_are_of_one_moment(world: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that leaves the area between the two statements is shown as it was found."""
    create(world.key, "mover", name="Mover", spot=[100, 10]).ok(201)
    told = exact.matching

    def move(*args: Any) -> list[int]:
        async def run() -> None:
            table = f'"{schema_of_world}"."notes"'
            await world.guest.resources.pool.fetch(f"UPDATE {table} SET spot = '(0,0)' WHERE _id = 'mover'")

        assert world.guest.http.portal is not None
        world.guest.http.portal.call(run)
        return told(*args)

    schema_of_world = schema_of(world)
    monkeypatch.setattr(exact, "matching", move)
    answer = world.key.get(DOCUMENTS, [q("intersects", "spot", [square(99, 9, 2)])]).ok()
    assert [one["spot"] for one in answer["documents"]] == [[100, 10]]
    world.key.delete(f"{DOCUMENTS}/mover").ok(204)


def test_what_others_write_with_sql(sandbox: Sandbox) -> None:
    """Closed paths, points with one coordinate too few for GEOS, polygons without rings: odd, but no error."""
    make_notes(sandbox, attributes=KINDS)
    table = f'"{schema_of(sandbox)}"."notes"'
    for name, way, area in (
        ("closed", "((0,0),(1,0),(1,1))", '{"((0,0),(1,0),(1,1))"}'),
        ("single", "[(0,0)]", '{"((0,0))"}'),
        ("empty", None, "{}"),
        ("partly", None, '{"((0,0),(1,0),(1,1))",NULL}'),
    ):
        sandbox.guest.sql(
            f"INSERT INTO {table} (_id, _created_at, _updated_at, way, area) "
            "VALUES ($1, now(), now(), $2::text::path, $3::text::polygon[])", name, way, area,
        )  # fmt: skip
    assert find(sandbox.key, q("intersects", "way", [[0.5, -1], [0.5, 1]])) == ["closed"]
    assert find(sandbox.key, q("intersects", "area", [[0.5, -1], [0.5, 1]])) == ["closed", "partly"]
    assert find(sandbox.key, q("notIntersects", "area", [[0.5, -1], [0.5, 1]])) == ["single", "empty"]
    assert find(sandbox.key, distance("LessThan", "way", [0, 0], 1)) == ["closed", "single"]
    shown = {one["$id"]: one["area"] for one in sandbox.key.get(DOCUMENTS).ok()["documents"]}
    assert shown["empty"] == []
    assert shown["partly"] == [[[0, 0], [1, 0], [1, 1], [0, 0]]]


def test_what_they_cost_in_statements(world: Sandbox) -> None:
    """Two statements and three that make them see the same moment; none more for lists without spatial queries."""
    with world.statements() as plain:
        assert find(world.key, q("equal", "name", "Paris"), q("isNotNull", "spot")) == ["paris"]
    with world.statements() as spatial:
        assert find(world.key, q("intersects", "spot", EUROPE)) == ["berlin", "paris"]
    assert len(spatial) == len(plain) + 1

"""Points, lines and polygons: attributes, documents, every spatial query, indexes, permissions; and bad ones."""

from __future__ import annotations

from typing import Any

import pytest

from appwrite_py.data.compile import Searcher
from appwrite_py.data.query import parse
from appwrite_py.data.spatial import candidates, exact, filters
from tests.api.databases.tools import (
    DOCUMENTS,
    MAIN,
    NOTES,
    ROWS,
    create,
    find,
    ids,
    make_database,
    make_notes,
    nested,
    q,
    recorded,
    schema_of,
)
from tests.client import Api, Sandbox

COLUMNS = "/tablesdb/main/tables/notes/columns"
KINDS = [
    {"key": "name", "type": "string", "size": 50},
    {"key": "spot", "type": "point"},
    {"key": "way", "type": "linestring"},
    {"key": "area", "type": "polygon"},
]


def square(west: float, south: float, size: float = 1.0) -> list[list[float]]:
    """A closed ring."""
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


BERLIN = {"name": "Berlin", "spot": [13.4, 52.5], "way": [[13.0, 52.0], [14.0, 53.0]], "area": [square(13, 52)]}
PARIS = {
    "name": "Paris", "spot": [2.35, 48.86], "way": [[2.0, 48.0], [3.0, 49.0], [4.0, 49.0]],
    "area": [square(2, 48), square(2.4, 48.4, 0.2)],
}  # fmt: skip
SUVA = {"name": "Suva", "spot": [179.9, -18.1], "way": [[179.0, -18.0], [179.9, -18.0]], "area": [square(178, -19)]}
NOWHERE = {"name": "Nowhere"}
PLACES = {"berlin": BERLIN, "paris": PARIS, "suva": SUVA, "nowhere": NOWHERE}
LOCATED = ["berlin", "paris", "suva"]


@pytest.fixture(scope="module")
def world(console: Any) -> Sandbox:
    """Four places that only the tests of this module read; the last one is nowhere."""
    sandbox = Sandbox.create(console)
    indexes = [{"key": f"by_{key}", "type": "spatial", "attributes": [key]} for key in ("spot", "way", "area")]
    make_notes(sandbox, attributes=KINDS, indexes=indexes)
    for document_id, data in PLACES.items():
        create(sandbox.key, document_id, **data).ok(201)
    return sandbox


@pytest.fixture
def key(world: Sandbox) -> Api:
    return world.key


# --- attributes -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("segment", "type_", "default"),
    [
        ("point", "point", [13.5, -52.25]),
        ("line", "linestring", [[0.0, 1.5], [2.0, 3.0]]),
        ("polygon", "polygon", [square(0, 0), square(0.2, 0.2, 0.1)]),
    ],
)
def test_attributes_are_made_changed_and_have_defaults(
    sandbox: Sandbox, segment: str, type_: str, default: list[Any]
) -> None:
    make_notes(sandbox, attributes=[])
    made = sandbox.key.post(f"{NOTES}/attributes/{segment}", key="place", required=False, default=default).ok(202)
    assert (made["type"], made["status"], made["default"]) == (type_, "available", default)
    assert (made["array"], made["required"]) == (False, False)
    assert sandbox.events()[-1] == "databases.main.collections.notes.attributes.place.create"
    assert create(sandbox.key, "a", place=None).ok(201)["place"] == default
    assert sandbox.key.get(f"{DOCUMENTS}/a").ok()["place"] == default

    table = f'"{schema_of(sandbox)}"."notes"'
    sandbox.guest.sql(f"INSERT INTO {table} (_id, _created_at, _updated_at) VALUES ('sql', now(), now())")
    assert sandbox.key.get(f"{DOCUMENTS}/sql").ok()["place"] == default  # who writes with SQL gets the default, too

    changed = sandbox.key.patch(f"{COLUMNS}/{segment}/place", required=True, default=None, newKey="site").ok(200)
    assert (changed["key"], changed["required"], changed["default"]) == ("site", True, None)
    create(sandbox.key, "b", site=None).fails(400, "document_invalid_structure")
    assert sandbox.key.get(f"{ROWS}/a").ok()["site"] == default
    listed = sandbox.key.get(COLUMNS).ok()
    assert [(one["key"], one["type"]) for one in listed["columns"]] == [("site", type_)]


def test_columns_are_made_in_both_vocabularies(sandbox: Sandbox) -> None:
    make_notes(sandbox, attributes=[])
    for segment in ("point", "line", "polygon"):
        made = sandbox.key.post(f"{COLUMNS}/{segment}", key=f"my_{segment}", required=False).ok(202)
        assert made["default"] is None
        assert sandbox.key.get(f"{NOTES}/attributes/my_{segment}").ok()["type"] == made["type"]
        sandbox.key.patch(f"{NOTES}/attributes/{segment}/my_{segment}", required=True).ok(200)
    kinds = sandbox.guest.sql(
        "SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute "
        "WHERE attrelid = $1::text::regclass AND attname LIKE 'my%' ORDER BY attnum",
        f'"{schema_of(sandbox)}"."notes"',
    )
    assert [row["type"] for row in kinds] == ["point", "path", "polygon[]"]


@pytest.mark.parametrize(
    ("segment", "body", "type_"),
    [
        ("point", {"default": [1]}, "general_argument_invalid"),
        ("point", {"default": [181, 0]}, "general_argument_invalid"),
        ("point", {"default": ["1", "2"]}, "general_argument_invalid"),
        ("point", {"default": [True, 0]}, "general_argument_invalid"),
        ("point", {"default": "POINT(1 2)"}, "general_argument_invalid"),
        ("line", {"default": [[0, 0]]}, "general_argument_invalid"),
        ("line", {"default": [0, 0]}, "general_argument_invalid"),
        ("polygon", {"default": [[[0, 0], [1, 1], [0, 0]]]}, "general_argument_invalid"),
        ("polygon", {"default": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}, "general_argument_invalid"),
        ("point", {"default": [1, 2], "required": True}, "attribute_default_unsupported"),
    ],
)
def test_bad_attributes(sandbox: Sandbox, segment: str, body: dict[str, Any], type_: str) -> None:
    make_notes(sandbox, attributes=[])
    before = recorded(sandbox)
    sandbox.key.post(f"{NOTES}/attributes/{segment}", **({"key": "x", "required": False} | body)).fails(400, type_)
    assert recorded(sandbox) == before
    assert sandbox.key.get(f"{NOTES}/attributes").ok()["total"] == 0


def test_who_may_make_them(sandbox: Sandbox) -> None:
    make_notes(sandbox, attributes=[])
    path, body = f"{NOTES}/attributes/point", {"key": "x", "required": False}
    sandbox.guest.post(path, **body).fails(401, "general_unauthorized_scope")
    made = sandbox.admin.post("/project/keys", keyId="unique()", name="W", scopes=["documents.write"]).ok(201)
    sandbox.guest.as_(X_Appwrite_Key=made["secret"]).post(path, **body).fails(401, "general_unauthorized_scope")
    sandbox.admin.post(path, **body).ok(202)
    sandbox.key.post(path, **body).fails(409, "attribute_already_exists")
    sandbox.key.patch(f"{NOTES}/attributes/line/x", required=False).fails(400, "attribute_type_invalid")


def test_there_are_no_arrays_of_them(sandbox: Sandbox) -> None:
    make_database(sandbox)
    wanted = {"key": "spots", "type": "point", "array": True}
    answer = sandbox.key.post(f"{MAIN}/collections", collectionId="notes", name="Notes", attributes=[wanted])
    answer.fails(400, "general_argument_invalid")
    sandbox.key.get(NOTES).fails(404, "collection_not_found")


# --- documents ------------------------------------------------------------------------------------------------------
def test_documents_are_written_and_read(sandbox: Sandbox) -> None:
    make_notes(sandbox, attributes=KINDS)
    made = create(sandbox.key, "a", **BERLIN).ok(201)
    assert {name: made[name] for name in BERLIN} == BERLIN
    assert sandbox.key.get(f"{DOCUMENTS}/a").ok()["way"] == BERLIN["way"]

    exact_numbers = [0.1 + 0.2, -1e-7]
    changed = sandbox.key.patch(f"{DOCUMENTS}/a", data={"spot": exact_numbers, "area": PARIS["area"]}).ok(200)
    assert (changed["spot"], changed["area"], changed["way"]) == (exact_numbers, PARIS["area"], BERLIN["way"])
    changed = sandbox.key.put(f"{ROWS}/a", data={"spot": None, "way": PARIS["way"]}).ok(201)
    assert (changed["spot"], changed["way"]) == (None, PARIS["way"])
    several = sandbox.key.post(DOCUMENTS, documents=[{"$id": "b", **PARIS}, {"$id": "c", **NOWHERE}]).ok(201)
    assert [one["area"] for one in several["documents"]] == [PARIS["area"], None]
    bulk = sandbox.key.patch(DOCUMENTS, data={"spot": [1, 2], "area": square(5, 5)}, queries=[q("equal", "$id", "c")])
    assert bulk.ok(200)["documents"][0]["area"] == [square(5, 5)]  # a single ring stands for the polygon
    assert find(sandbox.key, q("select", "", "spot"), q("isNotNull", "spot")) == ["b", "c"]


@pytest.mark.parametrize(
    "data",
    [
        {"spot": [1, 2, 3]},
        {"spot": [1, 91]},
        {"spot": [-180.5, 0]},
        {"spot": {"x": 1, "y": 2}},
        {"spot": [None, 1]},
        {"way": [[1, 2]]},
        {"way": [[1, 2], [3]]},
        {"area": []},
        {"area": [[]]},
        {"area": [[[0, 0], [0, 1], [1, 1], [1, 0]]]},
        {"area": [square(0, 0), [[0, 0], [1, 1], [0, 0]]]},
        {"area": [square(179.5, 0)]},
    ],
)
def test_bad_values_write_nothing(world: Sandbox, data: dict[str, Any]) -> None:
    before = recorded(world)
    create(world.key, "bad", **data).fails(400, "document_invalid_structure")
    world.key.patch(f"{DOCUMENTS}/berlin", data=data).fails(400, "document_invalid_structure")
    world.key.post(ROWS, rowId="bad", data=data).fails(400, "row_invalid_structure")
    assert recorded(world) == before
    assert world.key.get(f"{DOCUMENTS}/berlin").ok()["spot"] == BERLIN["spot"]


# --- queries --------------------------------------------------------------------------------------------------------
EUROPE = [square(-10, 35, 40)]
HOLE = [2.5, 48.5]
TO_SPOT = [[13.4, 52.5], [20.0, 52.5]]


@pytest.mark.parametrize(
    ("method", "attribute", "value", "found"),
    [
        ("equal", "spot", BERLIN["spot"], ["berlin"]),
        ("equal", "area", [[*reversed(square(13, 52))]], ["berlin"]),  # the same area, told the other way round
        ("equal", "way", [[14, 53], [13.5, 52.5], [13, 52]], ["berlin"]),
        ("contains", "area", [2.1, 48.1], ["paris"]),
        ("contains", "area", HOLE, []),
        ("contains", "area", [13, 52.5], ["berlin"]),  # what lies on the border is contained
        ("contains", "area", [[13.1, 52.1], [13.9, 52.2]], ["berlin"]),
        ("contains", "way", [13.5, 52.5], ["berlin"]),
        ("contains", "spot", [2.35, 48.86], ["paris"]),
        ("intersects", "spot", EUROPE, ["berlin", "paris"]),
        ("intersects", "way", [[13, 53], [14, 52]], ["berlin"]),
        ("intersects", "area", [[2.45, 48.45], [2.55, 48.55]], []),  # all of it in the hole
        ("intersects", "area", EUROPE, ["berlin", "paris"]),
        ("crosses", "way", [[13, 53], [14, 52]], ["berlin"]),
        ("crosses", "way", [square(2.5, 48, 5)], ["paris"]),
        ("crosses", "area", [[12, 52.5], [15, 52.5]], ["berlin"]),
        ("overlaps", "area", [square(13.5, 52.5)], ["berlin"]),
        ("overlaps", "area", [square(13, 52)], []),  # the same does not overlap
        ("overlaps", "way", [[13.5, 52.5], [15, 54]], ["berlin"]),
        ("touches", "area", [square(14, 52)], ["berlin"]),
        ("touches", "way", [[14, 53], [15, 53]], ["berlin"]),
        ("touches", "spot", TO_SPOT, ["berlin"]),
    ],
)
def test_relations(key: Api, method: str, attribute: str, value: Any, found: list[str]) -> None:
    assert find(key, q(method, attribute, value)) == found
    negated = f"not{method[0].upper()}{method[1:]}"
    rest = [one for one in LOCATED if one not in found]  # what is nowhere meets neither
    assert find(key, q(negated, attribute, value)) == rest
    rows = key.get(ROWS, [q(method, attribute, value)]).ok()
    assert ([row["$id"] for row in rows["rows"]], rows["total"]) == (found, len(found))


def test_several_values(key: Api) -> None:
    inner, outer = [13.5, 52.5], [2.1, 48.1]
    assert find(key, q("contains", "area", inner, outer)) == ["berlin", "paris"]
    assert find(key, q("containsAny", "area", inner, outer)) == ["berlin", "paris"]
    assert find(key, q("containsAll", "area", inner, outer)) == []
    assert find(key, q("containsAll", "area", inner, [13.6, 52.5])) == ["berlin"]
    assert find(key, q("notContains", "area", inner, outer)) == ["suva"]
    assert find(key, q("equal", "spot", BERLIN["spot"], PARIS["spot"])) == ["berlin", "paris"]
    assert find(key, q("intersects", "spot", [square(13, 52)], [square(179, -19)])) == ["berlin", "suva"]


def distance(method: str, attribute: str, geometry: Any, amount: float, meters: bool = True) -> str:
    return q(f"distance{method}", attribute, [geometry, amount, meters])


def test_distances_in_meters(key: Api) -> None:
    # Berlin to Paris is 876.2 km on the sphere.
    assert find(key, distance("LessThan", "spot", BERLIN["spot"], 876_000)) == ["berlin"]
    assert find(key, distance("LessThan", "spot", BERLIN["spot"], 876_500)) == ["berlin", "paris"]
    assert find(key, distance("GreaterThan", "spot", BERLIN["spot"], 876_000)) == ["paris", "suva"]
    assert find(key, distance("GreaterThan", "spot", BERLIN["spot"], 876_500)) == ["suva"]
    assert find(key, distance("Equal", "spot", BERLIN["spot"], 0)) == ["berlin"]
    assert find(key, distance("NotEqual", "spot", BERLIN["spot"], 0)) == ["paris", "suva"]
    assert find(key, distance("GreaterThan", "spot", BERLIN["spot"], 0)) == ["paris", "suva"]
    assert find(key, distance("LessThan", "spot", BERLIN["spot"], 30_000_000)) == LOCATED
    one_degree = 6_371_000 * 3.141592653589793 / 180
    assert find(key, distance("Equal", "spot", [13.4, 51.5], one_degree)) == ["berlin"]


def test_distances_across_the_antimeridian(key: Api) -> None:
    assert find(key, distance("LessThan", "spot", [-179.9, -18.1], 22_000)) == ["suva"]  # 0.2 degrees, 21 km
    assert find(key, distance("LessThan", "spot", [-179.9, -18.1], 21_000)) == []
    assert find(key, distance("LessThan", "way", [-179.9, -18.0], 22_000)) == ["suva"]
    assert find(key, distance("LessThan", "spot", [0, 89.9], 4_600_000)) == ["berlin", "paris"]  # over the pole


def test_distances_of_lines_and_polygons(key: Api) -> None:
    north = [13.5, 54.0]  # one degree of latitude, 111.2 km, from Berlin's area
    assert find(key, distance("LessThan", "area", north, 111_300)) == ["berlin"]
    assert find(key, distance("LessThan", "area", north, 111_100)) == []
    east = [15.0, 52.5]  # one degree of longitude at this latitude: 67.7 km
    assert find(key, distance("LessThan", "area", east, 68_000)) == ["berlin"]
    assert find(key, distance("LessThan", "area", east, 67_500)) == []
    assert find(key, distance("LessThan", "way", [square(14.5, 53)], 34_000)) == ["berlin"]
    assert find(key, distance("Equal", "area", [13.5, 52.5], 0)) == ["berlin"]
    assert find(key, distance("LessThan", "area", HOLE, 10_000)) == ["paris"]
    assert find(key, distance("Equal", "area", HOLE, 0)) == []


def test_distances_in_degrees(key: Api) -> None:
    assert find(key, distance("Equal", "spot", [10.4, 56.5], 5, False)) == ["berlin"]  # 3, 4, 5
    assert find(key, distance("LessThan", "spot", [10.4, 56.5], 5.1, False)) == ["berlin"]
    assert find(key, distance("LessThan", "spot", [10.4, 56.5], 4.9, False)) == []
    assert find(key, distance("NotEqual", "spot", [10.4, 56.5], 5, False)) == ["paris", "suva"]
    assert find(key, distance("GreaterThan", "area", [13.5, 54.0], 1, False)) == ["paris", "suva"]
    assert find(key, distance("LessThan", "way", [-179.9, -18.0], 1, False)) == []  # the plane ends there


def test_with_other_queries(key: Api) -> None:
    europe, near = q("intersects", "spot", EUROPE), distance("LessThan", "spot", BERLIN["spot"], 1000)
    assert find(key, europe, q("startsWith", "name", "P")) == ["paris"]
    assert find(key, europe, near) == ["berlin"]
    assert find(key, europe, q("notIntersects", "way", [[13, 53], [14, 52]])) == ["paris"]
    assert find(key, nested("or", near, q("equal", "name", "Nowhere"))) == ["berlin", "nowhere"]
    assert find(key, nested("or", near, q("notIntersects", "spot", EUROPE))) == ["berlin", "suva"]
    assert find(key, nested("or", near, nested("and", europe, q("endsWith", "name", "s")))) == ["berlin", "paris"]
    assert find(key, nested("and", europe, q("notContains", "area", [13.5, 52.5]))) == ["paris"]
    assert find(key, europe, q("orderDesc", "name"), q("limit", "", 1)) == ["paris"]
    assert find(key, europe, q("cursorAfter", "", "berlin")) == ["paris"]
    assert find(key, q("isNull", "spot")) == ["nowhere"]
    page = key.get(DOCUMENTS, [europe, q("limit", "", 1), q("offset", "", 1)]).ok()
    assert ([one["$id"] for one in page["documents"]], page["total"]) == (["paris"], 2)
    assert key.get(DOCUMENTS, [europe, q("offset", "", 5)]).ok()["total"] == 2


def test_aggregates_heed_them(key: Api) -> None:
    (row,) = key.get(DOCUMENTS, [q("intersects", "spot", EUROPE), q("count", "", "n")]).ok()["documents"]
    assert row["n"] == 2


@pytest.mark.parametrize(
    "text",
    [
        q("intersects", "spot", [1, 2, 3]),
        q("intersects", "spot", "POINT(1 2)"),
        q("intersects", "spot", [[181, 0], [0, 0]]),
        q("intersects", "spot", [[[0, 0], [1, 0], [1, 1], [0, 1]]]),
        q("intersects", "spot"),
        q("intersects", "name", [1, 2]),
        q("intersects", "$id", [1, 2]),
        q("intersects", "unknown", [1, 2]),
        q("intersects", "name.spot", [1, 2]),
        q("equal", "spot", "somewhere"),
        q("equal", "spot", 1, 2),
        q("lessThan", "spot", [1, 2]),
        q("between", "spot", [1, 2], [3, 4]),
        q("startsWith", "spot", "a"),
        q("search", "spot", "a"),
        q("distanceLessThan", "spot", [1, 2]),
        q("distanceLessThan", "spot", [[1, 2], 5]),
        q("distanceLessThan", "spot", [[1, 2], "5", True]),
        q("distanceLessThan", "spot", [[1, 2], -5, True]),
        q("distanceLessThan", "spot", [[1, 2], 5, 1]),
        q("distanceLessThan", "spot", [[1, 2], True, True]),
        q("distanceLessThan", "spot", [[[1, 2]], 5, True]),
        q("distanceLessThan", "spot", [[1, 2], 5, True], [[1, 2], 5, True]),
        nested("or", q("crosses", "name", [1, 2]), q("equal", "name", "x")),
    ],
)
def test_bad_queries(key: Api, text: str) -> None:
    key.get(DOCUMENTS, [text]).fails(400, "general_query_invalid")
    key.delete(DOCUMENTS, queries=[text]).fails(400, "general_query_invalid")
    assert key.get(DOCUMENTS).ok()["total"] == 4


@pytest.mark.parametrize(
    "text", [q("orderAsc", "spot"), q("orderDesc", "area"), q("min", "way"), q("groupBy", "", "spot")]
)
def test_they_have_no_order(key: Api, text: str) -> None:
    key.get(DOCUMENTS, [text]).fails(400, "general_query_invalid")


def test_too_many_spatial_queries(key: Api) -> None:
    several = [q("intersects", "spot", EUROPE)] * 26
    key.get(DOCUMENTS, several).fails(400, "general_query_invalid")
    assert find(key, *several[:25]) == ["berlin", "paris"]


def test_other_lists_know_no_spatial_queries(world: Sandbox) -> None:
    text = q("intersects", "name", [1, 2])
    world.key.get("/databases", [text]).fails(400, "general_argument_invalid")


def test_too_many_candidates(key: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MAX_VALUES", 1)
    answer = key.get(DOCUMENTS, [q("intersects", "spot", EUROPE)]).fails(400, "general_query_invalid")
    assert "smaller area" in answer.json["message"]
    assert find(key, q("intersects", "spot", EUROPE), q("equal", "name", "Paris")) == ["paris"]
    monkeypatch.setattr(candidates, "MAX_VALUES", 100)
    monkeypatch.setattr(candidates, "MAX_BYTES", 100)
    key.get(DOCUMENTS, [q("intersects", "area", EUROPE)]).fails(400, "general_query_invalid")


# --- bulk changes, permissions, relationships -------------------------------------------------------------------------
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


# --- indexes --------------------------------------------------------------------------------------------------------
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

"""Random relationships, random writes by random callers: the server and a model in plain Python hold the same graph."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from appwrite_py.data import query
from appwrite_py.data.author import Reader
from appwrite_py.data.schema import Collection
from tests.api.databases.relation_model import Caller, End, Graph, Refused, Value, World
from tests.client import Answer, Api, Sandbox, User

TYPES = ("oneToOne", "oneToMany", "manyToOne", "manyToMany")
RULES = ("setNull", "cascade", "restrict")
COLLECTIONS = "abc"
OPEN = {"a": frozenset({"create"}), "b": frozenset({"create"}), "c": frozenset({"create", "read", "update"})}
"""What everybody may do; all else is up to the documents' own permissions."""
WORLDS, IDS = 6, 4
ATTRIBUTES = [{"key": "name", "type": "string", "size": 20}, {"key": "year", "type": "integer"}]


def worlds() -> list[World]:
    """Every type, one- and two-way, with every rule, four to a world, between random collections."""
    dice = random.Random(11)
    kinds = list(product(TYPES, (True, False), RULES))
    dice.shuffle(kinds)
    made = []
    for n in range(WORLDS):
        ends: list[End] = []
        for number, (type_, two_way, rule) in enumerate(kinds[n::WORLDS]):
            pairs = [pair for pair in product(COLLECTIONS, repeat=2) if (*pair, type_) not in _taken(ends)]
            owner, other = dice.choice(pairs)
            ends.append(End(number, type_, "parent", owner, f"r{number}", other, f"t{number}", two_way, rule))
        made.append(World(tuple(ends), OPEN))
    return made


def _taken(ends: list[End]) -> set[tuple[str, str, str]]:
    """Two collections have one relationship of the type manyToMany."""
    return {(end.owner, end.other, end.type) for end in ends if end.type == "manyToMany"}


# --- random requests ------------------------------------------------------------------------------------------------
NAMES, YEARS = st.sampled_from(["x", "y", "z"]), st.integers(0, 3)
EVERY = ['read("any")', 'update("any")', 'delete("any")']
PERMISSIONS = st.sampled_from([None, None, [], EVERY[:1], EVERY[:2], EVERY, ['read("user:other")']])
PLAIN = {"name": NAMES, "year": YEARS}
WHO = st.integers(0, IDS - 1)


def payloads(depth: int) -> st.SearchStrategy[Value]:
    """Data of a document: links by the number of the relationship, each a list of numbers or of nested documents."""
    more: dict[str, Any] = {} if depth else {"$permissions": PERMISSIONS.filter(bool)}
    if depth < 3:
        item = st.one_of(WHO, WHO, st.just(IDS), st.tuples(st.none() | WHO, payloads(depth + 1)))
        more["links"] = st.dictionaries(st.integers(0, 3), st.lists(item, max_size=2 if depth else 3), max_size=2)
    return st.fixed_dictionaries({}, optional=PLAIN | more)


DATA = payloads(0)
WHERE = st.sampled_from(COLLECTIONS)
BY_USER = st.sampled_from([False, False, True])
STEP = st.one_of(
    st.tuples(st.sampled_from(["create", "update", "upsert"]), WHERE, WHO, DATA, PERMISSIONS, BY_USER),
    st.tuples(st.just("move"), WHERE, WHO, st.tuples(st.integers(0, 3), st.sampled_from(
        ["arrayAppend", "arrayRemove", "arrayIntersect"]), st.lists(WHO, max_size=2)), st.none(), BY_USER),
    st.tuples(st.just("delete"), WHERE, WHO, st.none(), st.none(), BY_USER),
    st.tuples(st.sampled_from(["createAll", "upsertAll"]), WHERE, WHO, st.lists(st.tuples(WHO, DATA), min_size=1,
              max_size=3), st.none(), st.just(False)),
    st.tuples(st.just("deleteAll"), WHERE, WHO, st.integers(0, 1000), st.none(), st.just(False)),
)  # fmt: skip
LOOK = st.tuples(WHERE, st.integers(0, 10**6), BY_USER)


class Requests:
    """What the random numbers of a step mean in a world, as the wire has it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.named = 0

    def data(self, collection: str, payload: Value) -> Value:
        """A document's data; of a document without an id the name is one that no other has."""
        made = {key: value for key, value in payload.items() if key != "links"}
        ends = self.world.ends(collection)
        for number, items in payload.get("links", {}).items() if ends else ():
            end = ends[number % len(ends)]
            listed = [self._item(end.other, item) for item in items]
            made[end.key] = listed if end.many else next(iter(listed), None)
        return made

    def _item(self, collection: str, item: Any) -> Any:
        if isinstance(item, int):
            return f"{collection}{item}"
        number, payload = item
        data = self.data(collection, payload)
        if number is not None:
            return data | {"$id": f"{collection}{number}"}
        self.named += 1
        return data | {"name": f"new{self.named}"}

    def query(self, collection: str, dice: random.Random, depth: int = 0) -> Value:
        """A filter, mostly through relationships."""
        if depth < 2 and dice.random() < 0.25:
            inner = [self.query(collection, dice, depth + 1) for _ in range(2)]
            return {"method": dice.choice(["and", "or"]), "values": inner}
        path, at = list[str](), collection
        while len(path) < 3 and self.world.ends(at) and dice.random() < 0.6:
            end = dice.choice(self.world.ends(at))
            path.append(end.key)
            at = end.other
            if end.here and dice.random() < 0.2:
                ids = [f"{at}{dice.randrange(IDS)}"]
                return _filter(dice.choice(["equal", "notEqual", "isNull", "isNotNull"]), path, ids)
        name = dice.choice(["name", "year", "$id"])
        values = {"name": list("xyz"), "year": [0, 1, 2, 3], "$id": [f"{at}{n}" for n in range(IDS)]}[name]
        methods = ["equal", "notEqual", "greaterThan", "lessThan"] + (["isNull", "isNotNull"] if name != "$id" else [])
        methods += ["containsAll"] * bool(path) + ["contains"] * (name == "name")
        method = dice.choice(methods)
        several = dice.randint(1, 2) if method in ("equal", "containsAll") else 1
        return _filter(method, [*path, name], dice.sample(values, several))

    def path_of_one(self, collection: str, dice: random.Random) -> str:
        """A path through links to one document each."""
        path, at = list[str](), collection
        while len(path) < 3 and (ends := [end for end in self.world.ends(at) if not end.many]) and dice.random() < 0.7:
            end = dice.choice(ends)
            path.append(end.key)
            at = end.other
            if end.here and dice.random() < 0.2:
                return ".".join(path)
        return ".".join([*path, dice.choice(["name", "year"])])


def _filter(method: str, path: list[str], values: list[Any]) -> Value:
    return {"method": method, "attribute": ".".join(path), "values": [] if "Null" in method else values}


# --- the server -----------------------------------------------------------------------------------------------------
class Server:
    """One world on the server, and the graph that it should hold."""

    def __init__(self, sandbox: Sandbox, user: User, world: World, number: int) -> None:
        self.sandbox, self.user, self.world = sandbox, user, world
        self.database = f"w{number}"
        self.collections: dict[str, Collection] = {}
        self.server = Caller()
        self.person = Caller(frozenset({"any", "users", f"user:{user.id}"}), trusted=False, user=user.id)
        self.start()

    def start(self) -> None:
        self.graph, self.requests = Graph.empty(self.world), Requests(self.world)

    def build(self) -> None:
        key, path = self.sandbox.key, f"/databases/{self.database}"
        key.post("/databases", databaseId=self.database, name="World").ok(201)
        for name, actions in OPEN.items():
            key.post(f"{path}/collections", collectionId=name, name=name, documentSecurity=True,
                     permissions=[f'{action}("any")' for action in actions], attributes=ATTRIBUTES).ok(201)  # fmt: skip
        for end in self.world.relations:
            key.post(f"{path}/collections/{end.owner}/attributes/relationship", relatedCollectionId=end.other,
                     type=end.type, key=end.key, twoWay=end.two_way, twoWayKey=end.twin, onDelete=end.rule).ok(202)  # fmt: skip
        rows = self.sandbox.guest.sql("SELECT schema_name FROM databases WHERE project_id = $1 AND id = $2",
                                      self.sandbox.id, self.database)  # fmt: skip
        self.schema = rows[0]["schema_name"]
        portal, store = self.sandbox.guest.http.portal, self.sandbox.guest.resources.store
        assert portal is not None
        for name in COLLECTIONS:
            self.collections[name] = portal.call(store.catalogue.collection, self.sandbox.id, 0, self.database, name)

    def clear(self) -> None:
        self.start()
        parts = [f'x{name} AS (DELETE FROM "{self.schema}"."{name}")' for name in COLLECTIONS]
        self.sandbox.guest.sql(f"WITH {', '.join(parts)} SELECT 1")

    # --- writing ----------------------------------------------------------------------------------------------------
    def take(self, step: Sequence[Any]) -> None:
        """Send one request, and do the same in the graph; both refuse it, or both hold the same then."""
        verb, collection, number, given, permissions, by_user = step
        caller, api = (self.person, self.user) if by_user else (self.server, self.sandbox.key)
        after = self.graph.copy(caller)
        id_ = f"{collection}{number}"
        path = f"/databases/{self.database}/collections/{collection}/documents"
        answer, wanted = self._send(api, after, verb, collection, path, id_, given, permissions)
        event(f"{verb} {answer.status}")
        note(f"{step} -> {answer}")
        if isinstance(wanted, Refused):
            assert answer.status == wanted.status, (step, answer)
            return
        assert answer.status < 300, (step, answer)
        self.graph = after
        self._learn_ids()
        if answer.json is not None:
            shown = answer.json.get("documents", [answer.json])
            for one in shown if verb != "deleteAll" else ():
                expected = self.graph.shown(collection, one["$id"], caller, 2)
                assert self._normal(collection, one, 2) == expected, (step, "the answer")

    def _send(
        self, api: Api, after: Graph, verb: str, collection: str, path: str, id_: str, given: Any, permissions: Any
    ) -> tuple[Answer, Refused | None]:
        more = {} if permissions is None else {"permissions": permissions}
        also = {} if permissions is None else {"$permissions": permissions}
        if verb in ("create", "update", "upsert"):
            data = {"year": 0} | self.requests.data(collection, given)
            data.pop("$permissions", None)
            if verb == "create":
                answer = api.post(path, documentId=id_, data=data, **more)
                return answer, _tried(after.create, collection, [(id_, data | also)])
            send = api.patch if verb == "update" else api.put
            answer = send(f"{path}/{id_}", data=data, **more)
            if verb == "update":
                return answer, _tried(after.update, collection, id_, data | also)
            return answer, _tried(after.upsert, collection, [(id_, data | also)])
        if verb == "move":
            ends = [end for end in self.world.ends(collection) if end.many]
            number, method, others = given
            data = {"year": 1}
            if ends:
                end = ends[number % len(ends)]
                data[end.key] = {"method": method, "values": [f"{end.other}{one}" for one in others]}
            return api.patch(f"{path}/{id_}", data=data), _tried(after.update, collection, id_, data)
        if verb == "delete":
            return api.delete(f"{path}/{id_}"), _tried(after.delete, collection, [id_])
        if verb == "deleteAll":
            filters = [self.requests.query(collection, random.Random(given))]
            found = [one for one in after.docs[collection] if after.matches(collection, one, filters, self.server)]
            answer = api.delete(path, queries=[json.dumps(one) for one in filters])
            if answer.status == 200:
                assert sorted(one["$id"] for one in answer.json["documents"]) == sorted(found), filters
            return answer, _tried(after.delete, collection, found)
        wanted = [(f"{collection}{one}", self.requests.data(collection, data)) for one, data in given]
        body = [data | {"$id": one} for one, data in wanted]
        if verb == "createAll":
            return api.post(path, documents=body), _tried(after.create, collection, wanted)
        return api.put(path, documents=body), _tried(after.upsert, collection, wanted)

    def _learn_ids(self) -> None:
        """The ids of documents that were sent without one; each is there once."""
        for name, docs in self.graph.docs.items():
            for unknown in [id_ for id_ in docs if id_.startswith("?")]:
                rows = self.sandbox.guest.sql(f'SELECT _id FROM "{self.schema}"."{name}" WHERE name = $1', unknown[1:])
                assert len(rows) == 1, (unknown, rows)
                known = rows[0]["_id"]
                docs[known] = docs.pop(unknown)
                for end in self.world.relations:
                    self.graph.links[end.number] = [
                        (known if (p, end.owner) == (unknown, name) else p,
                         known if (c, end.other) == (unknown, name) else c) for p, c in self.graph.links[end.number]
                    ]  # fmt: skip

    # --- reading ----------------------------------------------------------------------------------------------------
    def compare(self, by_user: bool) -> None:
        """All documents with what they are linked with, as one caller sees them, are those of the graph."""
        caller = self.person if by_user else self.server
        for name in COLLECTIONS:
            select = {"method": "select", "values": ["*", *(f"{end.key}.*" for end in self.world.ends(name))]}
            found, total = self.find(name, [select, {"method": "limit", "values": [500]}], caller)
            visible = self.graph.visible(name, caller)
            assert total == len(visible)
            numbers = [int(one["$sequence"]) for one in found]
            assert numbers == sorted(numbers)
            expected = {id_: self.graph.shown(name, id_, caller, 1) for id_ in visible}
            assert {one["$id"]: self._normal(name, one, 1) for one in found} == expected
            permissions = {id_: sorted(self.graph.docs[name][id_]["$permissions"]) for id_ in visible}
            assert {one["$id"]: sorted(one["$permissions"]) for one in found} == permissions

    def look(self, collection: str, number: int, by_user: bool) -> None:
        """Filters and orders through paths, and numbers by groups, find what they find in the graph."""
        caller, dice = self.person if by_user else self.server, random.Random(number)
        filters = [self.requests.query(collection, dice) for _ in range(dice.randint(0, 2))]
        line = [
            id_ for id_ in self.graph.docs[collection]
            if self.graph.may(collection, id_, "read", caller)
            and self.graph.matches(collection, id_, filters, caller)
        ]  # fmt: skip
        self._look_in_order(collection, dice, filters, line, caller)
        self._look_at_groups(collection, dice, filters, line, caller)

    def _look_in_order(
        self, collection: str, dice: random.Random, filters: list[Value], line: list[str], caller: Caller
    ) -> None:
        orders = [(self.requests.path_of_one(collection, dice), dice.random() < 0.5) for _ in range(dice.randint(0, 2))]
        rows = self.sandbox.guest.sql(f'SELECT _id, _seq FROM "{self.schema}"."{collection}"')
        number = {row["_id"]: row["_seq"] for row in rows}
        line.sort(key=lambda id_: number[id_])
        for path, descending in reversed(orders):
            held = {id_: self.graph.value(collection, id_, path, caller) for id_ in line}
            line.sort(key=lambda id_, held=held: (held[id_] is not None, held[id_]), reverse=descending)  # type: ignore[misc]
        asked = filters + [{"method": "orderDesc" if down else "orderAsc", "attribute": path} for path, down in orders]
        page, at = line, dice.randrange(len(line)) if line and dice.random() < 0.5 else None
        if at is not None:
            back = dice.random() < 0.5
            page = line[:at] if back else line[at + 1 :]
            asked.append({"method": "cursorBefore" if back else "cursorAfter", "values": [line[at]]})
        found, total = self.find(collection, [*asked, {"method": "limit", "values": [100]}], caller)
        assert ([one["$id"] for one in found], total) == (page, len(line)), asked

    def _look_at_groups(
        self, collection: str, dice: random.Random, filters: list[Value], line: list[str], caller: Caller
    ) -> None:
        path, summed = self.requests.path_of_one(collection, dice), self.requests.path_of_one(collection, dice)
        if not summed.endswith("year"):
            summed = "year"
        groups: dict[Any, list[int | None]] = {}
        for id_ in line:
            held = self.graph.value(collection, id_, path, caller)
            groups.setdefault(held, []).append(self.graph.value(collection, id_, summed, caller))
        expected = {}
        for held, values in groups.items():
            some = [value for value in values if value is not None]
            expected[held] = (len(values), len(some), len(set(some)), sum(some) if some else None,
                              min(some, default=None), max(some, default=None))  # fmt: skip
        methods = ("count", "countDistinct", "sum", "min", "max")
        asked = [*filters, {"method": "groupBy", "values": [path]}, {"method": "count", "values": ["n"]}]
        asked += [{"method": method, "attribute": summed, "values": [f"v{n}"]} for n, method in enumerate(methods)]
        found, total = self.find(collection, [*asked, {"method": "limit", "values": [100]}], caller)
        numbers = {one[path]: tuple(one[name] for name in ("n", "v0", "v1", "v2", "v3", "v4")) for one in found}
        assert (numbers, total) == (expected, len(expected)), asked

    def find(self, collection: str, asked: list[Value], caller: Caller) -> tuple[list[Value], int]:
        portal, store = self.sandbox.guest.http.portal, self.sandbox.guest.resources.store
        assert portal is not None
        plan = query.read([json.dumps(one) for one in asked])
        found: tuple[list[Value], int] = portal.call(
            store.find, self.collections[collection], plan, Reader(caller.roles, caller.trusted)
        )
        return found

    def _normal(self, collection: str, document: Value, depth: int) -> Value:
        """A document without what the graph does not hold; lists of linked documents by their ids."""
        made = {key: value for key, value in document.items() if not key.startswith("$") or key == "$id"}
        for end in self.world.ends(collection) if depth else ():
            if end.key in made and (held := made[end.key]) is not None:
                items = held if end.many else [held]
                normal = sorted((self._normal(end.other, one, depth - 1) for one in items), key=lambda one: one["$id"])
                made[end.key] = normal if end.many else normal[0]
        return made


def _tried(change: Any, *given: Any) -> Refused | None:
    try:
        change(*given)
    except Refused as refused:
        return refused
    return None


@pytest.fixture(scope="module")
def servers(console: Any) -> list[Server]:
    sandbox = Sandbox.create(console)
    user = sandbox.user()
    made = [Server(sandbox, user, world, number) for number, world in enumerate(worlds())]
    for server in made:
        server.build()
    return made


@settings(
    max_examples=100, derandomize=True, deadline=timedelta(seconds=10),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    number=st.integers(0, WORLDS - 1),
    steps=st.lists(st.tuples(STEP, BY_USER, LOOK), min_size=1, max_size=8),
)
def test_the_server_holds_the_graph_that_the_model_holds(
    servers: list[Server], number: int, steps: list[tuple[Any, bool, Any]]
) -> None:
    server = servers[number]
    server.clear()
    for step, by_user, look in steps:
        server.take(step)
        server.compare(by_user)
        server.look(*look)

"""Random relationships, random writes by random callers: the server and a model in plain Python hold the same graph."""

from __future__ import annotations

import json
import random
from itertools import product
from typing import Any, NamedTuple

import pytest
from hypothesis import event, given, note
from hypothesis import strategies as st

from appwrite_py.data import query
from appwrite_py.data.author import Reader
from appwrite_py.data.schema import Collection
from tests.api.databases.relation_model import Caller, End, Graph, Refused, Value, World
from tests.client import Answer, Api, Sandbox, User
from tests.examples import tries

TYPES = ("oneToOne", "oneToMany", "manyToOne", "manyToMany")
RULES = ("setNull", "cascade", "restrict")
COLLECTIONS = "abc"
OPEN = {"a": frozenset({"create"}), "b": frozenset({"create"}), "c": frozenset({"create", "read", "update"})}
"""What everybody may do; all else is up to the documents' own permissions."""
WORLDS, IDS, MAX_DEPTH = 6, 4, 3
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
EVERY = ['read("any")', 'update("any")', 'delete("any")']
PERMISSIONS: list[list[str] | None] = [None, EVERY, EVERY, EVERY[:2], EVERY[:1], [], ['read("user:other")']]
VERBS = ["update"] * 4 + ["upsert", "delete"] * 3 + ["create", "move"] * 2 + ["createAll", "upsertAll", "deleteAll"]


class Step(NamedTuple):
    """One request: what is done to which document, with which data, by a user or by a server."""

    verb: str
    collection: str
    id: str = ""
    data: Any = None
    permissions: list[str] | None = None
    by_user: bool = False


class Requests:
    """Random requests to a world, mostly about documents that are there."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.named = 0

    def step(self, dice: random.Random, graph: Graph) -> Step:
        collection, verb = dice.choice(COLLECTIONS), dice.choice(VERBS)
        if verb in ("createAll", "upsertAll"):
            data = [
                self.data(collection, dice, graph) | {"$id": self._id(collection, dice, graph, verb == "upsertAll")}
                for _ in range(dice.randint(1, 3))
            ]
            return Step(verb, collection, data=data)
        if verb == "deleteAll":
            return Step(verb, collection, data=self.queries(collection, dice) or [self.query(collection, dice)])
        known = verb not in ("create", "upsert") or (verb == "upsert" and dice.random() < 0.5)
        id_, by_user = self._id(collection, dice, graph, known), dice.random() < (0.6 if verb == "delete" else 0.4)
        if verb == "delete":
            return Step(verb, collection, id_, by_user=by_user)
        if verb == "move":
            return Step("update", collection, id_, self._moved(collection, id_, dice, graph), by_user=by_user)
        data = self.data(collection, dice, graph)
        return Step(verb, collection, id_, data, data.pop("$permissions", None), by_user)

    def data(self, collection: str, dice: random.Random, graph: Graph, depth: int = 0) -> Value:
        """Random data of a document, mostly links."""
        made: Value = {"year": dice.randrange(4)}
        if dice.random() < 0.5:
            made["name"] = dice.choice("xyz")
        if (permissions := dice.choice(PERMISSIONS)) is not None and dice.random() < 0.5:
            made["$permissions"] = permissions
        for end in self.world.ends(collection) if depth < MAX_DEPTH else ():
            if dice.random() < (0.5 if not depth else 0.25):
                items = [self._item(end.other, dice, graph, depth) for _ in range(dice.randint(0, 3))]
                made[end.key] = items if end.many else next(iter(items), None)
        return made

    def _item(self, collection: str, dice: random.Random, graph: Graph, depth: int) -> Any:
        """A link: mostly an id, or a document, with an id or by a name that no other has."""
        if dice.random() < 0.65:
            return self._id(collection, dice, graph, True)
        data = self.data(collection, dice, graph, depth + 1)
        if dice.random() < 0.6:
            return data | {"$id": self._id(collection, dice, graph, dice.random() < 0.6)}
        self.named += 1
        return data | {"name": f"new{self.named}"}

    def _id(self, collection: str, dice: random.Random, graph: Graph, known: bool) -> str:
        """An id of a collection, mostly one that is there, or is not."""
        if known and graph.docs[collection] and dice.random() < 0.85:
            return dice.choice(sorted(graph.docs[collection]))
        return f"{collection}{dice.randrange(IDS, 2 * IDS) if dice.random() < 0.8 else dice.randrange(IDS)}"

    def _moved(self, collection: str, id_: str, dice: random.Random, graph: Graph) -> Value:
        """An operator on a list of links, mostly with some that are in it."""
        ends = [end for end in self.world.ends(collection) if end.many]
        made: Value = {"year": 9}
        if ends:
            end, method = dice.choice(ends), dice.choice(["arrayAppend", "arrayRemove", "arrayIntersect"])
            values = [self._id(end.other, dice, graph, True), *graph.linked(end, id_)[dice.randrange(3) :]]
            made[end.key] = {"method": method, "values": values}
        return made

    def queries(self, collection: str, dice: random.Random) -> list[Value]:
        """Some filters; mostly two of them lead through the same relationship."""
        ends = self.world.ends(collection)
        if not ends or dice.random() < 0.3:
            return [self.query(collection, dice) for _ in range(dice.randint(0, 2))]
        end = dice.choice([one for one in ends if one.many] or ends)
        names = [("name", list("xyz")), ("year", [0, 1, 2, 3])]
        return [
            _filter(dice.choice(["equal", "notEqual", "greaterThan"]), [end.key, name], dice.sample(values, 1))
            for name, values in dice.choice([names, names[1:] * 2])
        ]

    def query(self, collection: str, dice: random.Random, depth: int = 0) -> Value:
        """A filter, mostly through relationships."""
        if depth < 2 and dice.random() < 0.25:
            inner = self.queries(collection, dice) if dice.random() < 0.5 else []
            inner += [self.query(collection, dice, depth + 1) for _ in range(2 - len(inner))]
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
            body = {
                "type": end.type,
                "key": end.key,
                "twoWay": end.two_way,
                "twoWayKey": end.twin,
                "onDelete": end.rule,
            }
            relating = f"{path}/collections/{end.owner}/attributes/relationship"
            key.post(relating, relatedCollectionId=end.other, **body).ok(202)
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

    def fill(self, dice: random.Random) -> None:
        """Some documents in each collection, with a link through each relationship."""
        for name in COLLECTIONS:
            data: list[Value] = [{"$permissions": dice.choice(PERMISSIONS) or EVERY} for _ in range(IDS)]
            self.take(Step("createAll", name, data=[one | {"$id": f"{name}{n}"} for n, one in enumerate(data)]))
        for name in COLLECTIONS:
            data = [{"$id": f"{name}{n}", "year": n} for n in range(IDS)]
            for end in (end for end in self.world.ends(name) if end.side == "parent" and dice.random() < 0.8):
                for n, one in enumerate(data, dice.randrange(IDS)):
                    other = f"{end.other}{n % IDS}"
                    one[end.key] = [other] if end.many else other
            self.take(Step("upsertAll", name, data=data))

    # --- writing ----------------------------------------------------------------------------------------------------
    def take(self, step: Step) -> None:
        """Send one request, and do the same in the graph; both refuse it, or both hold the same then."""
        caller, api = (self.person, self.user) if step.by_user else (self.server, self.sandbox.key)
        after, before = self.graph.copy(caller), self.graph.links
        answer, refused = self._send(api, after, step)
        event(f"{step.verb} {answer.status}")
        note(f"with {before}: {step} -> {answer}")
        if refused is not None:
            assert answer.status == refused.status, step
            return
        assert answer.status < 300, step
        self.graph = after
        self._learn_ids()
        if answer.json is not None and step.verb != "deleteAll":
            for one in answer.json.get("documents", [answer.json]):
                self._check(step.collection, one, self.graph.shown(step.collection, one["$id"], caller, 2), 2)

    def _send(self, api: Api, after: Graph, step: Step) -> tuple[Answer, Refused | None]:
        verb, collection, id_, data, permissions, _ = step
        path = f"/databases/{self.database}/collections/{collection}/documents"
        more = {} if permissions is None else {"permissions": permissions}
        if verb == "create":
            answer = api.post(path, documentId=id_, data=data, **more)
            return answer, _tried(after.create, collection, [(id_, _with(data, permissions))])
        if verb == "update":
            answer = api.patch(f"{path}/{id_}", data=data, **more)
            return answer, _tried(after.update, collection, id_, _with(data, permissions))
        if verb == "upsert":
            answer = api.put(f"{path}/{id_}", data=data, **more)
            return answer, _tried(after.upsert, collection, [(id_, _with(data, permissions))])
        if verb == "delete":
            return api.delete(f"{path}/{id_}"), _tried(after.delete, collection, [id_])
        if verb == "deleteAll":
            return self._send_delete(api, after, collection, path, data)
        wanted = [(one["$id"], one) for one in data]
        if verb == "createAll":
            return api.post(path, documents=data), _tried(after.create, collection, wanted)
        return api.put(path, documents=data), _tried(after.upsert, collection, wanted)

    def _send_delete(
        self, api: Api, after: Graph, collection: str, path: str, filters: list[Value]
    ) -> tuple[Answer, Refused | None]:
        found = [one for one in after.docs[collection] if after.matches(collection, one, filters, self.server)]
        answer = api.delete(path, queries=[json.dumps(one) for one in filters])
        if answer.status == 200:
            assert sorted(one["$id"] for one in answer.json["documents"]) == sorted(found), filters
        return answer, _tried(after.delete, collection, found)

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
            assert sorted(one["$id"] for one in found) == sorted(visible)
            for one in found:
                self._check(name, one, self.graph.shown(name, one["$id"], caller, 1), 1)
                assert sorted(one["$permissions"]) == sorted(self.graph.docs[name][one["$id"]]["$permissions"])

    def look(self, dice: random.Random) -> None:
        """Filters and orders through paths, and numbers by groups, find what they find in the graph."""
        collection, caller = dice.choice(COLLECTIONS), self.person if dice.random() < 0.3 else self.server
        filters = self.requests.queries(collection, dice)
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
                              sum(some) / len(some) if some else None, min(some, default=None),
                              max(some, default=None))  # fmt: skip
        methods = ("count", "countDistinct", "sum", "avg", "min", "max")
        asked = [*filters, {"method": "groupBy", "values": [path]}, {"method": "count", "values": ["n"]}]
        asked += [{"method": method, "attribute": summed, "values": [f"v{n}"]} for n, method in enumerate(methods)]
        found, total = self.find(collection, [*asked, {"method": "limit", "values": [100]}], caller)
        numbers = {one[path]: tuple(one[name] for name in ("n", *(f"v{n}" for n in range(6)))) for one in found}
        assert (numbers, total) == (expected, len(expected)), asked

    def find(self, collection: str, asked: list[Value], caller: Caller) -> tuple[list[Value], int]:
        portal, store = self.sandbox.guest.http.portal, self.sandbox.guest.resources.store
        assert portal is not None
        plan = query.read([json.dumps(one) for one in asked])
        found: tuple[list[Value], int] = portal.call(
            store.find, self.collections[collection], plan, Reader(caller.roles, caller.trusted)
        )
        return found

    def _check(self, collection: str, document: Value, expected: Value, depth: int) -> None:
        found = self._normal(collection, document, depth)
        assert found.keys() == expected.keys()
        for key, value in found.items():
            assert value == expected[key], (collection, expected["$id"], key)

    def _normal(self, collection: str, document: Value, depth: int) -> Value:
        """A document without what the graph does not hold; lists of linked documents by their ids."""
        made = {key: value for key, value in document.items() if not key.startswith("$") or key == "$id"}
        for end in self.world.ends(collection) if depth else ():
            if end.key in made and (held := made[end.key]) is not None:
                items = held if end.many else [held]
                normal = sorted((self._normal(end.other, one, depth - 1) for one in items), key=lambda one: one["$id"])
                made[end.key] = normal if end.many else normal[0]
        return made


def _with(data: Value, permissions: list[str] | None) -> Value:
    return data if permissions is None else data | {"$permissions": permissions}


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


@tries(80)
@given(number=st.integers(0, WORLDS - 1), seeds=st.lists(st.integers(0, 2**32), min_size=8, max_size=12))
def test_the_server_holds_the_graph_that_the_model_holds(servers: list[Server], number: int, seeds: list[int]) -> None:
    server = servers[number]
    server.clear()
    note("\n".join(map(str, server.world.relations)))
    server.fill(random.Random(seeds[0]))
    for seed in seeds:
        dice = random.Random(seed)
        server.take(server.requests.step(dice, server.graph))
        server.compare(by_user=dice.random() < 0.3)
        server.look(dice)

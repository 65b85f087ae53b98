"""Documents and their links as plain Python has them, in dicts and sets: what tests of relationships compare with.

The rules are those of `docs/decisions/0014-relationships-are-foreign-keys.md`: a level at a time, links that lie in
the document's own row before it, the others behind it; all of a request or nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

ACTIONS = ("read", "update", "delete")
Value = dict[str, Any]


class Refused(Exception):
    """A request that is refused, with the status of its answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class End(NamedTuple):
    """A relationship as one of its two collections sees it; `twin` is its key on the other side, if there is one."""

    number: int
    type: str
    side: str
    owner: str
    key: str
    other: str
    twin: str
    two_way: bool
    rule: str

    @property
    def many(self) -> bool:
        if self.type in ("oneToOne", "manyToMany"):
            return self.type == "manyToMany"
        return (self.type == "oneToMany") == (self.side == "parent")

    @property
    def single(self) -> bool:
        """Whether neither side can have several."""
        return self.type == "oneToOne"

    @property
    def here(self) -> bool:
        """Whether the link lies in the document's own row."""
        return not self.many and not (self.single and self.side == "child")

    @property
    def owns(self) -> bool:
        """Whether its rule is about what this side's documents are linked with."""
        return (self.side == "child") == (self.type == "manyToOne")

    @property
    def cascades(self) -> bool:
        return self.rule == "cascade" and (self.owns or self.single)

    @property
    def back(self) -> str:
        """The key that leads back from the other side."""
        return self.twin if self.two_way else ""


@dataclass(frozen=True)
class World:
    """The relationships between some collections, and what the collections let everybody do."""

    relations: tuple[End, ...]
    open: dict[str, frozenset[str]]

    def ends(self, collection: str) -> list[End]:
        """The relationships that a collection shows."""
        made = []
        for one in self.relations:
            if one.owner == collection:
                made.append(one)
            if one.other == collection and one.two_way:
                made.append(one._replace(side="child", owner=one.other, key=one.twin, other=one.owner, twin=one.key))
        return made

    def end(self, collection: str, key: str) -> End | None:
        return next((end for end in self.ends(collection) if end.key == key), None)


class Caller(NamedTuple):
    """Who asks: servers may do everything, users what their roles may."""

    roles: frozenset[str] = frozenset()
    trusted: bool = True
    user: str = ""

    def grants(self, permissions: Iterable[str] | None) -> list[str]:
        """The permissions of a new document."""
        if permissions is None:
            return [f'{action}("user:{self.user}")' for action in ACTIONS] if self.user else []
        if not self.trusted and any(text.split('"')[1] not in self.roles for text in permissions):
            raise Refused(401)
        return list(permissions)


class Item(NamedTuple):
    id: str
    data: Value | None = None


@dataclass
class Graph:
    """All documents, by collection and id, and for each relationship its pairs of parent and child."""

    world: World
    docs: dict[str, dict[str, Value]]
    links: dict[int, list[tuple[str, str]]]
    caller: Caller = field(default_factory=Caller)

    @staticmethod
    def empty(world: World) -> Graph:
        return Graph(world, {name: {} for name in world.open}, {one.number: [] for one in world.relations})

    def copy(self, caller: Caller) -> Graph:
        return Graph(self.world, copy.deepcopy(self.docs), copy.deepcopy(self.links), caller)

    # --- links ------------------------------------------------------------------------------------------------------
    def linked(self, end: End, id_: str) -> list[str]:
        """The ids that a document is linked with, whoever may see them."""
        pairs = self.links[end.number]
        return [c for p, c in pairs if p == id_] if end.side == "parent" else [p for p, c in pairs if c == id_]

    def join(self, end: End, id_: str, other: str) -> None:
        pair = (id_, other) if end.side == "parent" else (other, id_)
        if pair not in self.links[end.number]:
            self.links[end.number].append(pair)

    def part(self, end: End, id_: str, other: str) -> None:
        pair = (id_, other) if end.side == "parent" else (other, id_)
        self.links[end.number] = [one for one in self.links[end.number] if one != pair]

    def opposite(self, end: End) -> End:
        side = "child" if end.side == "parent" else "parent"
        return end._replace(side=side, owner=end.other, key=end.twin, other=end.owner, twin=end.key)

    # --- permissions ------------------------------------------------------------------------------------------------
    def may(self, collection: str, id_: str, action: str, caller: Caller | None = None) -> bool:
        who = caller or self.caller
        if who.trusted or action in self.world.open[collection]:
            return True
        granted = self.docs[collection][id_]["$permissions"]
        return any(f'{action}("{role}")' in granted for role in who.roles)

    def visible(self, collection: str, caller: Caller) -> list[str]:
        return [id_ for id_ in self.docs[collection] if self.may(collection, id_, "read", caller)]

    # --- creating ---------------------------------------------------------------------------------------------------
    def create(self, collection: str, wanted: Sequence[tuple[str, Value]]) -> None:
        """Create documents; the permissions that they are to have are checked before anything else."""
        self._create(collection, [(id_, data, self.caller.grants(data.get("$permissions"))) for id_, data in wanted])

    def _create(self, collection: str, wanted: Sequence[tuple[str, Value, list[str]]]) -> None:
        granted = {id_: permissions for id_, _, permissions in wanted}
        ends = [end for end in self.world.ends(collection) if any(end.key in data for _, data, _ in wanted)]
        named = {end.key: {id_: _items(data[end.key]) for id_, data, _ in wanted if end.key in data} for end in ends}
        here = [(end, self._settle(end, named[end.key], granted)) for end in ends if end.here]
        if not self.caller.trusted and "create" not in self.world.open[collection]:
            raise Refused(401)
        for id_, data, permissions in wanted:
            if id_ in self.docs[collection]:
                raise Refused(409)
            self.docs[collection][id_] = _plain(data) | {"$permissions": permissions}
        for end, pairs in here:
            for id_, other in pairs:
                self._point(end, id_, other)
        for end in ends:
            if not end.here:
                self._link(end, self._settle(end, named[end.key], granted))

    # --- changing ---------------------------------------------------------------------------------------------------
    def update(self, collection: str, id_: str, data: Value, verb: str = "update") -> None:
        """Change a document, and write what comes nested in it. An upsert adds links to lists, and takes none away."""
        held, given = self.docs[collection].get(id_), data.get("$permissions")
        granted = None if given is None else self.caller.grants(given)
        if held is None:
            raise Refused(404)
        ends = [end for end in self.world.ends(collection) if end.key in data]
        named = {end.key: self._changed(end, id_, data[end.key]) for end in ends}
        inherits = {id_: held["$permissions"] if granted is None else granted}
        here = [(end, self._settle(end, {id_: named[end.key][0]}, inherits)) for end in ends if end.here]
        if not self.may(collection, id_, "update"):
            raise Refused(401)
        held |= {key: value for key, value in _plain(data).items() if key in data}
        if granted is not None:
            held["$permissions"] = granted
        inherits = {id_: held["$permissions"]}
        for end, pairs in here:
            for other in self.linked(end, id_):
                self.part(end, id_, other)
            for _, other in pairs:
                self._point(end, id_, other)
        for end in ends:
            if end.here:
                continue
            settled = self._settle(end, {id_: named[end.key][0]}, inherits)
            if verb == "update" or not end.many:
                lost = named[end.key][1]
                for other in self.linked(end, id_):
                    if other in lost if lost is not None else other not in [kept for _, kept in settled]:
                        self.part(end, id_, other)
            self._link(end, settled)

    def upsert(self, collection: str, wanted: Sequence[tuple[str, Value]]) -> None:
        """Create the documents that are not there, then change the others."""
        known = {id_ for id_, _ in wanted if id_ in self.docs[collection]}
        if len({id_ for id_, _ in wanted}) < len(wanted):
            raise Refused(409)
        new = [(id_, data) for id_, data in wanted if id_ not in known]
        if new:
            self.create(collection, new)
        for id_, data in wanted:
            if id_ in known:
                self.update(collection, id_, data, "upsert")

    def _changed(self, end: End, id_: str, value: Any) -> tuple[list[Item], list[str] | None]:
        """The items that a value adds, and the links that an operator takes away; without one all others go."""
        if not isinstance(value, dict) or "method" not in value:
            return _items(value), None
        linked, given = self.linked(end, id_), value["values"]
        if value["method"] == "arrayAppend":
            return _items([one for one in given if one not in linked]), []
        return [], [one for one in linked if (one in given) == (value["method"] == "arrayRemove")]

    # --- linking ----------------------------------------------------------------------------------------------------
    def _settle(self, end: End, items: dict[str, list[Item]], inherits: dict[str, list[str]]) -> list[tuple[str, str]]:
        """Write the nested documents; pairs of document and linked document, of those that can be linked."""
        pairs = [(id_, item) for id_, found in items.items() for item in found]
        self._put(end, [(id_, item) for id_, item in pairs if item.data is not None], inherits)
        there = {item.id for _, item in pairs if item.data is not None}
        there |= inherits.keys() if end.here and end.other == end.owner else set()
        return [
            (id_, item.id) for id_, item in pairs
            if item.id in there or item.id in self.linked(end, id_)
            or (item.id in self.docs[end.other] and self.may(end.other, item.id, "read"))
        ]  # fmt: skip

    def _put(self, end: End, given: list[tuple[str, Item]], inherits: dict[str, list[str]]) -> None:
        """Change the nested documents that are there, create the others; whoever is named again is changed then."""
        known = {item.id for _, item in given if item.id in self.docs[end.other]}
        new: dict[str, tuple[str, Value, list[str]]] = {}
        there: dict[str, Value] = {}
        again: list[Item] = []
        for id_, item in given:
            assert item.data is not None
            if item.id in new or item.id in there:
                again.append(item)
            elif item.id in known:
                there[item.id] = item.data
            else:
                own = item.data.get("$permissions")
                granted = inherits.get(id_, []) if own is None else self.caller.grants(own)
                new[item.id] = (item.id, item.data, granted)
        for other, data in there.items():
            self.update(end.other, other, data)
        if new:
            self._create(end.other, list(new.values()))
        for item in again:
            assert item.data is not None
            self.update(end.other, item.id, item.data)

    def _point(self, end: End, id_: str, other: str) -> None:
        """Set the link in a document's own row."""
        if end.single and self.linked(self.opposite(end), other):
            raise Refused(409)
        self.join(end, id_, other)

    def _link(self, end: End, pairs: list[tuple[str, str]]) -> None:
        """Set links that lie in the other documents, or between."""
        if end.type == "manyToMany":
            for id_, other in pairs:
                self.join(end, id_, other)
            return
        claims = {other: id_ for id_, other in pairs}
        if end.single and len(claims) < len(pairs):
            raise Refused(409)
        for other, id_ in claims.items():
            holders = self.linked(self.opposite(end), other)
            if holders == [id_]:
                continue
            if end.single and holders:
                raise Refused(409)
            if not self.may(end.other, other, "update"):
                raise Refused(401)
            for holder in holders:
                self.part(end, holder, other)
            self.join(end, id_, other)

    # --- deleting ---------------------------------------------------------------------------------------------------
    def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Delete documents with all that go with them, unless one is restricted by a document that stays."""
        for id_ in ids:
            if id_ not in self.docs[collection]:
                raise Refused(404)
            if not self.may(collection, id_, "delete"):
                raise Refused(401)
        going, found = set[tuple[str, str]](), [(collection, id_) for id_ in ids]
        while found:
            going.update(found)
            found = [one for pair in found for one in self._along(pair, "cascade") if one not in going]
        if any(one not in going for pair in going for one in self._along(pair, "restrict")):
            raise Refused(403)
        if not all(self.may(*pair, "delete") for pair in going):
            raise Refused(401)
        for name, id_ in going:
            for end in self.world.relations:
                self.links[end.number] = [
                    (p, c) for p, c in self.links[end.number]
                    if (p, end.owner) != (id_, name) and (c, end.other) != (id_, name)
                ]  # fmt: skip
            del self.docs[name][id_]

    def _along(self, pair: tuple[str, str], rule: str) -> list[tuple[str, str]]:
        """What a document is linked with by relationships of this rule."""
        name, id_ = pair
        ends = [end for end in self.world.ends(name) if (end.cascades if rule == "cascade" else end.owns)]
        return [(end.other, other) for end in ends if end.rule == rule for other in self.linked(end, id_)]

    # --- reading ----------------------------------------------------------------------------------------------------
    def shown(self, collection: str, id_: str, caller: Caller, depth: int, back: str = "") -> Value:
        """A document with what it is linked with, as far as the caller may see it; links as ids at the last level."""
        made: Value = {"$id": id_} | {key: self.docs[collection][id_][key] for key in ("name", "year")}
        for end in self.world.ends(collection):
            linked = self.linked(end, id_)
            if end.key == back:
                continue
            if not depth:
                if end.here:
                    made[end.key] = linked[0] if linked else None
                continue
            seen = [one for one in linked if self.may(end.other, one, "read", caller)]
            items = [self.shown(end.other, one, caller, depth - 1, end.back) for one in sorted(seen)]
            made[end.key] = items if end.many else next(iter(items), None)
        return made

    def matches(self, collection: str, id_: str, filters: Sequence[Value], caller: Caller) -> bool:
        """Whether all filters hold; those through the same relationship hold for the same related document."""
        through: dict[str, list[Value]] = {}
        for one in filters:
            key, _, rest = one.get("attribute", "").partition(".")
            if rest and one["method"] != "containsAll":
                through.setdefault(key, []).append(one)
            elif not self._holds(collection, id_, one, caller):
                return False
        return all(self._leads(collection, id_, key, found, caller) for key, found in through.items())

    def _holds(self, collection: str, id_: str, one: Value, caller: Caller) -> bool:
        method, values = one["method"], one["values"]
        if method == "and":
            return self.matches(collection, id_, values, caller)
        if method == "or":
            return any(self.matches(collection, id_, [inner], caller) for inner in values)
        key, _, rest = one["attribute"].partition(".")
        if rest:
            each = [one | {"method": "equal", "values": [value]} for value in values]
            return all(self._leads(collection, id_, key, [single], caller) for single in each)
        held = self.value(collection, id_, one["attribute"], caller)
        if method in ("isNull", "isNotNull"):
            return (held is None) == (method == "isNull")
        if held is None:
            return False
        compared = {"equal": held in values, "notEqual": held != values[0], "contains": str(values[0]) in str(held)}
        if method in compared:
            return compared[method]
        return bool(held > values[0] if method == "greaterThan" else held < values[0])

    def _leads(self, collection: str, id_: str, key: str, filters: Sequence[Value], caller: Caller) -> bool:
        end = self.world.end(collection, key)
        assert end is not None
        rest = [one | {"attribute": one["attribute"].partition(".")[2]} for one in filters]
        seen = [one for one in self.linked(end, id_) if self.may(end.other, one, "read", caller)]
        return any(self.matches(end.other, one, rest, caller) for one in seen)

    def value(self, collection: str, id_: str, path: str, caller: Caller) -> Any:
        """The value at the end of a path through links to one document; null where it ends before."""
        key, _, rest = path.partition(".")
        end = self.world.end(collection, key)
        if end is None:
            return id_ if path == "$id" else self.docs[collection][id_][path]
        linked = self.linked(end, id_)
        if not rest:
            return linked[0] if linked else None
        seen = [one for one in linked if self.may(end.other, one, "read", caller)]
        return self.value(end.other, seen[0], rest, caller) if seen else None


def _plain(data: Value) -> Value:
    return {key: data.get(key) for key in ("name", "year")}


def _items(value: Any) -> list[Item]:
    """The documents that a value names; of those named twice the last one counts."""
    listed = value if isinstance(value, list) else [] if value is None else [value]
    made = [Item(one) if isinstance(one, str) else Item(_id(one), one) for one in listed]
    return list({item.id: item for item in made}.values())


def _id(data: Value) -> str:
    """The id of a nested document; one that the server makes is not known yet, so its name stands for it."""
    return data.get("$id") or "?" + data["name"]

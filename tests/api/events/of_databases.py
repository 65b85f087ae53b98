"""Databases, their collections and documents, in all four services: documents are told to those who may read them.

What is about the schema is told to nobody's role. DocumentsDB and VectorsDB have names of their own; TablesDB has the
names of Databases, in its own words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.api.databases.tools import q
from tests.api.events.stage import ROW, Line, Refused, Scene, Stage, Told

NOBODY_ELSE = Refused(at={"databaseId": "none"})


@dataclass(slots=True, frozen=True)
class Words:
    """What a service calls things: in its paths, in its events, and in its models."""

    service: str
    prefix: str
    collections: str = "collections"
    documents: str = "documents"
    attributes: str = "attributes"
    vectors: bool = False

    @property
    def collection(self) -> str:
        return self.collections[:-1]

    @property
    def document(self) -> str:
        return self.documents[:-1]

    @property
    def attribute(self) -> str:
        return self.attributes[:-1]

    @property
    def path(self) -> str:
        """Of one collection."""
        return f"/v1/{self.service}/:databaseId/{self.collections}/:{self.collection}Id"

    @property
    def event(self) -> str:
        return f"{self.prefix}.main.{self.collections}.notes"

    @property
    def place(self) -> dict[str, str]:
        return {"databaseId": "main", f"{self.collection}Id": "notes"}

    @property
    def model(self) -> str:
        return "VectorsdbCollection" if self.vectors else self.collection.capitalize()

    @property
    def data(self) -> dict[str, Any]:
        return {"embeddings": [1.0, 2.0], "metadata": {"n": 1}} if self.vectors else {"n": 1}


DATABASES = Words("databases", "databases")
TABLES = Words("tablesdb", "databases", "tables", "rows", "columns")
DOCUMENTS = Words("documentsdb", "documentsdb")
VECTORS = Words("vectorsdb", "vectorsdb", vectors=True)
ALL = [DATABASES, TABLES, DOCUMENTS, VECTORS]
_EVERYBODY = ['create("users")', 'read("team:crew")', 'update("users")', 'delete("users")']


# --- the schema -------------------------------------------------------------------------------------------------
def schema(words: Words) -> Scene:
    """A database and a collection, from their creation to their end."""
    base, index = f"/v1/{words.service}", "ColumnIndex" if words is TABLES else "Index"
    collection = f"{base}/:databaseId/{words.collections}"
    security = "rowSecurity" if words is TABLES else "documentSecurity"
    more = {"dimension": 2} if words.vectors else {security: True}
    target = "metadata.n" if words.vectors else "n"
    if words.vectors:
        indexed = {"key": "by_n", "type": "hnsw_euclidean", "attributes": ["embeddings"]}
    else:
        indexed = {"key": "by_n", "type": "key", words.attributes: [target]}
    return Scene(f"schema of {words.service}", [
        Line(f"POST {base}", [Told(f"{words.prefix}.main.create", "Database")], {"databaseId": "main", "name": "Main"},
             refused=Refused(body={"name": ""})),
        Line(f"PUT {base}/:databaseId", [Told(f"{words.prefix}.main.update", "Database")], {"name": "New"},
             refused=NOBODY_ELSE),
        Line(f"POST {collection}", [Told(f"{words.event}.create", words.model)],
             {f"{words.collection}Id": "notes", "name": "Notes", **more}, refused=Refused(body={"name": ""})),
        Line(f"PUT {words.path}", [Told(f"{words.event}.update", words.model)], {"name": "New", **more},
             refused=NOBODY_ELSE),
        Line(f"POST {words.path}/indexes", [Told(f"{words.event}.indexes.by_n.create", index)], indexed,
             refused=Refused(body={"type": "none"}), before=None if words.vectors else _attribute(words)),
        Line(f"DELETE {words.path}/indexes/:key", [Told(f"{words.event}.indexes.by_n.update", index)],
             at={"key": "by_n"}, refused=Refused(at={"key": "none"})),
        Line(f"DELETE {words.path}", [Told(f"{words.event}.delete", words.model)], refused=NOBODY_ELSE),
        Line(f"DELETE {base}/:databaseId", [Told(f"{words.prefix}.main.delete", "Database")], refused=NOBODY_ELSE),
    ], lambda stage: stage.memory.update(words.place))  # fmt: skip


def _attribute(words: Words) -> Any:
    def add(stage: Stage) -> None:
        if words in (DATABASES, TABLES):
            path = f"/{words.service}/main/{words.collections}/notes/{words.attributes}/integer"
            stage.sandbox.key.post(path, key="n", required=False).ok(202)

    return add


_KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "string": ({"size": 20}, {}), "varchar": ({"size": 20}, {}), "text": ({}, {}), "mediumtext": ({}, {}),
    "longtext": ({}, {}), "integer": ({}, {}), "bigint": ({}, {}), "float": ({}, {}), "boolean": ({}, {}),
    "datetime": ({}, {}), "email": ({}, {}), "ip": ({}, {}), "url": ({}, {}), "point": ({}, {}), "line": ({}, {}),
    "polygon": ({}, {}), "enum": ({"elements": ["a"]}, {"elements": ["a", "b"]}),
}  # fmt: skip
"""What else is given to make an attribute of a kind, and to change it."""


def attributes(words: Words) -> Scene:
    """Attributes of every kind."""
    path, base = f"{words.path}/{words.attributes}", f"{words.event}.{words.attributes}"
    model = words.attribute.capitalize()
    lines = []
    for kind, (made, changed) in _KINDS.items():
        of_kind, key = model + kind.capitalize(), f"a_{kind}"
        lines += [
            Line(f"POST {path}/{kind}", [Told(f"{base}.{key}.create", of_kind)],
                 {"key": key, "required": False, **made}, refused=Refused(body={"key": "$no"})),
            Line(f"PATCH {path}/{kind}/:key", [Told(f"{base}.{key}.update", of_kind)],
                 {"required": False, "default": None, **changed}, at={"key": key}, refused=Refused(at={"key": "none"})),
        ]  # fmt: skip
    related, of_it = f"{model}Relationship", {"key": "links"}
    changing = f"{path}/:key/relationship" if words is TABLES else f"{path}/relationship/:key"
    lines += [
        Line(f"POST {path}/relationship", [Told(f"{base}.links.create", related)],
             {f"related{words.collection.capitalize()}Id": "others", "type": "oneToMany", "key": "links"},
             refused=Refused(body={"type": "none"})),
        Line(f"PATCH {changing}", [Told(f"{base}.links.update", related)], {"onDelete": "cascade"}, at=of_it,
             refused=Refused(body={"onDelete": "none"})),
        Line(f"DELETE {path}/:key", [Told(f"{base}.a_enum.update", f"{model}Enum")], at={"key": "a_enum"},
             refused=Refused(at={"key": "none"})),
    ]  # fmt: skip
    return Scene(f"{words.attributes} of {words.service}", lines, _two_collections(words))


def _two_collections(words: Words) -> Any:
    def prepare(stage: Stage) -> None:
        _collection(stage, words)
        stage.sandbox.key.post(
            f"/{words.service}/main/{words.collections}", **{f"{words.collection}Id": "others", "name": "Others"}
        ).ok(201)

    return prepare


def _collection(stage: Stage, words: Words) -> None:
    """The collection `notes`, whose documents the team `crew` and their own readers may read."""
    key, security = stage.sandbox.key, "rowSecurity" if words is TABLES else "documentSecurity"
    key.post(f"/{words.service}", databaseId="main", name="Main").ok(201)
    body: dict[str, Any] = {
        f"{words.collection}Id": "notes",
        "name": "Notes",
        "permissions": _EVERYBODY,
        security: True,
    }
    if words.vectors:
        body["dimension"] = 2
    if words in (DATABASES, TABLES):
        body[words.attributes] = [{"key": "n", "type": "integer"}]
    key.post(f"/{words.service}/main/{words.collections}", **body).ok(201)
    stage.memory |= words.place


# --- documents --------------------------------------------------------------------------------------------------
def documents(words: Words) -> Scene:
    """One document, from its creation to its end; several at once; and inside a transaction."""
    path, event = f"{words.path}/{words.documents}", f"{words.event}.{words.documents}"
    one, named = f"{path}/:{words.document}Id", {f"{words.document}Id": "d"}
    lines = [
        Line(f"POST {path}", [Told(f"{event}.d.create", ROW, _OWN)], {f"{words.document}Id": "d", "data": words.data},
             "ada", refused=Refused(body={"permissions": ['read("team:none")']})),
        Line(f"PATCH {one}", [Told(f"{event}.d.update", ROW, _OWN)], {"data": words.data}, "ada", named,
             Refused(at={f"{words.document}Id": "none"})),
        *_counters(words, one, event, named),
        Line(f"PATCH {one}", [Told(f"{event}.d.update", ROW, ["team:crew", "users"], ["user:<adaId>"])],
             {"data": {}, "permissions": ['read("users")', 'update("users")', 'delete("users")']}, "ada", named,
             Refused(body={"permissions": ["all"]})),
        Line(f"PUT {one}", [Told(f"{event}.d.upsert", ROW, ["team:crew", "users"])], {"data": words.data}, "ada", named,
             Refused(body={"permissions": ["all"]})),
        Line(f"PUT {one}", [Told(f"{event}.e.upsert", ROW, _OWN)], {"data": words.data}, "ada",
             {f"{words.document}Id": "e"}, Refused("guest")),
        Line(f"DELETE {one}", [Told(f"{event}.d.delete", ROW, ["team:crew", "users"])], by="ada", at=named,
             refused=Refused(at={f"{words.document}Id": "none"})),
        *_bulk(words, path, event),
        Line(f"POST {path}/query", body={"queries": []}, by="crewman", refused=Refused(body={"queries": ["x"]})),
        *_transaction(words, path, event),
    ]  # fmt: skip

    def prepare(stage: Stage) -> None:
        _collection(stage, words)
        stage.memory["ada"] = ada = stage.sandbox.user()
        stage.memory |= {"adaId": ada.id, "crewman": stage.sandbox.key}

    return Scene(f"{words.documents} of {words.service}", lines, prepare)


_OWN = ["team:crew", "user:<adaId>"]
_CREW = ["team:crew"]


def _counters(words: Words, one: str, event: str, named: dict[str, str]) -> list[Line]:
    """Numbers that are counted up and down; VectorsDB has none."""
    if words.vectors:
        return []
    at = {**named, words.attribute: "n"}
    return [
        Line(f"PATCH {one}/:{words.attribute}/{verb}", [Told(f"{event}.d.update", ROW, _OWN)], {"value": 2}, "ada", at,
             Refused(body={"value": 5, bound: limit}))
        for verb, bound, limit in (("increment", "max", 1), ("decrement", "min", 0))
    ]  # fmt: skip


def _bulk(words: Words, path: str, event: str) -> list[Line]:
    """Several documents at once: an event for each."""
    several = [{"$id": "f", **words.data}, {"$id": "g", **words.data}]
    these = [q("equal", "$id", "f", "g")]

    def told(verb: str, roles: Sequence[str] = _CREW) -> list[Told]:
        return [Told(f"{event}.{id_}.{verb}", ROW, roles) for id_ in ("f", "g")]

    return [
        Line(f"POST {path}", told("create"), {words.documents: several},
             refused=Refused(body={words.documents: [*several, several[0]]})),
        Line(f"PATCH {path}", told("update"), {"data": words.data, "queries": these},
             refused=Refused(body={"queries": ["x"]})),
        Line(f"PUT {path}", told("upsert"), {words.documents: several},
             refused=Refused(body={words.documents: [{"$id": "$no"}]})),
        Line(f"DELETE {path}", told("delete"), {"queries": these}, refused=Refused(body={"queries": ["x"]})),
    ]  # fmt: skip


def _transaction(words: Words, path: str, event: str) -> list[Line]:
    """What is staged is told of when it is committed, and what is not committed never."""
    base, one = f"/v1/{words.service}/transactions", f"/v1/{words.service}/transactions/:transactionId"
    operation = {"action": "create", "databaseId": "main", f"{words.collection}Id": "notes",
                 f"{words.document}Id": "t", "data": words.data}  # fmt: skip
    return [
        Line(f"POST {base}", by="ada", keep={"transactionId": "$id"}, refused=Refused(body={"ttl": 1})),
        Line(f"POST {one}/operations", by="ada", body={"operations": [operation]},
             refused=Refused(body={"operations": [{**operation, "action": "none"}]})),
        Line(f"POST {path}", by="ada", refused=Refused(body={"transactionId": "none"}),
             body={f"{words.document}Id": "u", "data": words.data, "transactionId": "<transactionId>"}),
        Line(f"PATCH {one}", [Told(f"{event}.t.create", ROW, _CREW), Told(f"{event}.u.create", ROW, _OWN)],
             {"commit": True}, "ada", refused=Refused(body={"rollback": True})),
        Line(f"POST {base}", by="ada", keep={"transactionId": "$id"}, refused=Refused(body={"ttl": 1})),
        Line(f"DELETE {one}", by="ada", refused=Refused(at={"transactionId": "none"})),
    ]  # fmt: skip


# --- a schema in one piece -----------------------------------------------------------------------------------------
def _plan(*columns: str) -> dict[str, Any]:
    """Wants one table, and so no other."""
    wanted = [{"key": key, "type": "integer"} for key in columns]
    return {"tables": [{"id": "plans", "name": "Plans", "columns": wanted}], "apply": True, "allowLoss": True}


_PLANS = "databases.main.tables.plans"
_SPOILT = Refused(body={"tables": [{"id": "$no"}]})
PLANNED = Scene("planned schema", [
    Line("POST /v1/tablesdb/:databaseId/schema", [
        Told("databases.main.tables.notes.delete", "Table"), Told(f"{_PLANS}.create", "Table"),
    ], _plan("n"), refused=_SPOILT),
    Line("POST /v1/tablesdb/:databaseId/schema", [
        Told(f"{_PLANS}.columns.n.update", "ColumnInteger"), Told(f"{_PLANS}.columns.m.create", "ColumnInteger"),
    ], _plan("m"), refused=_SPOILT),
], lambda stage: _collection(stage, TABLES))  # fmt: skip

SCENES = [
    *(schema(words) for words in ALL), attributes(DATABASES), attributes(TABLES), *(documents(words) for words in ALL),
    PLANNED,
]  # fmt: skip

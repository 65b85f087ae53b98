"""Answers of both vocabularies. Attributes and columns of a kind differ in their models' names only."""

from __future__ import annotations

from typing import Any, Literal, Required, Union

from appwrite_py.data.kinds import KINDS, Attribute
from appwrite_py.data.kinds.numbers import FLOAT_MAX, INT_MAX, INT_MIN
from appwrite_py.data.schema import Collection, Database, Index
from appwrite_py.http.models import MaybeMoment, Moment, model
from appwrite_py.kit.clock import iso_or_empty
from appwrite_py.services.databases.words import Words

_Status = Literal["available", "processing", "deleting", "stuck", "failed"]
_FIELDS: dict[str, Any] = {
    "key": str, "type": str, "status": _Status, "error": str, "required": bool, "array": bool | None,
    "$createdAt": Moment, "$updatedAt": Moment,
}  # fmt: skip
_OF_SEGMENT: dict[str, dict[str, Any]] = {
    "boolean": {"default": bool | None},
    "bigint": {"min": int | None, "max": int | None, "default": int | None},
    "integer": {"min": int | None, "max": int | None, "default": int | None},
    "float": {"min": float | None, "max": float | None, "default": float | None},
    "string": {"size": int, "default": str | None, "encrypt": bool | None},
    "varchar": {"size": int, "default": str | None, "encrypt": bool | None},
    "text": {"default": str | None, "encrypt": bool | None},
    "mediumtext": {"default": str | None, "encrypt": bool | None},
    "longtext": {"default": str | None, "encrypt": bool | None},
    "email": {"format": str, "default": str | None},
    "enum": {"elements": list[str], "format": str, "default": str | None},
    "url": {"format": str, "default": str | None},
    "ip": {"format": str, "default": str | None},
    "datetime": {"format": str, "default": str | None},
    "point": {"default": list[Any] | None},
    "line": {"default": list[Any] | None},
    "polygon": {"default": list[Any] | None},
}


_LINK: dict[str, Any] = {
    "relationType": str, "twoWay": bool, "twoWayKey": str, "onDelete": str, "side": str,
}  # fmt: skip


def _model(name: str, segment: str, more: dict[str, Any]) -> Any:
    """Type and format are constants, by which clients tell the models apart."""
    kind = KINDS[segment]
    constants = {"type": Literal[kind.type]} | ({"format": Literal[kind.format]} if "format" in more else {})
    return model(f"{name}{segment.capitalize()}", _FIELDS | more | constants)


ATTRIBUTE_MODELS = {segment: _model("Attribute", segment, more) for segment, more in _OF_SEGMENT.items()}
COLUMN_MODELS = {segment: _model("Column", segment, more) for segment, more in _OF_SEGMENT.items()}
ATTRIBUTE_MODELS["relationship"] = _model("Attribute", "relationship", {"relatedCollection": str | None, **_LINK})
COLUMN_MODELS["relationship"] = _model("Column", "relationship", {"relatedTable": str | None, **_LINK})
AnyAttribute: Any = Union[tuple(ATTRIBUTE_MODELS.values())]  # noqa: UP007 -- computed
AnyColumn: Any = Union[tuple(COLUMN_MODELS.values())]  # noqa: UP007 -- computed
AttributeList: Any = model("AttributeList", {"total": int, "attributes": list[AnyAttribute]})
ColumnList: Any = model("ColumnList", {"total": int, "columns": list[AnyColumn]})

_OF_VECTORS: dict[str, dict[str, Any]] = {"object": {}, "vector": {"size": int}}
AnyOfVectors: Any = Union[  # noqa: UP007 -- computed
    tuple(_model("Attribute", segment, more) for segment, more in _OF_VECTORS.items())
]

DatabaseModel: Any = model(
    "Database",
    {
        "$id": str, "name": str, "$createdAt": Moment, "$updatedAt": Moment, "enabled": bool,
        "type": Literal["legacy", "tablesdb", "documentsdb", "vectorsdb"],
        "status": Literal["provisioning", "ready", "failed"] | None,
    },
)  # fmt: skip
DatabaseList: Any = model("DatabaseList", {"total": int, "databases": list[DatabaseModel]})

_INDEX: dict[str, Any] = {
    "$id": str, "$createdAt": Moment, "$updatedAt": Moment, "key": str, "type": str, "status": _Status, "error": str,
}  # fmt: skip
_INDEX_MORE: dict[str, Any] = {"lengths": list[int | None], "orders": list[str | None] | None}
IndexModel: Any = model("Index", {**_INDEX, "attributes": list[str], **_INDEX_MORE})
ColumnIndex: Any = model("ColumnIndex", {**_INDEX, "columns": list[str], **_INDEX_MORE})
IndexList: Any = model("IndexList", {"total": int, "indexes": list[IndexModel]})
ColumnIndexList: Any = model("ColumnIndexList", {"total": int, "indexes": list[ColumnIndex]})

_COLLECTION: dict[str, Any] = {
    "$id": str, "$createdAt": Moment, "$updatedAt": Moment, "$permissions": list[str], "databaseId": str,
    "name": str, "enabled": bool,
}  # fmt: skip
_SIZES: dict[str, Any] = {"bytesMax": int, "bytesUsed": int}
CollectionModel: Any = model(
    "Collection",
    _COLLECTION | {"documentSecurity": bool, "attributes": list[AnyAttribute], "indexes": list[IndexModel]} | _SIZES,
)
TableModel: Any = model(
    "Table", _COLLECTION | {"rowSecurity": bool, "columns": list[AnyColumn], "indexes": list[ColumnIndex]} | _SIZES
)
CollectionList: Any = model("CollectionList", {"total": int, "collections": list[CollectionModel]})
TableList: Any = model("TableList", {"total": int, "tables": list[TableModel]})
_VECTORS = {"documentSecurity": bool, "attributes": list[AnyOfVectors], "indexes": list[IndexModel]}
VectorsCollection: Any = model("VectorsdbCollection", _COLLECTION | _VECTORS | _SIZES | {"dimension": int})
VectorsCollectionList: Any = model("VectorsdbCollectionList", {"total": int, "collections": list[VectorsCollection]})

_DOCUMENT: dict[str, Any] = {
    "$id": Required[str], "$sequence": Required[str], "$databaseId": Required[str], "$createdAt": MaybeMoment,
    "$updatedAt": MaybeMoment, "$permissions": Required[list[str]],
}  # fmt: skip
# The attributes themselves are beside these fields. A `select` may leave the times out, and what a transaction will
# create has none yet.
DocumentModel: Any = model("Document", {**_DOCUMENT, "$collectionId": Required[str]}, extra=True)
RowModel: Any = model("Row", {**_DOCUMENT, "$tableId": Required[str]}, extra=True)
DocumentList: Any = model("DocumentList", {"total": int, "documents": list[DocumentModel]})
RowList: Any = model("RowList", {"total": int, "rows": list[RowModel]})

Transaction: Any = model(
    "Transaction",
    {
        "$id": str, "$createdAt": Moment, "$updatedAt": Moment, "status": str, "operations": int, "expiresAt": Moment,
    },
)  # fmt: skip
TransactionList: Any = model("TransactionList", {"total": int, "transactions": list[Transaction]})

ROW_BYTES_MAX = 1_073_741_824
"""What one row may hold in PostgreSQL with its long values stored apart, as far as clients need to know."""


def database(found: Database) -> dict[str, Any]:
    """The answer for a database."""
    return {
        "$id": found.id, "name": found.name, "$createdAt": iso_or_empty(found.created_at),
        "$updatedAt": iso_or_empty(found.updated_at), "enabled": found.enabled, "type": found.type, "status": "ready",
    }  # fmt: skip


def collection(found: Collection, words: Words) -> dict[str, Any]:
    """The answer for a collection or table."""
    made = {
        "$id": found.id,
        "$createdAt": iso_or_empty(found.created_at),
        "$updatedAt": iso_or_empty(found.updated_at),
        "$permissions": list(found.permissions),
        "databaseId": found.database.id,
        "name": found.name,
        "enabled": found.enabled,
        words.text("documentSecurity"): found.row_security,
        words.text("attributes"): [attribute(one, words) for one in found.attributes],
        "indexes": [index(one, words) for one in found.indexes],
        "bytesMax": ROW_BYTES_MAX,
        "bytesUsed": sum(one.kind.bytes_used(one) for one in found.by_key.values()),
    }
    if found.database.type == "vectorsdb":
        made["dimension"] = found.by_key["embeddings"].size
    return made


def attribute(found: Attribute, words: Words) -> dict[str, Any]:
    """The answer for an attribute or column."""
    made: dict[str, Any] = {
        "key": found.key, "type": found.type, "status": found.status, "error": found.error,
        "required": found.required, "array": found.array, "$createdAt": iso_or_empty(found.created_at),
        "$updatedAt": iso_or_empty(found.updated_at),
    }  # fmt: skip
    if found.type == "relationship":
        return made | _link(found, words)
    more = {
        "size": found.size, "encrypt": found.encrypt, "format": found.format, "default": found.default,
        "elements": found.options.get("elements", []), **_bounds(found),
    }  # fmt: skip
    made.update((name, more[name]) for name in (_OF_SEGMENT | _OF_VECTORS)[found.kind.segment])
    return made


def _link(found: Attribute, words: Words) -> dict[str, Any]:
    given = found.options
    return {
        "relatedTable" if words.tables else "relatedCollection": given["related"], "relationType": given["type"],
        "twoWay": given["twoWay"], "twoWayKey": given["twin"], "onDelete": given["onDelete"], "side": given["side"],
    }  # fmt: skip


def index(found: Index, words: Words) -> dict[str, Any]:
    """The answer for an index."""
    return {
        "$id": found.key, "$createdAt": iso_or_empty(found.created_at), "$updatedAt": iso_or_empty(found.updated_at),
        "key": found.key, "type": found.type, "status": found.status, "error": found.error,
        words.text("attributes"): list(found.attributes), "lengths": list(found.lengths), "orders": list(found.orders),
    }  # fmt: skip


def _bounds(found: Attribute) -> dict[str, Any]:
    least, most = (INT_MIN, INT_MAX) if found.type in ("integer", "bigint") else (-FLOAT_MAX, FLOAT_MAX)
    low, high = found.options.get("min"), found.options.get("max")
    return {"min": least if low is None else low, "max": most if high is None else high}

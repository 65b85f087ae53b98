"""What can be indexed where attributes are not defined one by one: documents without a schema, and vectors."""

from __future__ import annotations

from collections.abc import Sequence

from appwrite_py import errors
from appwrite_py.data import define, vectors
from appwrite_py.data.schema import Collection
from appwrite_py.data.schemaless import DATA

_SYSTEM = ("$id", "$sequence", "$createdAt", "$updatedAt")
_SORTED_DIMENSION_MAX = 600
"""What a sorted index takes of a vector: an entry has to fit in a third of a page."""


def check_schemaless(collection: Collection, type_: str, names: Sequence[str], orders: Sequence[str | None]) -> None:
    """Any name may be indexed, and any path. Raises INDEX_INVALID."""
    _check_names(names, orders)
    if any(name.split(".")[0] == DATA or "" in name.split(".") for name in names):
        raise errors.INDEX_INVALID("A name of an attribute is empty, or begins with an underscore.")
    if type_ == "spatial":
        raise errors.INDEX_INVALID("Documents without a schema have no spatial indexes.")
    if type_ == "fulltext" and any(name.startswith("$") for name in names):
        raise errors.INDEX_INVALID("A fulltext index needs text.")
    wanted = (tuple(names), _directions(orders, len(names)))
    for index in collection.indexes:
        ordered = type_ in ("key", "unique") and index.type in ("key", "unique")
        if ordered and (index.attributes, _directions(index.orders, len(index.attributes))) == wanted:
            raise errors.INDEX_INVALID(f"The index {index.key} holds the same attributes in the same order.")


def check_vectors(
    collection: Collection,
    type_: str,
    names: Sequence[str],
    orders: Sequence[str | None],
    lengths: Sequence[int | None],
) -> None:
    """Vectors and metadata have indexes of their own. Raises INDEX_INVALID, ATTRIBUTE_UNKNOWN."""
    _check_names(names, orders)
    for name in names:
        if name not in collection.by_key and name not in _SYSTEM:
            raise errors.ATTRIBUTE_UNKNOWN(f'Unknown attribute: "{name}".')
    dimension = collection.by_key[vectors.EMBEDDINGS].size
    if type_ in vectors.INDEXES:
        if list(names) != [vectors.EMBEDDINGS] or orders or lengths:
            raise errors.INDEX_INVALID(f"An index of the type {type_} takes {vectors.EMBEDDINGS}, and nothing else.")
        if dimension > vectors.HALF_INDEX_MAX:
            said = f"Vectors can be indexed up to {vectors.HALF_INDEX_MAX} dimensions, these have {dimension}."
            raise errors.INDEX_INVALID(said)
    elif type_ == "object":
        if list(names) != [vectors.METADATA] or orders:
            raise errors.INDEX_INVALID(f"An index of the type object takes {vectors.METADATA}, and no orders.")
    elif vectors.EMBEDDINGS in names and dimension > _SORTED_DIMENSION_MAX:
        said = f"Vectors can be sorted up to {_SORTED_DIMENSION_MAX} dimensions. Use an index of a type hnsw_…."
        raise errors.INDEX_INVALID(said)


def _check_names(names: Sequence[str], orders: Sequence[str | None]) -> None:
    if not names or len(names) > define.MAX_INDEX_COLUMNS:
        raise errors.INDEX_INVALID(f"An index takes 1 to {define.MAX_INDEX_COLUMNS} attributes.")
    if len({name.lower() for name in names}) < len(names) or len(orders) > len(names):
        raise errors.INDEX_INVALID("Each attribute may be named once, and orders must not outnumber them.")


def _directions(orders: Sequence[str | None], count: int) -> tuple[str, ...]:
    return tuple((order or "ASC").upper() for order in (*orders, *[None] * (count - len(orders))))

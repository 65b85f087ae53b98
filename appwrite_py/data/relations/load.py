"""Reading related documents: one statement for each relationship and level, whatever the number of documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appwrite_py.data.author import Reader
from appwrite_py.data.compile import Searcher
from appwrite_py.data.pg import Source
from appwrite_py.data.relations.relation import Relation
from appwrite_py.data.schema import Collection, Document, qualified
from appwrite_py.data.selection import Selection


async def attach(source: Source, documents: Sequence[Document], selection: Selection, reader: Reader) -> None:
    """Put the related documents that a selection names into the documents, as far as the reader may see them.

    The documents have to hold their links already (`Selection.links`).
    """
    for key, wanted in selection.relations.items():
        relation = selection.collection.relations[key]
        found = await _related(source, relation, documents, wanted, reader) if documents else {}
        for document in documents:
            there = found.get(document[key] if relation.place == "here" else document["$id"], [])
            document[key] = there if relation.many else next(iter(there), None)


async def _related(
    source: Source, relation: Relation, documents: Sequence[Document], wanted: Selection, reader: Reader
) -> dict[Any, list[Document]]:
    """The related documents, by what the documents know them by: the link here, the own id otherwise."""
    searcher = Searcher(wanted.collection, reader=reader)
    conditions = searcher.allowed()
    ids = {document[relation.key] for document in documents} if relation.place == "here" else None
    known = searcher.argument([document["$id"] for document in documents] if ids is None else list(ids), "text[]")
    wanted.relations.pop(relation.twin if relation.two_way else "", None)
    own = wanted.own if "*" in wanted.own or not wanted.own else [*wanted.own, "$createdAt", "$updatedAt"]
    projection = wanted.collection.projection(own, wanted.links)
    by, origin, condition = _source(relation, wanted.collection, searcher, known)
    rows = await source.fetch(
        f"SELECT {projection.columns}, {by} FROM {origin} WHERE {' AND '.join([condition, *conditions])} "
        f"ORDER BY {searcher.table}._seq",
        *searcher.args,
    )
    made = [(row[-1], projection.document(row)) for row in rows]
    if relation.two_way:
        for _, document in made:
            document.pop(relation.twin, None)  # it leads back to where the reader comes from
    await attach(source, [document for _, document in made], wanted, reader)
    found: dict[Any, list[Document]] = {}
    for link, document in made:
        found.setdefault(link, []).append(document)
    return found


def _source(relation: Relation, other: Collection, searcher: Searcher, known: str) -> tuple[str, str, str]:
    """By which column documents are known, the text behind FROM, and the condition."""
    table = f"{other.table} AS {searcher.table}"
    if relation.place == "here":
        return f"{searcher.table}._id", table, f"{searcher.table}._id = ANY({known})"
    if relation.place == "there":
        column = searcher.column(relation.column)
        return column, table, f"{column} = ANY({known})"
    between = qualified(other.database, relation.between)
    links = (
        f'(SELECT {relation.column} AS "::by", {relation.column_of_related} AS "::to" FROM {between} '
        f'WHERE {relation.column} = ANY({known})) AS "::l"'
    )
    return '"::l"."::by"', f'{table} JOIN {links} ON "::l"."::to" = {searcher.table}._id', "true"

"""Reading related documents: one statement for each relationship and level, whatever the number of documents.

What an answer would hold is counted while it is read: one document that many link to is one in memory, but as many in
the answer, and a few hundred links at each of three levels would be millions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from appwrite_py.data.author import Reader
from appwrite_py.data.compile import Searcher
from appwrite_py.data.pg import Source
from appwrite_py.data.query import QueryError
from appwrite_py.data.relations.relation import Relation
from appwrite_py.data.schema import Collection, Document, qualified
from appwrite_py.data.selection import Selection

MAX_RELATED = 50_000
"""How many related documents one answer may hold."""


class TooManyRelated(QueryError):
    """The answer would hold more related documents than it may."""

    def __init__(self) -> None:
        super().__init__(
            f"An answer holds at most {MAX_RELATED} related documents. Ask for less documents at a time, or query the "
            "related ones by themselves."
        )


class _Found(NamedTuple):
    """Related documents of one document, and how many there are with those related to them."""

    documents: list[Document]
    shown: int


_NONE = _Found([], 0)


async def attach(source: Source, documents: Sequence[Document], selection: Selection, reader: Reader) -> None:
    """Put the related documents that a selection names into the documents, as far as the reader may see them.

    The documents have to hold their links already (`Selection.links`). Raises TooManyRelated.
    """
    await _attach(source, documents, selection, reader)


async def _attach(source: Source, documents: Sequence[Document], selection: Selection, reader: Reader) -> list[int]:
    """Attach, and tell for each document how many it shows then, itself and all below it."""
    counts = [1] * len(documents)
    for key, wanted in selection.relations.items():
        relation = selection.collection.relations[key]
        found = await _related(source, relation, documents, wanted, reader) if documents else {}
        for number, document in enumerate(documents):
            there = found.get(document[key] if relation.place == "here" else document["$id"], _NONE)
            document[key] = list(there.documents) if relation.many else next(iter(there.documents), None)
            counts[number] += there.shown
        if sum(counts) - len(documents) > MAX_RELATED:
            raise TooManyRelated
    return counts


async def _related(
    source: Source, relation: Relation, documents: Sequence[Document], wanted: Selection, reader: Reader
) -> dict[Any, _Found]:
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
        f"ORDER BY {searcher.table}._seq LIMIT {MAX_RELATED + 1}",
        *searcher.args,
    )
    if len(rows) > MAX_RELATED:
        raise TooManyRelated
    made = [(row[-1], projection.document(row)) for row in rows]
    if relation.two_way:
        for _, document in made:
            document.pop(relation.twin, None)  # it leads back to where the reader comes from
    counts = await _attach(source, [document for _, document in made], wanted, reader)
    found: dict[Any, _Found] = {}
    for (link, document), count in zip(made, counts, strict=True):
        before = found.get(link, _Found([], 0))
        before.documents.append(document)
        found[link] = before._replace(shown=before.shown + count)
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

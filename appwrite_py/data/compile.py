"""From the filters of a query plan to SQL, over one collection and the ones its relationships lead to.

Values become arguments; identifiers come from the collection. `Searcher` gathers both while it walks the filters.
As in SQL, a null matches no filter but `isNull`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple

from appwrite_py.data import vectors
from appwrite_py.data.author import Reader
from appwrite_py.data.failures import Denied
from appwrite_py.data.kinds import Attribute, Kind, Unfit, kind_of
from appwrite_py.data.names import quoted
from appwrite_py.data.query import Query, QueryError
from appwrite_py.data.relations.relation import MAX_DEPTH, Relation
from appwrite_py.data.schema import SYSTEM_COLUMNS, Collection, qualified
from appwrite_py.data.schemaless import DATA, Place
from appwrite_py.data.schemaless.filters import Filters

TABLE = '"::t"'
"""What statements call the collection's table; no column or table of a user's can have this name."""
_JOINED = 8
"""So many conditions through relationships become joins, whose order PostgreSQL ponders over: of 64 for ten seconds."""
_WORD = re.compile(r"\w+")
_DATETIME: Kind = kind_of("datetime", "datetime")
_STRING: Kind = kind_of("string", "")
_SYSTEM_TYPES = {"$id": "text", "$sequence": "bigint", "$createdAt": "timestamptz", "$updatedAt": "timestamptz"}
_SYSTEM_KINDS = {"$id": ("string", ""), "$sequence": ("integer", "intRange")}
_SCHEMALESS = frozenset({"exists", "notExists", "elemMatch"})
_LIST_METHODS = frozenset({"contains", "containsAny", "containsAll", "notContains", "isNull", "isNotNull"})


class Target(NamedTuple):
    """What a filter is about: a column, and how values for it are checked."""

    column: str
    sql_type: str
    fits: Callable[[Any], Any]
    textual: bool = False
    array: bool = False
    fulltext: bool = False


class Searcher:
    """Compiles the filters of one request; `args` are the statement's arguments.

    With a reader, the documents that relationships lead to count only if the reader may see them.
    """

    def __init__(
        self, collection: Collection, args: list[Any] | None = None, reader: Reader | None = None, *, depth: int = 0
    ) -> None:
        self.collection, self.reader = collection, reader
        self.args: list[Any] = [] if args is None else args
        self.table = f'"::t{depth}"' if depth else TABLE
        self._depth = depth
        self._paths = count()
        self._fulltext = {
            index.attributes[0]
            for index in collection.indexes
            if index.type == "fulltext" and len(index.attributes) == 1 and index.status == "available"
        }

    def column(self, name: str) -> str:
        """A column of the collection's table."""
        return f"{self.table}.{quoted(name)}"

    def argument(self, value: Any, sql_type: str) -> str:
        """Add an argument and return its place in the text."""
        self.args.append(value)
        return f"${len(self.args)}::{sql_type}"

    def distance(self, query: Query) -> str:
        """SQL of how far an attribute lies from the query's vector; the nearest is the least. Raises QueryError."""
        attribute, metric = self.collection.by_key.get(query.attribute), vectors.QUERIES[query.method]
        if attribute is None or attribute.type != "vector":
            raise QueryError(f"The query {query.method} takes the name of an attribute that is a vector.")
        try:
            vector = attribute.kind.to_sql(attribute.kind.fits(attribute, query.values[0]))
        except Unfit as cause:
            raise QueryError(f"The value of the query {query.method} {cause}.") from cause
        half = vectors.is_halved(attribute, self.collection.indexes, metric)
        return vectors.distance(attribute, metric, self.argument(vector, "text"), self.column(attribute.key), half=half)

    def approximates(self, query: Query) -> bool:
        """Whether there is an index that may find less than there is by this distance."""
        wanted = f"hnsw_{vectors.QUERIES[query.method]}"
        return any(index.type == wanted for index in self.collection.indexes)

    def searchable(self, name: str) -> bool:
        """Whether words can be looked for in an attribute."""
        return name in self._fulltext

    def visible(self, action: str = "read") -> list[str]:
        """The condition under which the reader may do this with a document; none where the collection lets it.

        Raises Denied if no document could meet one.
        """
        if self.reader is None or self.reader.may(self.collection, action):
            return []
        if not self.reader.may_of(self.collection, action):
            raise Denied
        return [f"{self.table}._{action} && {self.argument(list(self.reader.roles), 'text[]')}"]

    def allowed(self, action: str = "read") -> list[str]:
        """As `visible`, with a condition that never holds where nothing is granted."""
        try:
            return self.visible(action)
        except Denied:
            return ["false"]

    def where(self, filters: Sequence[Query]) -> list[str]:
        """The conditions of filters that must all hold. Raises QueryError.

        Those that lead through the same relationship are about the same related document.
        """
        made, through = list[str](), dict[str, list[Query]]()
        for query in filters:
            key = self._first_step(query)
            if key is None or query.method == "containsAll":
                made.append(self._filter(query))
            else:
                through.setdefault(key, []).append(query)
        made.extend(self._through(self.collection.relations[key], queries) for key, queries in through.items())
        return made

    def sorted_by(self, name: str) -> tuple[str, str]:
        """The SQL text of what a list is sorted by, and its type. Raises QueryError."""
        if name in _SYSTEM_TYPES:
            return f"{self.table}.{SYSTEM_COLUMNS[name]}", _SYSTEM_TYPES[name]
        if (inside := self._inside(name)) is not None:
            return Place.of(*inside).value, "jsonb"
        attribute = self.collection.by_key.get(name)
        if name in self.collection.relations:
            target = self._link(self.collection.relations[name])
            return target.column, target.sql_type
        if attribute is None:
            relation, rest = self._path(name)
            if relation.many:
                raise QueryError(f"A list cannot be ordered by {name}, as {relation.key} can link several documents.")
            inner, source = self._related(relation)
            column, sql_type = inner.sorted_by(rest)
            return f"(SELECT {column} FROM {source})", sql_type
        if attribute.array or attribute.encrypt or not attribute.kind.ordered:
            raise QueryError(f"A list cannot be ordered by the attribute {name}.")
        return self.column(name), attribute.kind.sql

    def meant(self, name: str) -> Attribute:
        """The attribute that a name or a path means. Raises QueryError."""
        if name in _SYSTEM_TYPES:
            return Attribute(name, *_SYSTEM_KINDS.get(name, ("datetime", "datetime")))
        if name in self.collection.by_key:
            return self.collection.by_key[name]
        if name in self.collection.relations:  # whose values are ids
            return Attribute(name, "string", "")
        relation, rest = self._path(name)
        return Searcher(self.collection.other(relation), depth=self._depth + 1).meant(rest)

    def _filter(self, query: Query) -> str:
        if query.method == "and":
            return f"({' AND '.join(self.where(query.values))})"
        if query.method == "or":
            return f"({' OR '.join(self._filter(inner) for inner in query.values)})"
        if query.method in _SCHEMALESS:
            return self._of_json(query)
        if (inside := self._inside(query.attribute)) is not None:
            whole = inside[0] != self.column(DATA)
            return Filters(self, inside[0], whole=whole).condition(query, inside[1])
        target = self._target(query.attribute)
        if target is None:
            relation, _ = self._path(query.attribute)
            if query.method == "containsAll":  # a related document for each of the values
                each = (Query("equal", query.attribute, (value,)) for value in query.values)
                return f"({' AND '.join(self._through(relation, [one]) for one in each)})"
            return self._through(relation, [query])
        if target.array:
            if query.method not in _LIST_METHODS:
                raise QueryError(f"The query {query.method} cannot be used on the array {query.attribute}.")
            return self._on_list(query, target)
        condition = _CONDITIONS.get(query.method)
        if condition is None:
            raise QueryError(f"The query {query.method} cannot be used on {query.attribute}.")
        return condition(self, query, target)

    def _target(self, name: str) -> Target | None:
        """What a name means in this collection itself; None if it may lead to another one."""
        if name == "$sequence":
            return Target(f"{self.table}._seq", "bigint", _sequence_number)
        if name in _SYSTEM_TYPES:
            attribute = Attribute(name, "string" if name == "$id" else "datetime", "")
            kind = _STRING if name == "$id" else _DATETIME
            return Target(
                f"{self.table}.{SYSTEM_COLUMNS[name]}", _SYSTEM_TYPES[name],
                lambda value: kind.fits_query(attribute, value), name == "$id",
            )  # fmt: skip
        found = self.collection.by_key.get(name)
        if found is None:
            relation = self.collection.relations.get(name)
            return None if relation is None else self._link(relation)
        if found.encrypt:
            raise QueryError(f"The attribute {name} is encrypted and cannot be queried.")
        kind = found.kind
        return Target(
            self.column(name), kind.sql, lambda value: kind.fits_query(found, value), kind.textual, found.array,
            name in self._fulltext,
        )  # fmt: skip

    # --- JSON ---------------------------------------------------------------------------------------------------
    def _inside(self, name: str) -> tuple[str, str] | None:
        """The JSON column that a name leads into, and the path in it; None if it leads into none."""
        if self.collection.schemaless:
            return None if name.startswith("$") else (self.column(DATA), name)
        head, _, rest = name.partition(".")
        attribute = self.collection.by_key.get(head)
        return (self.column(head), rest) if attribute is not None and attribute.type == "object" else None

    def _of_json(self, query: Query) -> str:
        """Filters that only documents without a schema know."""
        if not self.collection.schemaless:
            raise QueryError(f"The query {query.method} can only be used on documents without a schema.")
        filters = Filters(self, self.column(DATA))
        if query.method == "elemMatch":
            return filters.condition(query, query.attribute)
        return filters.exists(query) if query.method == "exists" else filters.absent(query)

    # --- relationships ------------------------------------------------------------------------------------------
    def _link(self, relation: Relation) -> Target:
        if relation.place != "here":
            raise QueryError(
                f"The relationship {relation.key} cannot be compared itself; name an attribute behind it, "
                f"such as {relation.key}.$id."
            )
        attribute = Attribute(relation.key, "string", "")
        return Target(self.column(relation.column), "text", lambda value: _STRING.fits_query(attribute, value))

    def _path(self, name: str) -> tuple[Relation, str]:
        """The relationship that a path such as `author.name` begins with, and the rest of it. Raises QueryError."""
        for key, relation in self.collection.relations.items():
            if name.startswith(f"{key}."):
                if self._depth >= MAX_DEPTH:
                    raise QueryError(f"Queries follow at most {MAX_DEPTH} relationships one after the other.")
                return relation, name[len(key) + 1 :]
        raise QueryError(f"Attribute not found in schema: {name[:64]}")

    def _first_step(self, query: Query) -> str | None:
        """The relationship that a filter leads through; none if it is about the documents themselves."""
        name = query.attribute
        if "." not in name or name in self.collection.by_key or not self.collection.relations:
            return None
        return next((key for key in self.collection.relations if name.startswith(f"{key}.")), None)

    def _through(self, relation: Relation, queries: Sequence[Query]) -> str:
        """There is one related document for which all these filters hold."""
        self._path(queries[0].attribute)
        inner, source = self._related(relation)
        rest = [Query(one.method, one.attribute[len(relation.key) + 1 :], one.values) for one in queries]
        apart = " OFFSET 0" if next(self._paths) >= _JOINED else ""
        return f"EXISTS (SELECT 1 FROM {source} AND {' AND '.join(inner.where(rest))}{apart})"

    def _related(self, relation: Relation) -> tuple[Searcher, str]:
        """A searcher over the documents that a relationship leads to, and the text behind FROM that finds them."""
        other = self.collection.other(relation)
        inner = Searcher(other, self.args, self.reader, depth=self._depth + 1)
        inner._paths = self._paths
        conditions = " AND ".join([self._join(relation, inner), *inner.allowed()])
        return inner, f"{other.table} AS {inner.table} WHERE {conditions}"

    def _join(self, relation: Relation, inner: Searcher) -> str:
        if relation.place == "here":
            return f"{inner.table}._id = {self.column(relation.column)}"
        if relation.place == "there":
            return f"{inner.column(relation.column)} = {self.table}._id"
        between = qualified(self.collection.database, relation.between)
        return (
            f"{inner.table}._id IN (SELECT {relation.column_of_related} FROM {between} "
            f"WHERE {relation.column} = {self.table}._id)"
        )

    # --- values -------------------------------------------------------------------------------------------------
    def values(self, query: Query, target: Target) -> list[Any]:
        """The query's values, checked. Raises QueryError."""
        try:
            return [target.fits(value) for value in query.values]
        except Unfit as cause:
            raise QueryError(f"A value of the query {query.method} on {query.attribute} {cause}.") from cause

    def _on_list(self, query: Query, target: Target) -> str:
        if query.method == "isNull":
            return f"{target.column} IS NULL"
        if query.method == "isNotNull":
            return f"{target.column} IS NOT NULL"
        place = self.argument(self.values(query, target), f"{target.sql_type}[]")
        if query.method == "containsAll":
            return f"{target.column} @> {place}"
        if query.method == "notContains":
            return f"NOT ({target.column} && {place})"
        return f"{target.column} && {place}"

    # --- one condition for each method ----------------------------------------------------------------------
    def equal(self, query: Query, target: Target) -> str:
        """One of the values."""
        values = self.values(query, target)
        if len(values) == 1:
            return f"{target.column} = {self.argument(values[0], target.sql_type)}"
        return f"{target.column} = ANY({self.argument(values, target.sql_type + '[]')})"

    def compare(self, operator: str) -> Callable[[Query, Target], str]:
        """One value with a comparison operator."""

        def condition(query: Query, target: Target) -> str:
            return f"{target.column} {operator} {self.argument(self.values(query, target)[0], target.sql_type)}"

        return condition

    def between(self, query: Query, target: Target, negated: str = "") -> str:
        """From the first to the second value, both included."""
        low, high = self.values(query, target)
        low_at, high_at = self.argument(low, target.sql_type), self.argument(high, target.sql_type)
        return f"{target.column} {negated}BETWEEN {low_at} AND {high_at}"

    def like(self, query: Query, target: Target, form: str, negated: bool = False) -> str:
        """Text that begins with, ends with or holds one of the values, whatever the case of its letters."""
        if not target.textual:
            raise QueryError(f"The query {query.method} can only be used on text, which {query.attribute} is not.")
        patterns = [form.format(escaped(value)) for value in self.values(query, target)]
        if len(patterns) == 1:
            found = f"{target.column} ILIKE {self.argument(patterns[0], 'text')}"
        else:
            quantifier = "ALL" if query.method == "containsAll" else "ANY"
            found = f"{target.column} ILIKE {quantifier}({self.argument(patterns, 'text[]')})"
        return f"NOT ({found})" if negated else found

    def search(self, query: Query, target: Target, negated: bool = False) -> str:
        """Words in an attribute with a fulltext index."""
        if not target.fulltext:
            raise QueryError(f'Searching by attribute "{query.attribute}" requires a fulltext index.')
        value = self.values(query, target)[0]
        found = f"to_tsvector('simple', {target.column}) @@ {self.tsquery(value)}"
        return f"NOT ({found})" if negated else found

    def tsquery(self, text: str) -> str:
        """What is looked for, as PostgreSQL writes it: words by their beginnings, or a phrase in quotes."""
        if len(text) > 1 and text[0] == text[-1] == '"':
            return f"phraseto_tsquery('simple', {self.argument(text[1:-1], 'text')})"
        words = _WORD.findall(text)
        prefixes = " | ".join(f"{word}:*" for word in words)
        return f"to_tsquery('simple', {self.argument(prefixes, 'text')})"


def _sequence_number(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if type(value) is int and abs(value) < 2**63:
        return value
    raise Unfit("must be a sequence number")


def escaped(value: str) -> str:
    """Text with the wild cards of LIKE taken literally."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


Condition = Callable[[Searcher, Query, Target], str]
_CONDITIONS: dict[str, Condition] = {
    "equal": Searcher.equal,
    "notEqual": lambda s, q, t: s.compare("<>")(q, t),
    "lessThan": lambda s, q, t: s.compare("<")(q, t),
    "lessThanEqual": lambda s, q, t: s.compare("<=")(q, t),
    "greaterThan": lambda s, q, t: s.compare(">")(q, t),
    "greaterThanEqual": lambda s, q, t: s.compare(">=")(q, t),
    "between": Searcher.between,
    "notBetween": lambda s, q, t: s.between(q, t, "NOT "),
    "isNull": lambda s, q, t: f"{t.column} IS NULL",
    "isNotNull": lambda s, q, t: f"{t.column} IS NOT NULL",
    "startsWith": lambda s, q, t: s.like(q, t, "{}%"),
    "notStartsWith": lambda s, q, t: s.like(q, t, "{}%", negated=True),
    "endsWith": lambda s, q, t: s.like(q, t, "%{}"),
    "notEndsWith": lambda s, q, t: s.like(q, t, "%{}", negated=True),
    "contains": lambda s, q, t: s.like(q, t, "%{}%"),
    "containsAny": lambda s, q, t: s.like(q, t, "%{}%"),
    "containsAll": lambda s, q, t: s.like(q, t, "%{}%"),
    "notContains": lambda s, q, t: s.like(q, t, "%{}%", negated=True),
    "search": Searcher.search,
    # As queries, since PostgreSQL hashes those; a long array it may compare with each row from its first item on.
    "among": lambda s, q, t: f"{t.column} IN (SELECT unnest({s.argument(list(q.values), t.sql_type + '[]')}))",
    "notAmong": lambda s, q, t: f"{t.column} NOT IN (SELECT unnest({s.argument(list(q.values), t.sql_type + '[]')}))",
    "notSearch": lambda s, q, t: s.search(q, t, negated=True),
}

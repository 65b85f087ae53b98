"""One engine, two vocabularies: Databases say collection, attribute, document; TablesDB says table, column, row.

DocumentsDB and VectorsDB speak as Databases do, each about databases of its own. Handlers are written once, in the
words of Databases; `Words` names what is different on the wire and in errors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from appwrite_py import errors
from appwrite_py.errors import ApiError
from appwrite_py.http.registry import Deprecated, Handler, Service, Several
from appwrite_py.http.rules import Rule

HandlerT = TypeVar("HandlerT", bound=Handler)


class Declare(Protocol):
    """A decorator that declares a handler's routes and gives the handler back."""

    def __call__(self, handler: HandlerT, /) -> HandlerT: ...


_TO_TABLES = {
    "collections": "tables", "collection": "table", "collectionId": "tableId",
    "documents": "rows", "document": "row", "documentId": "rowId", "documentSecurity": "rowSecurity",
    "attributes": "columns", "attribute": "column", "attributeId": "columnId",
}  # fmt: skip
_WORD = re.compile("|".join(rf"\b{word}\b" for word in sorted(_TO_TABLES, key=len, reverse=True)))
_ALSO_ALLOWED = {
    "collections": ("tables.{}", "collections.{}"),
    "attributes": ("tables.{}", "collections.{}", "columns.{}", "attributes.{}"),
    "indexes": ("tables.{}", "collections.{}", "indexes.{}"),
    "documents": ("rows.{}", "documents.{}"),
    "databases": ("databases.{}",),
    "transactions": ("rows.{}", "documents.{}"),
}


@dataclass(slots=True, frozen=True)
class Words:
    """The vocabulary of one service.

    database_type: of the databases that it makes. shows: the types that it knows; to it there are no others. prefix:
    the first word of its events.
    """

    service: Service
    tables: bool
    database_type: str = "legacy"
    shows: tuple[str, ...] = ("legacy", "tablesdb")
    prefix: str = "databases"

    def text(self, template: str) -> str:
        """A path, an event or a label in this vocabulary, given in that of Databases."""
        return _WORD.sub(lambda found: _TO_TABLES[found[0]], template) if self.tables else template

    def event(self, template: str) -> str:
        """An event, given in the words of Databases."""
        return self.prefix + self.text(template).removeprefix("databases")

    def error(self, name: str) -> type[ApiError]:
        """An error in this vocabulary: `document_not_found` or `row_not_found`."""
        if not self.tables:
            return errors.CATALOGUE[name]
        if name.startswith("index_"):
            return errors.CATALOGUE.get("column_" + name, errors.CATALOGUE[name])
        head, _, rest = name.partition("_")
        return errors.CATALOGUE[f"{_TO_TABLES.get(head, head)}_{rest}"]

    def scopes(self, scope: str) -> str | tuple[str, ...]:
        """The scopes that allow a route: those of the older names count, too."""
        subject, _, action = scope.partition(".")
        if subject == "transactions" and self.prefix != "databases":
            return f"documents.{action}"
        if not self.tables and subject != "transactions":
            return ("collections." + action) if subject in ("attributes", "indexes") else scope
        return tuple(name.format(action) for name in _ALSO_ALLOWED[subject])


DATABASES = Words(Service("databases", "/v1/databases"), False)
TABLES = Words(Service("tablesDB", "/v1/tablesdb"), True, "tablesdb")
DOCUMENTS = Words(Service("documentsDB", "/v1/documentsdb"), False, "documentsdb", ("documentsdb",), "documentsdb")
VECTORS = Words(Service("vectorsDB", "/v1/vectorsdb"), False, "vectorsdb", ("vectorsdb",), "vectorsdb")
_ONLY_BOTH = ("names", "replaced", "tables_path", "aliases")
BY_TYPE = {words.database_type: words for words in (DATABASES, TABLES, DOCUMENTS, VECTORS)}
"""For each type of database the vocabulary that it was made with."""


def both(
    verb: str,
    path: str,
    *,
    scope: str,
    sdk: tuple[str, str],
    names: dict[str, str] | None = None,
    rules: dict[str, Rule] | None = None,
    returns: tuple[Any, Any] | None = None,
    replaced: Deprecated | None = None,
    tables_path: str | None = None,
    aliases: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
    **promises: Any,
) -> Declare:
    """Declare a route in both vocabularies, given in that of Databases.

    sdk: the method's names. names: parameters named otherwise in TablesDB beyond the usual ones. rules: parameters
    with a rule of their own there. returns: the two models, where the handler's annotation does not say them.
    replaced: what replaces the route of TablesDB, which as a rule replaces that of Databases. tables_path: its path
    there if it is built otherwise. aliases: other full paths to it, for each of the two.
    """

    def declare(handler: HandlerT) -> HandlerT:
        for words, method, model in zip((DATABASES, TABLES), sdk, returns or (None, None), strict=True):
            labels = {key: words.text(promises[key]) for key in ("event", "audit") if promises.get(key)}
            several = _several(promises, words)
            deprecated = replaced
            if not words.tables:
                deprecated = _replaced_by(sdk[1])
                several = several and several._replace(deprecated=_replaced_by(promises["several"][1].method))
            wanted = (tables_path or path) if words.tables else path
            words.service.route(
                verb, words.text(wanted), scope=words.scopes(scope), sdk=method, words=words,
                names={**_TO_TABLES, **(names or {})} if words.tables else None,
                rules=rules if words.tables else None, returns=model, deprecated=deprecated,
                aliases=aliases[words.tables], **{**promises, **labels, "several": several},
            )(handler)  # fmt: skip
        return handler

    return declare


def _replaced_by(method: str) -> Deprecated:
    """That a method of databases is older than this one of tables."""
    return Deprecated("1.8.0", f"tablesDB.{method}")


def _several(promises: dict[str, Any], words: Words) -> Several | None:
    """Of the two methods for several things, the one of a vocabulary."""
    both_methods: tuple[Several, Several] | None = promises.get("several")
    return both_methods and both_methods[words.tables]


def among(
    services: Sequence[Words],
    verb: str,
    path: str,
    *,
    scope: str,
    sdk: str,
    rules: dict[str, Rule] | None = None,
    returns: Any = None,
    **promises: Any,
) -> Declare:
    """Declare a route in some of the services that speak as Databases do."""

    def declare(handler: HandlerT) -> HandlerT:
        for words in services:
            labels = {"event": words.event(promises["event"])} if promises.get("event") else {}
            words.service.route(
                verb, path, scope=words.scopes(scope), sdk=sdk, words=words, rules=rules, returns=returns,
                **{**promises, **labels, "several": _several(promises, words)},
            )(handler)  # fmt: skip
        return handler

    return declare


def everywhere(
    verb: str,
    path: str,
    *,
    scope: str,
    sdk: tuple[str, str],
    rules: dict[str, Rule] | None = None,
    returns: tuple[Any, Any] | None = None,
    vectors: Any = None,
    **promises: Any,
) -> Declare:
    """Declare a route as `both` does, and in DocumentsDB and VectorsDB.

    rules: they hold in TablesDB and DocumentsDB. vectors: the model of VectorsDB, where it has one of its own.
    """
    common = {name: value for name, value in promises.items() if name not in _ONLY_BOTH}
    given = {"scope": scope, **common}

    def declare(handler: HandlerT) -> HandlerT:
        model = returns[0] if returns else None
        both(verb, path, scope=scope, sdk=sdk, rules=rules, returns=returns, **promises)(handler)
        among((DOCUMENTS,), verb, path, sdk=sdk[0], rules=rules, returns=model, **given)(handler)
        among((VECTORS,), verb, path, sdk=sdk[0], returns=vectors or model, **given)(handler)
        return handler

    return declare

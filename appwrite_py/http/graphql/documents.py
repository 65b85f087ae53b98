"""Documents in GraphQL's language: read, held against the schema, and remembered, as clients send the same few."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)

from appwrite_py.http.graphql.shapes import Shapes

_KEPT = 500
_KEPT_LENGTH = 8_192
_KEPT_CHARACTERS = 400_000
"""Of all texts together: a document takes more than a hundred times the room of its text."""
_MOST_LENGTH = 1_000_000
_MOST_TOKENS = 10_000
_MOST_FIELDS = 1_000
"""Some rules compare each field with each other one."""
_MOST_ERRORS = 20
_SMALL_LENGTH = 1_000
"""Longer ones are held against the schema in a thread: it takes up to a third of a second."""


class BadDocument(Exception):
    """A document that is not run, and why."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


@dataclass(slots=True, frozen=True)
class Document:
    """A document that may be run."""

    node: DocumentNode
    operations: Mapping[str, OperationDefinitionNode]
    fragments: Mapping[str, FragmentDefinitionNode]
    shapes: Shapes | None
    """What has been found out of its selections; None where variables say what they are."""

    def operation(self, name: str) -> OperationDefinitionNode:
        """The operation of this name, or the only one. Raises BadDocument."""
        if name:
            found = self.operations.get(name)
            if found is None:
                raise BadDocument([GraphQLError(f'Unknown operation named "{name}".')])
            return found
        if len(self.operations) != 1:
            raise BadDocument([GraphQLError("Must provide operation name if query contains multiple operations.")])
        return next(iter(self.operations.values()))


class Documents:
    """The documents of one schema."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool) -> None:
        self._schema = schema
        self._rules = [*specified_rules, *(() if introspection else (NoSchemaIntrospectionCustomRule,))]
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0

    async def read(self, text: str) -> Document:
        """The document that a text is. Raises BadDocument."""
        found = self._kept.get(text)
        if found is not None:
            self._kept.move_to_end(text)
            return found
        found = self._read(text) if len(text) <= _SMALL_LENGTH else await asyncio.to_thread(self._read, text)
        if len(text) <= _KEPT_LENGTH and text not in self._kept:
            self._keep(text, found)
        return found

    def _keep(self, text: str, document: Document) -> None:
        self._kept[text] = document
        self._characters += len(text)
        while len(self._kept) > _KEPT or self._characters > _KEPT_CHARACTERS:
            oldest, _ = self._kept.popitem(last=False)
            self._characters -= len(oldest)

    def _read(self, text: str) -> Document:
        try:
            node = _parsed(text)
            _check_size(node)
            errors = validate(self._schema, node, self._rules, max_errors=_MOST_ERRORS)
        except RecursionError as cause:
            raise BadDocument([GraphQLError("The document is nested too deeply.")]) from cause
        if errors:
            raise BadDocument(errors)
        operations = [each for each in node.definitions if isinstance(each, OperationDefinitionNode)]
        fragments = {each.name.value: each for each in node.definitions if isinstance(each, FragmentDefinitionNode)}
        shapes: Shapes | None = None if "@" in text else {}
        return Document(node, {each.name.value if each.name else "": each for each in operations}, fragments, shapes)


def changes(text: str, name: str) -> bool:
    """Whether something else than a query would be run, before anything else is looked at."""
    if "mutation" not in text and "subscription" not in text:
        return False
    try:
        node = _parsed(text)
    except (BadDocument, RecursionError):
        return False
    found = [
        each.operation
        for each in node.definitions
        if isinstance(each, OperationDefinitionNode) and (not name or (each.name and each.name.value == name))
    ]
    return len(found) == 1 and found[0] != OperationType.QUERY


def _parsed(text: str) -> DocumentNode:
    """Raises BadDocument, RecursionError."""
    try:
        return parse(text, max_tokens=_MOST_TOKENS, max_source_length=_MOST_LENGTH)
    except GraphQLError as cause:
        raise BadDocument([cause]) from cause


def _check_size(node: DocumentNode) -> None:
    """Raises BadDocument for more fields than anybody needs, before they are compared with one another."""
    count, waiting = 0, [getattr(each, "selection_set", None) for each in node.definitions]
    while waiting:
        selections = waiting.pop()
        for each in selections.selections if selections is not None else ():
            count += 1
            waiting.append(getattr(each, "selection_set", None))
    if count > _MOST_FIELDS:
        raise BadDocument([GraphQLError(f"A document has at most {_MOST_FIELDS} fields, and this one {count}.")])

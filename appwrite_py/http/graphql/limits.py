"""What one operation may ask for: how much in all, and how deep. It is weighed before anything of it is run.

A field costs one and what is in it; what is in a list costs as often as the list is long: the `limit` of its queries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    value_from_ast_untyped,
)

from appwrite_py.data.query import DEFAULT_LIMIT, QueryError, read

INTROSPECTION = ("__schema", "__type")
"""Fields that are about the schema itself, which have limits of their own: this one, and graphql-core's for depth."""
_SCHEMA_LISTS = frozenset(
    {"types", "fields", "args", "inputFields", "interfaces", "possibleTypes", "enumValues", "directives"}
)
_MOST_SCHEMA_LISTS = 20
"""Tools ask for nine. Each may be as long as the schema, and under other names be asked for again."""
Fragments = Mapping[str, FragmentDefinitionNode]


class Weight:
    """The weight of an operation: `cost` in fields, and `depth`, which is 0 for a field of the operation itself.

    lists: the fields that are asked for lists with `queries`.
    """

    def __init__(
        self, operation: OperationDefinitionNode, fragments: Fragments, variables: Mapping[str, Any],
        lists: Collection[str],
    ) -> None:  # fmt: skip
        self._fragments, self._lists = fragments, lists
        self._variables = _defaults(operation) | dict(variables)
        self._known: dict[str, tuple[int, int]] = {}
        self.cost, self.depth = 0, 0
        for field in root_fields(operation.selection_set, fragments):
            if field.name.value in INTROSPECTION or not self._is_included(field):
                continue
            inner, depth = self._of(field.selection_set, ())
            many = self._many(field)
            self.cost += 1 + inner if many is None else inner * many
            self.depth = max(self.depth, depth)

    def check(self, *, most_cost: int, most_depth: int) -> None:
        """Raises GraphQLError for what is too much; 0 stands for no limit."""
        if most_cost and self.cost > most_cost:
            raise GraphQLError(f"Max query complexity should be {most_cost} but got {self.cost}.")
        if most_depth and self.depth > most_depth:
            raise GraphQLError(f"Max query depth should be {most_depth} but got {self.depth}.")

    def _of(self, selections: SelectionSetNode | None, within: tuple[str, ...]) -> tuple[int, int]:
        """Cost and depth of what is selected, with fragments where they stand; each fragment is weighed once."""
        cost, depth = 0, 0
        for node in filter(self._is_included, selections.selections if selections else ()):
            if isinstance(node, FragmentSpreadNode):
                inner, below = self._of_fragment(node.name.value, within)
            else:  # a field or an inline fragment
                inner, below = self._of(getattr(node, "selection_set", None), within)
            if isinstance(node, FieldNode):
                inner, below = 1 + inner, below + (node.selection_set is not None)
            cost, depth = cost + inner, max(depth, below)
        return cost, depth

    def _of_fragment(self, name: str, within: tuple[str, ...]) -> tuple[int, int]:
        if name not in self._known:
            fragment = self._fragments.get(name)
            if fragment is None or name in within:  # which the validation says
                return 0, 0
            self._known[name] = self._of(fragment.selection_set, (*within, name))
        return self._known[name]

    def _is_included(self, node: Any) -> bool:
        for directive in node.directives:
            name = directive.name.value
            if name in ("skip", "include") and directive.arguments:
                given = value_from_ast_untyped(directive.arguments[0].value, self._variables)
                if given is (name == "skip"):
                    return False
        return True

    def _many(self, field: FieldNode) -> int | None:
        """How many items a list is asked for; None for what is no list."""
        if field.name.value not in self._lists:
            return None
        given = next((each.value for each in field.arguments if each.name.value == "queries"), None)
        texts = value_from_ast_untyped(given, self._variables) if given is not None else ()
        try:
            limit = read([str(text) for text in ([texts] if isinstance(texts, str) else texts or ())]).limit
        except (QueryError, TypeError):  # which the field itself says
            limit = None
        return DEFAULT_LIMIT if limit is None else limit


def check_introspection(operation: OperationDefinitionNode, fragments: Fragments) -> None:
    """Raises GraphQLError for an operation that asks for too many lists of what the schema is made of."""
    if _schema_lists(operation.selection_set, fragments, {}) > _MOST_SCHEMA_LISTS:
        raise GraphQLError(f"The schema may be asked for at most {_MOST_SCHEMA_LISTS} lists at once.")


def _schema_lists(selections: SelectionSetNode | None, fragments: Fragments, known: dict[str, int]) -> int:
    """How many there are, with fragments where they stand."""
    count = 0
    for node in selections.selections if selections else ():
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in known:
                known[name] = _schema_lists(fragments[name].selection_set, fragments, known)
            count += known[name]
        else:
            count += isinstance(node, FieldNode) and node.name.value in _SCHEMA_LISTS
            count += _schema_lists(getattr(node, "selection_set", None), fragments, known)
    return count


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    """What variables stand for that are not sent."""
    declared = operation.variable_definitions
    return {
        each.variable.name.value: value_from_ast_untyped(each.default_value) for each in declared if each.default_value
    }


def root_fields(
    selections: SelectionSetNode, fragments: Fragments, seen: set[str] | None = None
) -> Iterator[FieldNode]:  # fmt: skip
    """The fields of an operation itself, also those that fragments bring in, each of which counts once."""
    seen = set() if seen is None else seen
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from root_fields(node.selection_set, fragments, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            if (fragment := fragments.get(node.name.value)) is not None:
                yield from root_fields(fragment.selection_set, fragments, seen)

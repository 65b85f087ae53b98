"""What is shown of an answer: the selection of a field, made into one function that picks it from JSON values.

graphql-core asks a resolver for every single value, which for a list of documents costs more than the database does.
Here only the operation's own fields have anything to do, so the rest is put together once for each document that
clients send.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    ExecutionContext,
    FieldNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLString,
)
from graphql.execution.collect_fields import collect_sub_fields
from graphql.pyutils import AwaitableOrValue, Path

Shape = Callable[[Any], Any]
Shapes = dict[tuple[int, ...], Shape]
"""By the ids of the nodes that ask for a field, which live as long as their document."""


class Shaping(ExecutionContext):
    """Completes what routes have answered. Its context holds the shapes that are known of the document."""

    def execute_fields(
        self, parent_type: GraphQLObjectType, source_value: Any, path: Path | None, fields: dict[str, list[FieldNode]]
    ) -> AwaitableOrValue[dict[str, Any]]:
        """Side by side; one alone needs no task of its own."""
        run = self.execute_fields_serially if len(fields) == 1 else super().execute_fields
        return run(parent_type, source_value, path, fields)

    def complete_value(
        self, return_type: GraphQLOutputType, field_nodes: list[FieldNode], info: GraphQLResolveInfo, path: Path,
        result: Any,
    ) -> AwaitableOrValue[Any]:  # fmt: skip
        """The value as it is shown. Raises GraphQLError."""
        known: Shapes | None = self.context_value.shapes
        if known is None:  # variables say what is shown
            return self._shape(return_type, field_nodes)(result)
        asked = tuple(map(id, field_nodes))
        shape = known.get(asked)
        if shape is None:
            shape = known[asked] = self._shape(return_type, field_nodes)
        return shape(result)

    def _shape(self, type_: Any, nodes: list[FieldNode]) -> Shape:
        if isinstance(type_, GraphQLNonNull):  # the schema's own `__typename`
            return self._shape(type_.of_type, nodes)
        if isinstance(type_, GraphQLList):
            return _list(self._shape(type_.of_type, nodes))
        if isinstance(type_, GraphQLScalarType):
            return _text if type_ is GraphQLString else _leaf(type_)
        if isinstance(type_, GraphQLObjectType):
            return _object(self._parts(type_, nodes))
        return self._union(type_, nodes)

    def _parts(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> list[tuple[str, Shape]]:
        """What is shown of an object, under which names."""
        found = collect_sub_fields(self.schema, self.fragments, self.variable_values, type_, nodes)
        return [(name, self._part(type_, several)) for name, several in found.items()]

    def _part(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> Shape:
        name = nodes[0].name.value
        if name == "__typename":
            return lambda _: type_.name
        field = type_.fields[name]
        resolve, shape = field.resolve, self._shape(field.type, nodes)
        assert resolve is not None
        return lambda source: shape(resolve(source, None))

    def _union(self, type_: GraphQLAbstractType, nodes: list[FieldNode]) -> Shape:
        """Made for all members at once: a shape is kept, and must not keep the request that it was made for."""
        members = self.schema.get_possible_types(type_)
        shapes = {member.name: _object(self._parts(member, nodes)) for member in members}
        type_name, resolve = type_.name, type_.resolve_type
        assert resolve is not None

        def show(value: Any) -> Any:
            if value is None:
                return None
            name = resolve(value, None, None)  # type: ignore[arg-type] # ours look at the value alone
            if not isinstance(name, str):
                raise GraphQLError(f"The type of a value of {type_name} is not known.")
            return shapes[name](value)

        return show


def _object(parts: list[tuple[str, Shape]]) -> Shape:
    def show(value: Any) -> Any:
        return None if value is None else {name: part(value) for name, part in parts}

    return show


def _list(inner: Shape) -> Shape:
    def show(value: Any) -> Any:
        return None if value is None else [inner(item) for item in value]

    return show


def _leaf(type_: GraphQLScalarType) -> Shape:
    def show(value: Any) -> Any:
        return None if value is None else type_.serialize(value)

    return show


def _text(value: Any) -> Any:
    return value if type(value) is str or value is None else GraphQLString.serialize(value)

"""From the request's values to the handler's arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from appwrite_py import errors
from appwrite_py.http.rules import Invalid, Rule
from appwrite_py.platform.projects import Project

_ABSENT = object()


@dataclass(slots=True)
class Param:
    """One parameter of a route.

    `aliases` are other names under which it is read when its own is absent, `argument` is the handler's name for it.
    """

    name: str
    rule: Rule
    required: bool
    nullable: bool
    default: Any
    place: Literal["path", "query", "body"] | str
    aliases: tuple[str, ...] = ()
    argument: str = ""
    contextual: bool = False

    def __post_init__(self) -> None:
        self.argument = self.argument or self.name
        self.contextual = self.rule.depends_on_project


def bind(
    params: tuple[Param, ...], values: dict[str, Any], path_values: dict[str, str], project: Project
) -> dict[str, Any]:
    """Check each parameter and gather the handler's arguments; unknown values are ignored, a path value wins.

    Absent and null take the default of an optional parameter. Raises GENERAL_ARGUMENT_INVALID, which names the
    parameter and its rule.
    """
    bound: dict[str, Any] = {}
    for param in params:
        name = param.name
        value = path_values.get(name, _ABSENT)
        if value is _ABSENT:
            value = values.get(name, _ABSENT)
            if value is _ABSENT and param.aliases:
                value = next((v[a] for v in (path_values, values) for a in param.aliases if a in v), _ABSENT)
        if value is None or value is _ABSENT:
            if param.required and not (value is None and param.nullable) and not param.rule.late:
                raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `{name}` param: it is required and {param.rule.says}.")
            bound[param.argument] = param.default
            continue
        rule = param.rule.with_project(project) if param.contextual else param.rule
        try:
            bound[param.argument] = rule.check(value)
        except Invalid as cause:
            said = str(cause).rstrip(".")
            raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `{name}` param: it {said}.") from cause
    return bound

"""Permissions (`read("user:ID")`) and roles (`user:ID/verified`): their syntax, and what a list of them grants."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

ACTIONS = ("read", "create", "update", "delete")
_AGGREGATES = {"write": ("create", "update", "delete")}
_FORM = re.compile(r'(read|create|update|delete|write)\("([^"]*)"\)\Z')
_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.\-]{0,35}\Z")
_LABEL = re.compile(r"[a-zA-Z0-9]{1,36}\Z")
_TEAM_ROLE = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.\-]{0,80}\Z")


class BadPermission(ValueError):
    """A permission or role that is not well formed; the text says why."""


class Permission(NamedTuple):
    """One permission as it was written: `action` may be `write`."""

    action: str
    role: str


@lru_cache(4096)
def parse(text: Any) -> Permission:
    """Read one permission. Raises BadPermission."""
    found = _FORM.match(text) if isinstance(text, str) else None
    if found is None:
        raise BadPermission(f'{text!r} is not of the form action("role").')
    check_role(found[2])
    return Permission(found[1], found[2])


def check_role(role: Any) -> None:
    """Raises BadPermission unless this is a role that permissions may name."""
    if not isinstance(role, str):
        raise BadPermission(f"{role!r} is not a role.")
    name, colon, rest = role.partition(":")
    identifier, slash, dimension = rest.partition("/") if colon else ("", *name.partition("/")[1:])
    name = name if colon else name.partition("/")[0]
    allowed = _ROLES.get(name)
    if allowed is None:
        raise BadPermission(f'"{role}" is not a role. Known are: {", ".join(_ROLES)}.')
    identifier_form, dimension_form = allowed
    if bool(identifier_form) != bool(colon) or (identifier_form and not identifier_form.match(identifier)):
        raise BadPermission(f'The role "{role}" {"needs a valid ID" if identifier_form else "takes no ID"}.')
    if slash and not (dimension_form and dimension_form.match(dimension)):
        raise BadPermission(f'The role "{role}" has a part behind "/" that is not allowed.')


_VERIFIED = re.compile(r"(?:un)?verified\Z")
_ROLES: dict[str, tuple[re.Pattern[str] | None, re.Pattern[str] | None]] = {
    "any": (None, None),
    "guests": (None, None),
    "users": (None, _VERIFIED),
    "user": (_ID, _VERIFIED),
    "team": (_ID, _TEAM_ROLE),
    "member": (_ID, None),
    "label": (_LABEL, None),
}


def expand(texts: Iterable[str], allowed: Iterable[str] = ACTIONS) -> list[str]:
    """Permissions as they are stored: `write` spelled out as the actions that are `allowed`, each once, order kept."""
    wanted = frozenset(allowed)
    made: dict[str, None] = {}
    for text in texts:
        action, role = parse(text)
        for single in _AGGREGATES.get(action, (action,)):
            if single in wanted:
                made[f'{single}("{role}")'] = None
    return list(made)


def roles_for(texts: Iterable[str], action: str) -> list[str]:
    """The roles that expanded permissions grant one action."""
    prefix = f'{action}("'
    return [text[len(prefix) : -2] for text in texts if text.startswith(prefix)]

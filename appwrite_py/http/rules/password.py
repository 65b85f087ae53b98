"""Passwords: how long they are, and what a project demands of new ones."""

from __future__ import annotations

from typing import Any

from appwrite_py.http.rules.base import Rule, plain_text
from appwrite_py.platform.policies import password_strength
from appwrite_py.platform.projects import Project

LEAST, MOST = 8, 256
_KINDS = {
    "uppercase": (str.isupper, "an upper-case letter"),
    "lowercase": (str.islower, "a lower-case letter"),
    "number": (str.isdigit, "a digit"),
    "symbols": (lambda c: not c.isalnum() and not c.isspace(), "a symbol"),
}


class Password(Rule):
    """A password that a user types to sign in."""

    kind = "Password"

    @property
    def says(self) -> str:
        return f"must be a password of {LEAST} to {MOST} characters"

    def check(self, value: Any) -> str:
        if not plain_text(value) or not LEAST <= len(value) <= MOST:
            raise self.refuse()
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "password", "minLength": LEAST, "maxLength": MOST}


class NewPassword(Password):
    """A password that a user chooses; the project may demand more than eight characters, and kinds of them."""

    kind = "PasswordStrength"

    def __init__(self, least: int = LEAST, kinds: tuple[str, ...] = ()) -> None:
        self.least, self.kinds = max(least, LEAST), kinds

    def with_project(self, project: Project) -> Rule:
        strength = password_strength(project)
        if not strength:
            return self
        return NewPassword(int(strength.get("min") or LEAST), tuple(kind for kind in _KINDS if strength.get(kind)))

    @property
    def says(self) -> str:
        needs = f", with {', '.join(_KINDS[kind][1] for kind in self.kinds)}" if self.kinds else ""
        return f"must be a password of {self.least} to {MOST} characters{needs}"

    def check(self, value: Any) -> str:
        text = super().check(value)
        if len(text) < self.least or not all(any(map(_KINDS[kind][0], text)) for kind in self.kinds):
            raise self.refuse()
        return text

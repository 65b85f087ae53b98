"""Passwords: how long they are, and what a project demands of new ones."""

from __future__ import annotations

from typing import Any

from appwrite_py.auth.passwords.common import is_common
from appwrite_py.http.rules.base import Invalid, Rule, plain_text
from appwrite_py.platform.policies import password_strength, refuses_common_passwords
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
    """A password that is chosen; the project may demand more than eight characters, kinds of them, an uncommon one.

    `allow_empty`: empty text passes, and takes the password away.
    """

    kind = "PasswordStrength"

    def __init__(
        self, least: int = LEAST, kinds: tuple[str, ...] = (), *, uncommon: bool = False, allow_empty: bool = False
    ) -> None:
        self.least, self.kinds, self.uncommon, self.allow_empty = max(least, LEAST), kinds, uncommon, allow_empty

    def with_project(self, project: Project) -> Rule:
        strength, uncommon = password_strength(project), refuses_common_passwords(project)
        if not strength and not uncommon:
            return self
        kinds = tuple(kind for kind in _KINDS if strength.get(kind))
        least = int(strength.get("min") or LEAST)
        return NewPassword(least, kinds, uncommon=uncommon, allow_empty=self.allow_empty)

    @property
    def says(self) -> str:
        needs = f", with {', '.join(_KINDS[kind][1] for kind in self.kinds)}" if self.kinds else ""
        rest = ", and not too common a one" if self.uncommon else ""
        return f"must be a password of {self.least} to {MOST} characters{needs}{rest}"

    def check(self, value: Any) -> str:
        if self.allow_empty and value == "":
            return ""
        text = super().check(value)
        if len(text) < self.least or not all(any(map(_KINDS[kind][0], text)) for kind in self.kinds):
            raise self.refuse()
        if self.uncommon and is_common(text):
            raise Invalid(f"{self.says}: this one is among the most common passwords")
        return text

    def schema(self) -> dict[str, Any]:
        return super().schema() | ({"minLength": 0} if self.allow_empty else {})

"""phpass, as WordPress, phpBB and other PHP applications have used it: rounds of MD5, or bcrypt where it could."""

from __future__ import annotations

import re

from passlib.hash import phpass

from appwrite_py.auth.passwords.base import ALGORITHMS, Algorithm, register
from appwrite_py.identity.users import PasswordHash

_ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FORM = re.compile(r"\$[PH]\$([./0-9A-Za-z])[./0-9A-Za-z]{30}\Z")
_MOST_ROUNDS = 20  # two to the power of it; half a second


@register
class Phpass(Algorithm):
    """The hash text carries rounds and salt. What is none of its own is taken for bcrypt."""

    name = "phpass"

    def verify(self, password: str, hashed: PasswordHash) -> bool:
        if not _FORM.match(hashed.text):
            return ALGORITHMS["bcrypt"].verify(password, hashed)
        try:
            return self.is_affordable(hashed) and bool(phpass.verify(password, hashed.text))
        except (ValueError, TypeError):
            return False

    def is_affordable(self, hashed: PasswordHash) -> bool:
        found = _FORM.match(hashed.text)
        if found is None:
            return ALGORITHMS["bcrypt"].is_affordable(hashed)
        return _ALPHABET.index(found[1]) <= _MOST_ROUNDS

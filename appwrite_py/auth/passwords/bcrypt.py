"""bcrypt, as most web frameworks have used it."""

from __future__ import annotations

import re

import bcrypt as library

from appwrite_py.auth.passwords.base import Algorithm, register
from appwrite_py.identity.users import PasswordHash

_FORM = re.compile(r"\$2[abxy]?\$(\d\d)\$[./A-Za-z0-9]{53}\Z")
_MOST_ROUNDS = 15  # two to the power of it; about two seconds
_READ_BYTES = 72  # of longer passwords bcrypt looks at the beginning only


@register
class Bcrypt(Algorithm):
    """The hash text carries cost and salt."""

    name = "bcrypt"

    def verify(self, password: str, hashed: PasswordHash) -> bool:
        if not _FORM.match(hashed.text) or not self.is_affordable(hashed):
            return False
        try:
            return library.checkpw(password.encode()[:_READ_BYTES], hashed.text.encode())
        except ValueError:
            return False

    def is_affordable(self, hashed: PasswordHash) -> bool:
        found = _FORM.match(hashed.text)
        return found is None or int(found[1]) <= _MOST_ROUNDS

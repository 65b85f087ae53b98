"""scrypt: in hexadecimal, with salt and costs beside it; and Firebase's variant of it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from appwrite_py.auth.passwords.base import MOST_MEMORY_BYTES, Algorithm, register
from appwrite_py.identity.users import PasswordHash
from appwrite_py.kit.crypto import same

_COSTS = {"costCpu": 8, "costMemory": 14, "costParallel": 1, "length": 64}
_KEYS = ("salt", "saltSeparator", "signerKey")
_MOST_WORK = 1 << 21  # blocks to mix; about a second
_LENGTHS = range(16, 1025)
_ROOM_BYTES = 2 * MOST_MEMORY_BYTES  # what OpenSSL may take at all; it needs a little more than the mixing


@register
class Scrypt(Algorithm):
    """The options name salt (as text), N (costCpu), r (costMemory), p (costParallel) and the length in bytes."""

    name = "scrypt"

    def verify(self, password: str, hashed: PasswordHash) -> bool:
        if not self.is_affordable(hashed):
            return False
        try:
            made = _derive(password, hashed.options.get("salt", "").encode(), *_costs(hashed))
        except ValueError:  # costs that do not go together
            return False
        return same(made.hex(), hashed.text.lower())

    def is_affordable(self, hashed: PasswordHash) -> bool:
        n, r, p, length = _costs(hashed)
        if n < 2 or n & (n - 1) or r < 1 or p < 1 or length not in _LENGTHS:
            return False
        return 128 * r * n <= MOST_MEMORY_BYTES and n * r * p <= _MOST_WORK

    def describe(self, hashed: PasswordHash) -> dict[str, Any]:
        return {"type": self.name, **dict(zip(_COSTS, _costs(hashed), strict=True))}


@register
class ScryptModified(Algorithm):
    """Firebase's: the derived key encrypts the project's signer key. The options are base64."""

    name = "scryptMod"

    def verify(self, password: str, hashed: PasswordHash) -> bool:
        try:
            salt, separator, signer = (_decoded(hashed, name) for name in _KEYS)
        except (binascii.Error, ValueError):
            return False
        if not signer:
            return False
        key = _derive(password, salt + separator, 16384, 8, 1, 64)[:32]
        cipher = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
        made = cipher.update(signer) + cipher.finalize()
        return same(base64.b64encode(made), hashed.text)

    def describe(self, hashed: PasswordHash) -> dict[str, Any]:
        return {"type": self.name} | {name: hashed.options.get(name, "") for name in _KEYS}


def _costs(hashed: PasswordHash) -> tuple[int, int, int, int]:
    n, r, p, length = (int(hashed.options.get(name, default)) for name, default in _COSTS.items())
    return n, r, p, length


def _derive(password: str, salt: bytes, n: int, r: int, p: int, length: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_ROOM_BYTES, dklen=length)


def _decoded(hashed: PasswordHash, name: str) -> bytes:
    return base64.b64decode(hashed.options.get(name, ""), validate=True)

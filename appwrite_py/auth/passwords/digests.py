"""Plain digests, MD5 and SHA: hexadecimal, without a salt. Anybody can guess them, so they are soon renewed."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives import hashes

from appwrite_py.auth.passwords.base import Algorithm, register
from appwrite_py.identity.users import PasswordHash
from appwrite_py.kit.crypto import same

DEFAULT_VERSION = "sha3-512"
VERSIONS: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - others have used it
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512/224": hashes.SHA512_224(),
    "sha512/256": hashes.SHA512_256(),
    "sha512": hashes.SHA512(),
    "sha3-224": hashes.SHA3_224(),
    "sha3-256": hashes.SHA3_256(),
    "sha3-384": hashes.SHA3_384(),
    "sha3-512": hashes.SHA3_512(),
}
"""The versions of SHA by the contract's names."""


@register
class Md5(Algorithm):
    """MD5."""

    name = "md5"

    def verify(self, password: str, hashed: PasswordHash) -> bool:
        return _is_digest(hashes.MD5(), password, hashed.text)  # noqa: S303


@register
class Sha(Algorithm):
    """SHA in the version that the options name."""

    name = "sha"

    def verify(self, password: str, hashed: PasswordHash) -> bool:
        version = VERSIONS.get(hashed.options.get("version", DEFAULT_VERSION))
        return version is not None and _is_digest(version, password, hashed.text)

    def describe(self, hashed: PasswordHash) -> dict[str, Any]:
        return {"type": self.name}


def _is_digest(algorithm: hashes.HashAlgorithm, password: str, text: str) -> bool:
    made = hashes.Hash(algorithm)
    made.update(password.encode())
    return same(made.finalize().hex(), text.lower())

"""Secrets at rest: AES-256-GCM for what must be read again, SHA-256 for what is only compared."""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


def digest(secret: str | bytes) -> bytes:
    """SHA-256 of a random secret. Long random secrets need no slow hash; passwords do (see `auth/passwords`)."""
    return hashlib.sha256(secret.encode() if isinstance(secret, str) else secret).digest()


def same(left: str | bytes, right: str | bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(
        left.encode() if isinstance(left, str) else left, right.encode() if isinstance(right, str) else right
    )


class Vault:
    """Encrypts with keys derived from the server's key (`_APP_OPENSSL_KEY_V1`), one per purpose."""

    def __init__(self, key: str) -> None:
        if not key:
            raise ValueError("The encryption key is empty.")
        self._root = hashlib.sha256(key.encode()).digest()
        self._cipher = AESGCM(self.derive("at rest"))
        self._fingerprints = self.derive("fingerprints")

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose, from which neither the root key nor another purpose's key can be found."""
        return hmac.digest(self._root, purpose.encode(), "sha256")

    def fingerprint(self, secret: str) -> bytes:
        """A keyed hash to find a secret by. Unlike `digest` it also hides short ones, such as codes of six digits."""
        return hmac.digest(self._fingerprints, secret.encode(), "sha256")

    def seal(self, text: str, bound_to: str = "") -> bytes:
        """Encrypt text. `bound_to` (the row it belongs to, say) must be the same when it is opened."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), bound_to.encode())

    def open(self, sealed: bytes, bound_to: str = "") -> str:
        """Decrypt what `seal` made. Raises ValueError when the key or the binding differs, or the data was changed."""
        try:
            plain = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to.encode())
        except InvalidTag as cause:
            raise ValueError("The data was sealed with another key, or was changed.") from cause
        return plain.decode()

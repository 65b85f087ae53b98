"""A passkey device and the browser before it, in software: real keys, real signatures, and ways to lie with them."""

from __future__ import annotations

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Key:
    """One passkey."""

    rp_id: str
    handle: bytes
    id: bytes = field(default_factory=lambda: os.urandom(32))
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    count: int = 0

    @property
    def public(self) -> bytes:
        """As COSE writes it: ES256 on P-256."""
        at = self.private.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32, "big"), -3: at.y.to_bytes(32, "big")})


@dataclass
class Device:
    """A device that keeps passkeys. `verifies`: whether it asks for a PIN; `counts`: whether it counts signatures."""

    origin: str = "http://localhost:3000"
    verifies: bool = True
    counts: bool = True
    keys: list[Key] = field(default_factory=list)

    def create(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """What `navigator.credentials.create` gives. `lies` may be of: origin, rp_id, challenge, type, flags."""
        key = Key(options["rp"]["id"], decoded(options["user"]["id"]))
        self.keys.append(key)
        attested = bytes(16) + len(key.id).to_bytes(2, "big") + key.id + key.public
        data = self._data(lies.get("rp_id", key.rp_id), key, lies.get("flags", self._flags() | ATTESTED)) + attested
        return {
            "id": encoded(key.id),
            "rawId": encoded(key.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encoded(self._client_data("webauthn.create", options["challenge"], lies)),
                "attestationObject": encoded(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
                "transports": ["internal", "hybrid", "by-pigeon"],
            },
        }

    def get(self, options: dict[str, Any], key: Key | None = None, **lies: Any) -> dict[str, Any]:
        """What `navigator.credentials.get` gives. `lies` may also be of: handle, signer."""
        key = key or next(one for one in self.keys if one.rp_id == options["rpId"])
        key.count += self.counts
        data = self._data(lies.get("rp_id", key.rp_id), key, lies.get("flags", self._flags()))
        client = self._client_data("webauthn.get", options["challenge"], lies)
        signer = lies.get("signer", key).private
        signature = signer.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "id": encoded(key.id),
            "rawId": encoded(key.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encoded(client),
                "authenticatorData": encoded(data),
                "signature": encoded(signature),
                "userHandle": encoded(lies.get("handle", key.handle)),
            },
        }

    def _flags(self) -> int:
        return PRESENT | (VERIFIED if self.verifies else 0)

    def _data(self, rp_id: str, key: Key, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + key.count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str, lies: dict[str, Any]) -> bytes:
        return json.dumps({
            "type": lies.get("type", kind),
            "challenge": lies.get("challenge", challenge),
            "origin": lies.get("origin", self.origin),
            "crossOrigin": False,
        }).encode()  # fmt: skip

"""Passkeys (WebAuthn): what browsers are asked for, and whether what they send back is true.

Rows are in `identity/passkeys.py`; which host names a project has is decided where requests are known.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

TRANSPORTS = frozenset({"ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"})
TIMEOUT_MS = 300_000


class NotProven(Exception):
    """What came back does not prove what it should."""


@dataclass(slots=True, frozen=True)
class Party:
    """Who asks: the host name that browsers keep a passkey for, and the page's origin that they report."""

    rp_id: str
    origin: str


@dataclass(slots=True, frozen=True)
class Registered:
    """A new passkey."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    backed_up: bool


@dataclass(slots=True, frozen=True)
class Asserted:
    """A sign-in with a device that has made sure who holds it, by a PIN or a look at them."""

    sign_count: int
    backed_up: bool


def registration_options(
    party: Party, challenge: bytes, *, rp_name: str, handle: bytes, name: str, display_name: str,
    known: Sequence[bytes],
) -> dict[str, Any]:  # fmt: skip
    """What `navigator.credentials.create` is called with; devices that hold a `known` passkey refuse another one."""
    options = webauthn.generate_registration_options(
        rp_id=party.rp_id,
        rp_name=rp_name,
        user_id=handle,
        user_name=name,
        user_display_name=display_name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return dict(orjson.loads(webauthn.options_to_json(options)))


def assertion_options(rp_id: str, challenge: bytes) -> dict[str, Any]:
    """What `navigator.credentials.get` is called with. No passkey is named: that would tell who has one."""
    options = webauthn.generate_authentication_options(
        rp_id=rp_id, challenge=challenge, timeout=TIMEOUT_MS, user_verification=UserVerificationRequirement.REQUIRED
    )
    return dict(orjson.loads(webauthn.options_to_json(options)))


def verify_registration(credential: dict[str, Any], party: Party, challenge: bytes) -> Registered:
    """The passkey that a browser has made. Raises NotProven."""
    try:
        found = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
        transports = credential["response"].get("transports") or []
    except Exception as cause:  # bytes from outside go through several parsers, each with errors of its own
        raise NotProven(str(cause)) from cause
    return Registered(
        found.credential_id,
        found.credential_public_key,
        found.sign_count,
        sorted({one for one in transports if isinstance(one, str)} & TRANSPORTS),
        found.credential_backed_up,
    )


def verify_assertion(
    credential: dict[str, Any], party: Party, challenge: bytes, public_key: bytes, sign_count: int
) -> Asserted:
    """What a browser has signed. Raises NotProven, also when the device has counted less than it had before."""
    try:
        found = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except Exception as cause:
        raise NotProven(str(cause)) from cause
    return Asserted(found.new_sign_count, found.credential_backed_up)


def credential_id_of(credential: dict[str, Any]) -> bytes:
    """Which passkey has signed. Raises NotProven."""
    return _decoded(credential.get("rawId"))


def handle_of(credential: dict[str, Any]) -> bytes | None:
    """The user that the device says the passkey is for; None if it says none. Raises NotProven."""
    given = _response_of(credential).get("userHandle")
    return None if given is None else _decoded(given)


def origin_of(credential: dict[str, Any]) -> str:
    """The page that the browser says has asked. Raises NotProven."""
    try:
        data = json.loads(_decoded(_response_of(credential).get("clientDataJSON")))
    except (ValueError, RecursionError) as cause:
        raise NotProven("the client data is no JSON") from cause
    origin = data.get("origin") if isinstance(data, dict) else None
    if not isinstance(origin, str):
        raise NotProven("the client data name no origin")
    return origin


def _response_of(credential: dict[str, Any]) -> dict[str, Any]:
    response = credential.get("response")
    return response if isinstance(response, dict) else {}


def _decoded(text: Any) -> bytes:
    if not isinstance(text, str):
        raise NotProven("base64url text is missing")
    try:
        return base64url_to_bytes(text)
    except ValueError as cause:
        raise NotProven(str(cause)) from cause

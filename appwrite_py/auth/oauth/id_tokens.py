"""ID tokens: who signed in, in the provider's own signature. Only asymmetric algorithms are taken."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from appwrite_py.auth.oauth.base import ProviderFailure, fetch

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
_LEEWAY_SECONDS = 60


async def read(
    http: httpx.AsyncClient,
    token: Any,
    *,
    issuer: str,
    audience: str,
    keys_url: str,
    nonce: str = "",
    algorithms: Sequence[str] = ("RS256",),
    max_age: int | None = None,
) -> dict[str, Any]:
    """The claims of an ID token that this issuer has made for this client and this sign-in. Raises ProviderFailure."""
    if not isinstance(token, str) or not token:
        raise ProviderFailure("The provider has given no ID token.")
    allowed = [name for name in algorithms if name in ALGORITHMS] or ["RS256"]
    keys = await fetch(http, "GET", keys_url)
    try:
        claims = dict(jwt.decode(token, KeySet.import_key_set(keys), algorithms=allowed).claims)
        _registry(issuer, audience, nonce).validate(claims)
    except (JoseError, ValueError, KeyError, TypeError) as cause:
        raise ProviderFailure(f"The ID token is not valid: {type(cause).__name__}.") from cause
    _check_party(claims, audience)
    if max_age is not None and not _is_recent(claims.get("auth_time"), max_age):
        raise ProviderFailure("The user has signed in at the provider too long ago.")
    return claims


def _registry(issuer: str, audience: str, nonce: str) -> jwt.JWTClaimsRegistry:
    wanted: dict[str, Any] = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": audience},
        "sub": {"essential": True},
        "exp": {"essential": True},
    }
    if nonce:
        wanted["nonce"] = {"essential": True, "value": nonce}
    return jwt.JWTClaimsRegistry(leeway=_LEEWAY_SECONDS, **wanted)


def _check_party(claims: dict[str, Any], audience: str) -> None:
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != audience:
        raise ProviderFailure("The ID token was made for another client.")


def _is_recent(auth_time: Any, max_age: int) -> bool:
    return isinstance(auth_time, int | float) and time.time() - auth_time <= max_age + _LEEWAY_SECONDS

"""JWTs that somebody has made up or taken from elsewhere are none."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from jose import jwt

from appwrite_py.kit import clock
from tests.api.account import flows
from tests.client import Sandbox, User


def signing_key(sandbox: Sandbox) -> bytes:
    """The key that the server signs users' JWTs with."""
    return sandbox.guest.resources.tokens._user_key.encode()


def claims_of(user: User) -> dict[str, Any]:
    """What a JWT of this user that is valid now says."""
    return dict(jwt.get_unverified_claims(user.post("/account/jwts").ok(201)["jwt"]))


def encoded(part: dict[str, Any] | bytes) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(claims: dict[str, Any], key: bytes, algorithm: str = "HS256", hash_: str = "sha256", **header: Any) -> str:
    body = f"{encoded({'alg': algorithm, 'typ': 'JWT', **header})}.{encoded(claims)}"
    return f"{body}.{encoded(hmac.digest(key, body.encode(), hash_))}"


def refused(sandbox: Sandbox, token: str) -> None:
    with flows.nothing_happens(sandbox):
        caller = sandbox.guest.as_(X_Appwrite_JWT=token)
        caller.get("/account").fails(401, "user_jwt_invalid")
        caller.patch("/account/status").fails(401, "user_jwt_invalid")


def test_ours_is_one(sandbox: Sandbox) -> None:
    """So that the rest of these tests refuse what they are meant to."""
    user = sandbox.user()
    token = signed(claims_of(user), signing_key(sandbox))
    assert sandbox.guest.as_(X_Appwrite_JWT=token).get("/account").ok()["$id"] == user.id


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_no_algorithm(sandbox: Sandbox, algorithm: str) -> None:
    claims = claims_of(sandbox.user())
    unsigned = f"{encoded({'alg': algorithm, 'typ': 'JWT'})}.{encoded(claims)}."
    refused(sandbox, unsigned)
    refused(sandbox, unsigned + encoded(b"signature"))
    refused(sandbox, signed(claims, signing_key(sandbox), algorithm))


@pytest.mark.parametrize(("algorithm", "hash_"), [("HS384", "sha384"), ("HS512", "sha512"), ("HS256", "sha512")])
def test_other_algorithms_with_the_right_key(sandbox: Sandbox, algorithm: str, hash_: str) -> None:
    refused(sandbox, signed(claims_of(sandbox.user()), signing_key(sandbox), algorithm, hash_))


@pytest.mark.parametrize("key", [b"", b"key-of-the-tests", b"0" * 64, hashlib.sha256(b"key-of-the-tests").digest()])
def test_other_keys(sandbox: Sandbox, key: bytes) -> None:
    refused(sandbox, signed(claims_of(sandbox.user()), key))


def test_a_key_pair_of_ones_own(sandbox: Sandbox) -> None:
    claims, pair = claims_of(sandbox.user()), rsa.generate_private_key(65537, 2048)
    body = f"{encoded({'alg': 'RS256', 'typ': 'JWT'})}.{encoded(claims)}"
    refused(sandbox, f"{body}.{encoded(pair.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256()))}")
    public = pair.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    refused(sandbox, signed(claims, public))
    refused(sandbox, signed(claims, public, "RS256"))


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "../../../dev/null"},
        {"jku": "https://evil.test/keys"},
        {"x5u": "https://evil.test/cert"},
        {"jwk": {"kty": "oct", "k": encoded(b"mine")}},
    ],
)
def test_a_header_that_names_the_key(sandbox: Sandbox, header: dict[str, Any]) -> None:
    refused(sandbox, signed(claims_of(sandbox.user()), b"mine", **header))


@pytest.mark.parametrize(
    "change",
    [
        {"projectId": "console"},
        {"projectId": ""},
        {"projectId": None},
        {"userId": "nobody"},
        {"userId": ""},
        {"sessionId": "none"},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": 4_000_000_000},
    ],
)
def test_claims_that_do_not_hold(sandbox: Sandbox, change: dict[str, Any]) -> None:
    refused(sandbox, signed(claims_of(sandbox.user()) | change, signing_key(sandbox)))


@pytest.mark.parametrize("claim", ["projectId", "userId", "exp"])
def test_claims_that_are_missing(sandbox: Sandbox, claim: str) -> None:
    claims = claims_of(sandbox.user())
    del claims[claim]
    refused(sandbox, signed(claims, signing_key(sandbox)))


def test_the_session_of_another_user(sandbox: Sandbox) -> None:
    user, other = sandbox.user(), sandbox.user()
    refused(sandbox, signed(claims_of(user) | {"userId": other.id}, signing_key(sandbox)))


def test_another_project(sandbox: Sandbox) -> None:
    other, user = Sandbox.create(sandbox.console), sandbox.user()
    token = user.post("/account/jwts").ok(201)["jwt"]
    refused(other, token)
    refused(other, signed(claims_of(user) | {"projectId": other.id}, signing_key(sandbox)))
    admin = other.guest.as_(X_Appwrite_JWT=token, X_Appwrite_Mode="admin")
    admin.get("/account").fails(401, "user_jwt_invalid")


@pytest.mark.parametrize("token", ["x", ".", "..", "a.b.c", "e30.e30.e30", "[]", "W10.e30.x", "a" * 5000])
def test_no_jwt_at_all(sandbox: Sandbox, token: str) -> None:
    refused(sandbox, token)


# --- in each other's place --------------------------------------------------------------------------------------
def test_an_ephemeral_key_is_no_jwt(sandbox: Sandbox) -> None:
    tokens, soon = sandbox.guest.resources.tokens, clock.now() + timedelta(minutes=5)
    key = tokens.ephemeral_key(sandbox.id, ["users.read"], soon)
    sandbox.guest.as_(X_Appwrite_Key=key).get("/users").ok()
    refused(sandbox, key)
    refused(sandbox, key.removeprefix("ephemeral_"))


def test_a_jwt_is_no_key(sandbox: Sandbox) -> None:
    user = sandbox.user()
    forged = signed(claims_of(user) | {"scopes": ["users.read"]}, signing_key(sandbox))
    for token in (forged, user.post("/account/jwts").ok(201)["jwt"]):
        for key in (token, f"ephemeral_{token}"):
            sandbox.guest.as_(X_Appwrite_Key=key).get("/users").fails(401, "general_unauthorized_scope")


def test_a_jwt_is_no_session_and_no_token(sandbox: Sandbox) -> None:
    user = sandbox.user()
    token = user.post("/account/jwts").ok(201)["jwt"]
    sandbox.guest.as_(X_Appwrite_Session=token).get("/account").fails(401, "general_unauthorized_scope")
    sandbox.guest.post("/account/sessions/token", userId=user.id, secret=token[:256]).fails(401, "user_invalid_token")
    refused(sandbox, user.headers["Cookie"].partition("=")[2])


def test_with_a_session_beside_it(sandbox: Sandbox) -> None:
    user = sandbox.user()
    token = user.post("/account/jwts").ok(201)["jwt"]
    user.as_(X_Appwrite_JWT=token).get("/account").fails(403, "user_jwt_and_cookie_set")


# --- users who are out ------------------------------------------------------------------------------------------
def test_users_who_are_blocked_or_gone(sandbox: Sandbox) -> None:
    user, other = sandbox.user(), sandbox.user()
    tokens = [one.post("/account/jwts").ok(201)["jwt"] for one in (user, other)]
    flows.block(sandbox, user.id)
    sandbox.guest.as_(X_Appwrite_JWT=tokens[0]).get("/account").fails(403, "user_blocked")
    sandbox.key.delete(f"/users/{other.id}").ok(204)
    refused(sandbox, tokens[1])


def test_it_ends_with_the_session_however_that_ends(sandbox: Sandbox) -> None:
    user = sandbox.user()
    token = user.post("/account/jwts").ok(201)["jwt"]
    user.sql("UPDATE sessions SET expire = now() WHERE project_id = $1", sandbox.id)
    refused(sandbox, token)

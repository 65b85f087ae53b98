"""JWTs: made from a session, valid with it and for a short time."""

from __future__ import annotations

from datetime import timedelta

from jose import jwt

from appwrite_py.kit import clock
from tests.client import Api, Sandbox


def bearer(sandbox: Sandbox, token: str) -> Api:
    return sandbox.guest.as_(X_Appwrite_JWT=token)


def test_a_jwt_stands_for_its_user(sandbox: Sandbox) -> None:
    user = sandbox.user()
    token = user.post("/account/jwts").ok(201)["jwt"]
    assert bearer(sandbox, token).get("/account").ok()["$id"] == user.id
    claims = jwt.get_unverified_claims(token)
    assert (claims["userId"], claims["projectId"]) == (user.id, sandbox.id)
    assert claims["sessionId"] == user.get("/account/sessions/current").ok()["$id"]


def test_alias_of_older_clients(sandbox: Sandbox) -> None:
    user = sandbox.user()
    token = user.post("/account/jwt").ok(201)["jwt"]
    assert bearer(sandbox, token).get("/account").ok()["$id"] == user.id


def test_duration(sandbox: Sandbox) -> None:
    user = sandbox.user()
    token = user.post("/account/jwts", duration=60).ok(201)["jwt"]
    longest = user.post("/account/jwts", duration="3600").ok(201)["jwt"]
    claims = [jwt.get_unverified_claims(one)["exp"] for one in (token, longest)]
    assert 3530 < claims[1] - claims[0] < 3550
    for bad in (-1, 3601, "x", 1.5):
        user.post("/account/jwts", duration=bad).fails(400, "general_argument_invalid")


def test_expired(sandbox: Sandbox) -> None:
    user = sandbox.user()
    session = user.get("/account/sessions/current").ok()["$id"]
    tokens, past = user.resources.tokens, clock.now() - timedelta(seconds=2)
    bearer(sandbox, tokens.user(sandbox.id, user.id, session, past)).get("/account").fails(401, "user_jwt_invalid")


def test_it_ends_with_the_session(sandbox: Sandbox) -> None:
    user = sandbox.user()
    token = user.post("/account/jwts").ok(201)["jwt"]
    user.delete("/account/sessions/current").ok(204)
    bearer(sandbox, token).get("/account").fails(401, "user_jwt_invalid")


def test_a_jwt_makes_no_jwt(sandbox: Sandbox) -> None:
    token = sandbox.user().post("/account/jwts").ok(201)["jwt"]
    bearer(sandbox, token).post("/account/jwts").fails(403, "user_jwt_creation_denied")


def test_method_that_is_off(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.sql("UPDATE projects SET auth_methods = '{\"jwt\": false}', version = version + 1 WHERE id = $1", sandbox.id)
    user.post("/account/jwts").fails(501, "user_auth_method_unsupported")


def test_signing_out_with_a_jwt(sandbox: Sandbox) -> None:
    user = sandbox.user()
    token = user.post("/account/jwts").ok(201)["jwt"]
    bearer(sandbox, token).delete("/account/sessions").ok(204)
    user.get("/account").fails(401, "general_unauthorized_scope")

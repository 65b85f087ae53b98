"""Sessions, tokens and JWTs of users that servers make."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.account.test_sessions import again, session_id
from tests.api.users.test_users import create
from tests.client import Sandbox


def lives(session: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(session["expire"]) - datetime.fromisoformat(session["$createdAt"])


def test_server_opens_a_session(sandbox: Sandbox) -> None:
    create(sandbox, "u")
    answer = sandbox.key.as_(User_Agent="curl/8").post("/users/u/sessions")
    session = answer.ok(201)
    assert "set-cookie" not in answer.headers
    assert (session["userId"], session["provider"], session["factors"]) == ("u", "server", ["server"])
    assert (session["current"], session["countryCode"]) == (False, "--")
    assert sandbox.guest.as_(X_Appwrite_Session=session["secret"]).get("/account").ok()["$id"] == "u"
    assert sandbox.events() == [f"users.u.sessions.{session['$id']}.create"]
    assert sandbox.audits()[-1] == ("session.create", "user/u")
    (event,) = sandbox.guest.sql("SELECT payload FROM outbox WHERE event = $1", sandbox.events()[-1])
    assert event["payload"]["secret"] == ""
    sandbox.key.post("/users/unique()/sessions").fails(404, "user_not_found")
    assert sandbox.admin.post("/users/u/sessions").ok(201)["secret"]


def test_list(sandbox: Sandbox) -> None:
    user = sandbox.user()
    again(user)
    listed = sandbox.key.get(f"/users/{user.id}/sessions").ok()
    assert listed["total"] == 2
    assert {(one["userId"], one["current"], one["secret"]) for one in listed["sessions"]} == {(user.id, False, "")}
    assert sandbox.key.get(f"/users/{user.id}/sessions", total=False).ok()["total"] == 0
    sandbox.key.get("/users/none/sessions").fails(404, "user_not_found")


def test_delete_one(sandbox: Sandbox) -> None:
    first = sandbox.user()
    second, stranger = again(first), sandbox.user()
    gone = session_id(first)
    since = len(sandbox.events())
    foreign = sandbox.key.delete(f"/users/{first.id}/sessions/{session_id(stranger)}")
    foreign.fails(404, "user_session_not_found")
    assert sandbox.key.delete(f"/users/{first.id}/sessions/{gone}").status == 204
    assert sandbox.events()[since:] == [f"users.{first.id}.sessions.{gone}.delete"]
    assert sandbox.audits()[-1] == ("session.delete", f"user/{first.id}")
    first.get("/account").fails(401, "general_unauthorized_scope")
    second.get("/account").ok()
    stranger.get("/account").ok()
    sandbox.key.delete(f"/users/none/sessions/{gone}").fails(404, "user_not_found")


def test_delete_all(sandbox: Sandbox) -> None:
    first = sandbox.user()
    second, bystander = again(first), sandbox.user()
    since = len(sandbox.events())
    assert sandbox.key.delete(f"/users/{first.id}/sessions").status == 204
    assert sandbox.events()[since:] == [f"users.{first.id}.sessions.delete"]
    for caller in (first, second):
        caller.get("/account").fails(401, "general_unauthorized_scope")
    bystander.get("/account").ok()
    sandbox.key.delete("/users/none/sessions").fails(404, "user_not_found")


def test_users_do_not_end_sessions_of_others(sandbox: Sandbox) -> None:
    """`sessions.write`, which everybody holds, is one of the scopes of these routes."""
    victim, attacker = sandbox.user(), sandbox.user()
    since = sandbox.events()
    for caller in (sandbox.guest, attacker, victim):
        caller.delete(f"/users/{victim.id}/sessions").fails(401, "general_unauthorized_scope")
        caller.delete(f"/users/{victim.id}/sessions/{session_id(victim)}").fails(401, "general_unauthorized_scope")
        caller.post(f"/users/{victim.id}/sessions").fails(401, "general_unauthorized_scope")
    victim.get("/account").ok()
    assert sandbox.events() == since


def test_key_with_sessions_scope_only(sandbox: Sandbox) -> None:
    key = sandbox.admin.post("/project/keys", keyId="unique()", name="S", scopes=["sessions.read", "sessions.write"])
    caller = sandbox.guest.as_(X_Appwrite_Key=key.ok(201)["secret"])
    user = sandbox.user()
    assert caller.get(f"/users/{user.id}/sessions").ok()["total"] == 1
    caller.post(f"/users/{user.id}/sessions").ok(201)
    caller.get(f"/users/{user.id}").fails(401, "general_unauthorized_scope")


def test_token(sandbox: Sandbox) -> None:
    create(sandbox, "u")
    token = sandbox.key.post("/users/u/tokens").ok(201)
    assert (token["userId"], len(token["secret"]), token["phrase"]) == ("u", 6, "")
    assert timedelta(seconds=895) < lives(token) <= timedelta(seconds=905)
    assert sandbox.events() == [f"users.u.tokens.{token['$id']}.create"]
    assert sandbox.audits()[-1] == ("tokens.create", "user/u")
    (event,) = sandbox.guest.sql("SELECT payload FROM outbox WHERE event = $1", sandbox.events()[-1])
    assert event["payload"]["secret"] == ""
    (row,) = sandbox.guest.sql("SELECT t::text AS whole FROM tokens t WHERE project_id = $1", sandbox.id)
    assert token["secret"] not in row["whole"].rpartition("\\x")[2]
    body = {"userId": "u", "secret": token["secret"]}
    session = sandbox.guest.post("/account/sessions/token", **body).ok(201)
    assert (session["userId"], session["provider"], session["factors"]) == ("u", "token", ["token"])
    sandbox.guest.post("/account/sessions/token", **body).fails(401, "user_invalid_token")


def test_length_and_life_of_tokens(sandbox: Sandbox) -> None:
    create(sandbox, "u")
    token = sandbox.key.post("/users/u/tokens", length=31, expire=60).ok(201)
    assert len(token["secret"]) == 31
    assert timedelta(seconds=55) < lives(token) <= timedelta(seconds=65)
    for body in ({"length": 3}, {"length": 129}, {"expire": 59}, {"expire": 31_536_001}):
        sandbox.key.post("/users/u/tokens", **body).fails(400, "general_argument_invalid")
    sandbox.key.post("/users/none/tokens").fails(404, "user_not_found")


def test_jwt(sandbox: Sandbox) -> None:
    user = sandbox.user()
    newest = again(user)
    jwt = sandbox.key.post(f"/users/{user.id}/jwts").ok(201)["jwt"]
    caller = sandbox.guest.as_(X_Appwrite_JWT=jwt)
    assert caller.get("/account").ok()["$id"] == user.id
    own = sandbox.key.post(f"/users/{user.id}/jwts", sessionId=session_id(user)).ok(201)["jwt"]
    newest.delete("/account/sessions/current")
    caller.get("/account").fails(401, "user_jwt_invalid")
    sandbox.guest.as_(X_Appwrite_JWT=own).get("/account").ok()
    user.delete("/account/sessions")
    sandbox.guest.as_(X_Appwrite_JWT=own).get("/account").fails(401, "user_jwt_invalid")


def test_jwt_without_a_session(sandbox: Sandbox) -> None:
    create(sandbox, "u")
    for body in ({}, {"sessionId": "unknown"}):
        jwt = sandbox.key.post("/users/u/jwts", **body).ok(201)["jwt"]
        assert sandbox.guest.as_(X_Appwrite_JWT=jwt).get("/account").ok()["$id"] == "u"
    other = Sandbox.create(sandbox.console)
    other.guest.as_(X_Appwrite_JWT=jwt).get("/account").fails(401, "user_jwt_invalid")
    sandbox.key.delete("/users/u")
    sandbox.guest.as_(X_Appwrite_JWT=jwt).get("/account").fails(401, "user_jwt_invalid")


@pytest.mark.parametrize("duration", [-1, 3601, "x"])
def test_life_of_jwts(sandbox: Sandbox, duration: Any) -> None:
    create(sandbox, "u")
    sandbox.key.post("/users/u/jwts", duration=duration).fails(400, "general_argument_invalid")

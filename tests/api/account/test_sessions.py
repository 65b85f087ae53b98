"""E-mail sessions: signing in, what a session tells, signing out."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from appwrite_py.auth.secrets import SessionToken
from appwrite_py.kit.crypto import digest
from tests.api.account.test_create import set_policy
from tests.client import PASSWORD, Answer, Api, Sandbox, User, sign_in

SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.2 Mobile/15E148 Safari/604.1"
)


def login(caller: Api, email: str, password: str = PASSWORD, **headers: str) -> Answer:
    return caller.as_(**headers).post("/account/sessions/email", email=email, password=password)


def again(user: User) -> User:
    """The same user, signed in once more."""
    guest = Api(user.http, {name: value for name, value in user.headers.items() if name != "Cookie"})
    return User(user.http, guest.headers | {"Cookie": sign_in(guest, user.email)}, user.id, user.email)


def session_id(user: User) -> str:
    found: str = user.get("/account/sessions/current").ok()["$id"]
    return found


def test_sign_in(sandbox: Sandbox) -> None:
    user = sandbox.user()
    session = login(sandbox.guest, user.email.upper(), User_Agent=SAFARI).ok(201)
    assert (session["userId"], session["provider"], session["providerUid"]) == (user.id, "email", user.email)
    assert (session["current"], session["factors"], session["secret"]) == (True, ["password"], "")
    assert (session["osCode"], session["osName"], session["osVersion"]) == ("IOS", "iOS", "17.2")
    assert (session["clientType"], session["clientCode"], session["clientName"]) == ("browser", "MF", "Mobile Safari")
    assert (session["deviceName"], session["deviceBrand"], session["deviceModel"]) == ("smartphone", "Apple", "iPhone")
    assert (session["countryCode"], session["countryName"]) == ("--", "Unknown")
    lives = datetime.fromisoformat(session["expire"]) - datetime.fromisoformat(session["$createdAt"])
    assert abs(lives - timedelta(days=365)) < timedelta(minutes=1)
    assert sandbox.events()[-1] == f"users.{user.id}.sessions.{session['$id']}.create"
    assert sandbox.audits()[-1] == ("session.create", f"user/{user.id}")


def test_alias_of_older_clients(sandbox: Sandbox) -> None:
    user = sandbox.user()
    sandbox.guest.post("/account/sessions", email=user.email, password=PASSWORD).ok(201)


def test_only_the_digest_of_the_secret_is_kept(sandbox: Sandbox) -> None:
    user = sandbox.user()
    token = SessionToken.decoded(user.headers["Cookie"].partition("=")[2])
    assert token is not None
    assert token.user_id == user.id
    assert len(token.secret) == 256
    (row,) = user.sql("SELECT s.*, s::text AS whole FROM sessions s WHERE user_id = $1", user.id)
    assert row["secret_hash"] == digest(token.secret)
    assert token.secret not in row["whole"]
    (event,) = user.sql("SELECT payload::text FROM outbox WHERE event LIKE $1", f"users.{user.id}.sessions.%")
    assert token.secret not in event["payload"]


def test_servers_see_the_secret(sandbox: Sandbox) -> None:
    user = sandbox.user()
    session = login(sandbox.key, user.email).ok(201)
    signed_in = sandbox.guest.as_(X_Appwrite_Session=session["secret"])
    assert signed_in.get("/account").ok()["$id"] == user.id
    (event,) = user.sql("SELECT payload FROM outbox WHERE event LIKE $1", f"%.sessions.{session['$id']}.create")
    assert event["payload"]["secret"] == ""


def test_wrong_password_and_unknown_email_look_the_same(sandbox: Sandbox) -> None:
    user = sandbox.user()
    before = sandbox.events()
    wrong = login(sandbox.guest, user.email, "wrong password").fails(401, "user_invalid_credentials")
    unknown = login(sandbox.guest, "nobody@example.com").fails(401, "user_invalid_credentials")
    assert wrong.json == unknown.json
    assert "set-cookie" not in wrong.headers
    assert sandbox.events() == before


def test_unknown_email_takes_as_long(sandbox: Sandbox) -> None:
    user = sandbox.user()

    def fastest(email: str) -> float:
        times = []
        for _ in range(5):
            started = time.perf_counter()
            login(sandbox.guest, email, "wrong password").fails(401, "user_invalid_credentials")
            times.append(time.perf_counter() - started)
        return min(times)

    assert fastest("nobody@example.com") > fastest(user.email) / 2


def test_user_without_a_password(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.sql("UPDATE users SET password_hash = '', password_algorithm = '' WHERE id = $1", user.id)
    login(sandbox.guest, user.email).fails(401, "user_invalid_credentials")
    login(sandbox.guest, user.email, "        ").fails(401, "user_invalid_credentials")


def test_outdated_hash_is_renewed(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.sql("""UPDATE users SET password_options = '{"memoryCost": 1}' WHERE id = $1""", user.id)
    (before,) = user.sql("SELECT * FROM users WHERE id = $1", user.id)
    login(sandbox.guest, user.email).ok(201)
    (after,) = user.sql("SELECT * FROM users WHERE id = $1", user.id)
    assert after["password_hash"] != before["password_hash"]
    assert after["password_options"] == {"memoryCost": 7168, "timeCost": 5, "threads": 1}
    assert after["password_updated_at"] == before["password_updated_at"]
    login(sandbox.guest, user.email).ok(201)


@pytest.mark.parametrize("body", [{}, {"email": "a@example.com"}, {"email": "x", "password": PASSWORD}])
def test_bad_input(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.guest.post("/account/sessions/email", **body).fails(400, "general_argument_invalid")


def test_signed_in_users_cannot_sign_in_again(sandbox: Sandbox) -> None:
    user = sandbox.user()
    login(user, user.email).fails(401, "user_session_already_exists")


def test_blocked_users(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.sql("UPDATE users SET status = false WHERE id = $1", user.id)
    login(sandbox.guest, user.email).fails(403, "user_blocked")
    login(sandbox.guest, user.email, "wrong password").fails(401, "user_invalid_credentials")
    user.get("/account").fails(403, "user_blocked")


def test_list_and_get(sandbox: Sandbox) -> None:
    first = sandbox.user()
    second = again(first)
    listed = second.get("/account/sessions").ok()
    assert listed["total"] == 2
    assert [session["current"] for session in listed["sessions"]] == [False, True]
    one = listed["sessions"][0]
    assert second.get(f"/account/sessions/{one['$id']}").ok() == one
    assert first.get("/account/sessions/current").ok()["$id"] == one["$id"]
    second.get("/account/sessions/nothing").fails(404, "user_session_not_found")
    stranger = sandbox.user()
    stranger.get(f"/account/sessions/{one['$id']}").fails(404, "user_session_not_found")
    stranger.delete(f"/account/sessions/{one['$id']}").fails(404, "user_session_not_found")


def test_country_is_named_in_the_client_language(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.sql("UPDATE sessions SET country_code = 'de' WHERE user_id = $1", user.id)
    assert user.get("/account/sessions/current").ok()["countryName"] == "Germany"
    assert user.as_(X_Appwrite_Locale="de").get("/account/sessions/current").ok()["countryName"] == "Deutschland"
    assert user.as_(X_Appwrite_Locale="../x").get("/account/sessions/current").ok()["countryName"] == "Germany"


def test_extend(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.sql("UPDATE sessions SET expire = now() + interval '1 hour' WHERE user_id = $1", user.id)
    before = user.get("/account/sessions/current").ok()
    after = user.patch("/account/sessions/current").ok(200)
    lives = datetime.fromisoformat(after["expire"]) - datetime.fromisoformat(before["expire"])
    assert lives > timedelta(days=300)
    assert sandbox.events()[-1] == f"users.{user.id}.sessions.{after['$id']}.update"
    assert sandbox.audits()[-1] == ("session.update", f"user/{user.id}")
    user.patch("/account/sessions/none").fails(404, "user_session_not_found")


def test_sign_out(sandbox: Sandbox) -> None:
    user = sandbox.user()
    own = session_id(user)
    gone = user.delete("/account/sessions/current")
    assert gone.status == 204
    assert all("expires=Thu, 01 Jan 1970" in cookie for cookie in gone.headers.get_list("set-cookie"))
    assert sandbox.events()[-1] == f"users.{user.id}.sessions.{own}.delete"
    assert sandbox.audits()[-1] == ("session.delete", f"user/{user.id}")
    user.get("/account").fails(401, "general_unauthorized_scope")
    user.delete("/account/sessions/current").fails(401, "general_unauthorized_scope")


def test_sign_out_elsewhere_keeps_the_cookie(sandbox: Sandbox) -> None:
    first = sandbox.user()
    second = again(first)
    answer = second.delete(f"/account/sessions/{session_id(first)}")
    assert answer.status == 204
    assert "set-cookie" not in answer.headers
    first.get("/account").fails(401, "general_unauthorized_scope")
    second.get("/account").ok()
    second.delete("/account/sessions/unknown").fails(404, "user_session_not_found")


def test_sign_out_everywhere(sandbox: Sandbox) -> None:
    first = sandbox.user()
    second = again(first)
    ids = [session_id(first), session_id(second)]
    bystander = sandbox.user()
    assert second.delete("/account/sessions").status == 204
    assert sandbox.events()[-2:] == [f"users.{first.id}.sessions.{id_}.delete" for id_ in ids]
    assert sandbox.audits()[-1] == ("session.delete", f"user/{first.id}")
    first.get("/account").fails(401, "general_unauthorized_scope")
    second.get("/account").fails(401, "general_unauthorized_scope")
    bystander.get("/account").ok()


def test_oldest_sessions_give_way(sandbox: Sandbox) -> None:
    set_policy(sandbox, '{"session-limit": {"total": 2}}')
    first = sandbox.user()
    second, third = again(first), again(first)
    first.get("/account").fails(401, "general_unauthorized_scope")
    second.get("/account").ok()
    assert third.get("/account/sessions").ok()["total"] == 2


def test_ten_sessions_are_the_default(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.sql(
        """INSERT INTO sessions (project_id, id, user_id, secret_hash, expire)
        SELECT $1, 's' || n, $2, sha256(('s' || n)::bytea), now() + interval '1 day' FROM generate_series(1, 12) n""",
        sandbox.id, user.id,
    )  # fmt: skip
    assert again(user).get("/account/sessions").ok()["total"] == 10


def test_duration_is_the_projects(sandbox: Sandbox) -> None:
    set_policy(sandbox, '{"session-duration": {"duration": 60}}')
    user = sandbox.user()
    session = user.get("/account/sessions/current").ok()
    lives = datetime.fromisoformat(session["expire"]) - datetime.fromisoformat(session["$createdAt"])
    assert timedelta(seconds=55) < lives <= timedelta(seconds=60)


def test_expired_session_is_none(sandbox: Sandbox) -> None:
    first = sandbox.user()
    second = again(first)
    first.sql("UPDATE sessions SET expire = now() WHERE id = $1", session_id(first))
    first.get("/account").fails(401, "general_unauthorized_scope")
    assert second.get("/account/sessions").ok()["total"] == 1


@pytest.mark.parametrize(
    ("verb", "path"), [("GET", ""), ("GET", "/current"), ("DELETE", ""), ("DELETE", "/current"), ("PATCH", "/current")]
)
def test_guests_and_keys_have_no_sessions(sandbox: Sandbox, verb: str, path: str) -> None:
    for caller in (sandbox.guest, sandbox.key):
        caller.send(verb, "/account/sessions" + path).fails(401, "general_unauthorized_scope")

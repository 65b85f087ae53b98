"""A session that lacks a factor gets nowhere until it shows one, whichever service it asks."""

from __future__ import annotations

import pytest

from tests.api.account.factors import again, code, forget_steps, protect, show
from tests.client import PASSWORD, Sandbox, User

MORE = (401, "user_more_factors_required")


def verified_email(sandbox: Sandbox) -> User:
    user = sandbox.user()
    user.sql("UPDATE users SET email_verification = true WHERE id = $1", user.id)
    return user


def test_switching_it_on(sandbox: Sandbox) -> None:
    user = verified_email(sandbox)
    assert user.patch("/account/mfa", mfa=True).ok(200)["mfa"] is True
    assert sandbox.events()[-1] == f"users.{user.id}.update.mfa"
    assert sandbox.audits()[-1] == ("user.update", f"user/{user.id}")
    assert user.get("/account/sessions/current").ok()["factors"] == ["password", "email"]  # and is not locked out
    assert user.patch("/account/mfa", mfa=False).ok()["mfa"] is False
    again(sandbox, user).get("/account").ok()
    for bad in ("yes", None):
        user.patch("/account/mfa", mfa=bad).fails(400, "general_argument_invalid")


def test_without_a_factor_there_is_nothing_to_ask_for(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.patch("/account/mfa", mfa=True).ok()
    assert user.get("/account/sessions/current").ok()["factors"] == ["password"]
    again(sandbox, user).get("/account").ok()


@pytest.mark.parametrize("column", ["email_verification", "phone_verification"])
def test_a_verified_address_is_enough_to_ask(sandbox: Sandbox, column: str) -> None:
    user = sandbox.user()
    user.sql(f"UPDATE users SET mfa = true, {column} = true WHERE id = $1", user.id)
    user.get("/account").fails(*MORE)


def test_an_app_that_has_shown_no_code_does_not_count(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.post("/account/mfa/authenticators/totp").ok()
    user.patch("/account/mfa", mfa=True).ok()
    again(sandbox, user).get("/account").ok()


def test_every_service_asks(sandbox: Sandbox) -> None:
    user = sandbox.user()
    secret = protect(user)
    sandbox.key.post("/tablesdb", databaseId="db", name="Data").ok(201)
    columns = [{"key": "text", "type": "string", "size": 20, "required": False}]
    sandbox.key.post(
        "/tablesdb/db/tables", tableId="t", name="T", columns=columns,
        permissions=['read("users")', 'create("users")'],
    ).ok(201)  # fmt: skip
    rows = "/tablesdb/db/tables/t/rows"
    lacking = again(sandbox, user)
    for verb, path, body in (
        ("GET", "/account", None), ("GET", "/account/prefs", None), ("PATCH", "/account/mfa", {"mfa": False}),
        ("GET", "/account/sessions", None), ("DELETE", "/account/sessions", {}), ("POST", "/account/jwts", {}),
        ("POST", "/account/mfa/authenticators/totp", {}), ("POST", "/account/mfa/recovery-codes", {}),
        ("GET", "/account/mfa/recovery-codes", None), ("DELETE", "/account/mfa/authenticators/totp", {}),
        ("GET", "/teams", None), ("POST", "/teams", {"teamId": "t", "name": "T"}),
        ("GET", rows, None), ("POST", rows, {"rowId": "one", "data": {"text": "x"}}),
    ):  # fmt: skip
        lacking.send(verb, path, json=body).fails(*MORE)
    assert sandbox.key.get(rows).ok()["total"] == 0
    assert user.get("/account").ok()["mfa"] is True
    forget_steps(user)
    show(lacking, "totp", code(secret))
    lacking.post(rows, rowId="one", data={"text": "x"}).ok(201)
    assert lacking.get(rows).ok()["total"] == 1


def test_what_stays_open(sandbox: Sandbox) -> None:
    user = sandbox.user()
    secret = protect(user)
    lacking = again(sandbox, user)
    assert lacking.get("/account/mfa/factors").ok()["totp"] is True
    challenge = lacking.post("/account/mfa/challenge", factor="totp").ok(201)["$id"]
    lacking.put("/account/mfa/challenge", challengeId=challenge, otp=code(secret, 1)).ok()
    lacking.get("/account").ok()
    other = again(sandbox, user)
    other.delete("/account/sessions/current").ok(204)


def test_a_jwt_is_no_way_around(sandbox: Sandbox) -> None:
    user = sandbox.user()
    protect(user)
    lacking = again(sandbox, user)
    row = user.sql("SELECT id, expire FROM sessions WHERE user_id = $1 ORDER BY seq DESC LIMIT 1", user.id)[0]
    weak = user.resources.tokens.user(sandbox.id, user.id, row["id"], row["expire"])
    sandbox.guest.as_(X_Appwrite_JWT=weak).get("/account").fails(*MORE)
    sandbox.guest.as_(X_Appwrite_JWT=weak).get("/teams").fails(*MORE)
    lacking.post("/account/jwts").fails(*MORE)
    strong = user.post("/account/jwts").ok(201)["jwt"]
    caller = sandbox.guest.as_(X_Appwrite_JWT=strong)
    caller.get("/account").ok()
    caller.get("/account/mfa/recovery-codes").fails(401, "user_challenge_required")


def test_a_jwt_can_show_the_factor(sandbox: Sandbox) -> None:
    user = sandbox.user()
    secret = protect(user)
    lacking = again(sandbox, user)
    row = user.sql("SELECT id, expire FROM sessions WHERE user_id = $1 ORDER BY seq DESC LIMIT 1", user.id)[0]
    jwt = user.resources.tokens.user(sandbox.id, user.id, row["id"], row["expire"])
    show(sandbox.guest.as_(X_Appwrite_JWT=jwt), "totp", code(secret, 1))
    lacking.get("/account").ok()


def test_the_same_factor_twice_is_one(sandbox: Sandbox) -> None:
    user = verified_email(sandbox)
    user.patch("/account/mfa", mfa=True).ok()
    lacking = again(sandbox, user)
    lacking.sql("UPDATE sessions SET factors = '{email,email}' WHERE user_id = $1", user.id)
    lacking.get("/account").fails(*MORE)


def test_keys_are_not_asked(sandbox: Sandbox) -> None:
    protect(sandbox.user())
    sandbox.key.get("/teams").ok()
    sandbox.admin.get("/teams").ok()


def test_signing_in_itself_is_not_stopped(sandbox: Sandbox) -> None:
    user = sandbox.user()
    protect(user)
    session = sandbox.guest.post("/account/sessions/email", email=user.email, password=PASSWORD).ok(201)
    assert (session["factors"], session["mfaUpdatedAt"]) == (["password"], "")


def test_it_costs_no_further_round_trip(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.get("/account").ok()
    with sandbox.statements() as before:
        user.get("/account").ok()
    protect(user)
    with sandbox.statements() as after:
        user.get("/account").ok()
    assert len(after) == len(before)

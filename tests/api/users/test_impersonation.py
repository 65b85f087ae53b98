"""Acting as another user: who may, what it opens, and that others get nothing by asking for it."""

from __future__ import annotations

import pytest

from tests.api.account.test_sessions import again, session_id
from tests.client import PASSWORD, Api, Sandbox, User

ID, EMAIL, PHONE = (f"X_Appwrite_Impersonate_User_{name}" for name in ("Id", "Email", "Phone"))


def impersonator(sandbox: Sandbox, name: str = "Support") -> User:
    user = sandbox.user(name)
    assert sandbox.key.patch(f"/users/{user.id}/impersonator", impersonator=True).ok(200)["impersonator"] is True
    return user


def test_flag(sandbox: Sandbox) -> None:
    user = impersonator(sandbox)
    assert sandbox.events()[-1] == f"users.{user.id}.update.impersonator"
    assert sandbox.audits()[-1] == ("user.update", f"user/{user.id}")
    own = user.get("/account").ok()
    assert (own["impersonator"], own["impersonatorUserId"]) == (True, None)
    by_flag = '{"method": "equal", "attribute": "impersonator", "values": [true]}'
    assert [one["$id"] for one in sandbox.key.get("/users", [by_flag]).ok()["users"]] == [user.id]
    sandbox.key.patch(f"/users/{user.id}/impersonator", impersonator="maybe").fails(400, "general_argument_invalid")
    sandbox.key.patch("/users/none/impersonator", impersonator=True).fails(404, "user_not_found")


def test_all_ways_to_name_the_user(sandbox: Sandbox) -> None:
    support, target = impersonator(sandbox), sandbox.user("Target")
    sandbox.key.patch(f"/users/{target.id}/phone", number="+14155550100").ok()
    for headers in ({ID: target.id}, {EMAIL: target.email.upper()}, {PHONE: "+14155550100"}):
        seen = support.as_(**headers).get("/account").ok()
        assert (seen["$id"], seen["name"], seen["impersonatorUserId"]) == (target.id, "Target", support.id)
    for name, value in (
        ("impersonateuserid", target.id), ("impersonateUserId", target.id), ("impersonateEmail", target.email),
        ("impersonatephone", "+14155550100"),
    ):  # fmt: skip
        assert support.get("/account", **{name: value}).ok()["$id"] == target.id
    both = support.as_(**{ID: target.id, EMAIL: support.email})
    assert both.get("/account").ok()["$id"] == target.id
    jwt = support.post("/account/jwts").ok(201)["jwt"]
    by_jwt = sandbox.guest.as_(X_Appwrite_JWT=jwt, **{ID: target.id})
    assert by_jwt.get("/account").ok()["impersonatorUserId"] == support.id


def test_deeds_are_of_the_one_and_noted_for_the_other(sandbox: Sandbox) -> None:
    support, target = impersonator(sandbox), sandbox.user("Target")
    support.as_(**{ID: target.id}).patch("/account/name", name="Renamed").ok(200)
    assert target.get("/account").ok()["name"] == "Renamed"
    assert support.get("/account").ok()["name"] == "Support"
    assert sandbox.events()[-1] == f"users.{target.id}.update.name"
    log = sandbox.key.get(f"/users/{target.id}/logs").ok()["logs"][0]
    assert (log["event"], log["userId"], log["userEmail"]) == ("user.update", support.id, support.email)


def test_roles_are_those_of_the_user(sandbox: Sandbox) -> None:
    support, target = impersonator(sandbox), sandbox.user("Target")
    sandbox.key.post("/databases", databaseId="d", name="D").ok(201)
    permissions = [f'read("user:{target.id}")', f'create("user:{support.id}")']
    sandbox.key.post("/databases/d/collections", collectionId="c", name="C", permissions=permissions).ok(201)
    sandbox.key.post("/databases/d/collections/c/attributes/integer", key="n", required=False).ok(202)
    path = "/databases/d/collections/c/documents"
    acting = support.as_(**{ID: target.id})
    assert support.get(path).status == 401
    assert acting.get(path).ok()["total"] == 0
    assert acting.post(path, documentId="x", data={"n": 1}).status == 401
    support.post(path, documentId="x", data={"n": 1}).ok(201)


def test_no_session_is_lent(sandbox: Sandbox) -> None:
    support, target = impersonator(sandbox), sandbox.user("Target")
    acting = support.as_(**{ID: target.id})
    assert [one["userId"] for one in acting.get("/account/sessions").ok()["sessions"]] == [target.id]
    acting.get("/account/sessions/current").fails(404, "user_session_not_found")
    acting.get(f"/account/sessions/{session_id(support)}").fails(404, "user_session_not_found")
    acting.post("/account/jwts").fails(404, "user_session_not_found")
    login = acting.post("/account/sessions/email", email=support.email, password=PASSWORD)
    login.fails(401, "user_session_already_exists")


def test_the_time_of_access_is_not_the_users(sandbox: Sandbox) -> None:
    support, target = impersonator(sandbox), sandbox.user("Target")
    sandbox.guest.sql("UPDATE users SET accessed_at = NULL WHERE id = $1", target.id)
    support.as_(**{ID: target.id}).get("/account").ok()
    assert sandbox.guest.sql("SELECT accessed_at FROM users WHERE id = $1", target.id)[0]["accessed_at"] is None


def callers_who_may_not(sandbox: Sandbox) -> list[tuple[Api, int, str]]:
    """Callers, and what they see of the account: their own, or nothing."""
    plain, former = sandbox.user("Plain"), impersonator(sandbox, "Former")
    sandbox.key.patch(f"/users/{former.id}/impersonator", impersonator=False).ok()
    return [
        (plain, 200, plain.id), (former, 200, former.id), (sandbox.guest, 401, ""), (sandbox.key, 401, ""),
    ]  # fmt: skip


def test_others_get_nothing(sandbox: Sandbox) -> None:
    target = sandbox.user("Target")
    sandbox.key.patch(f"/users/{target.id}/phone", number="+14155550100").ok()
    for caller, status, user_id in callers_who_may_not(sandbox):
        for headers in ({ID: target.id}, {EMAIL: target.email}, {PHONE: "+14155550100"}, {ID: "nobody"}):
            answer = caller.as_(**headers).get("/account")
            assert (answer.status, answer.json.get("$id", "")) == (status, user_id)
            if status == 200:
                assert answer.json["impersonatorUserId"] is None
        answer = caller.get("/account", impersonateUserId=target.id)
        assert (answer.status, answer.json.get("$id", "")) == (status, user_id)
        caller.as_(**{ID: target.id}).patch("/account/name", name="Stolen")
    assert target.get("/account").ok()["name"] == "Target"


def test_admins_do_not_impersonate(sandbox: Sandbox) -> None:
    target = sandbox.user("Target")
    seen = sandbox.admin.as_(**{ID: target.id}).get("/account").ok()
    assert seen["$id"] == sandbox.console.user["$id"]
    console = sandbox.console.caller
    assert console.as_(**{ID: target.id}).get("/account").ok()["$id"] == sandbox.console.user["$id"]


def test_only_users_of_the_same_project(sandbox: Sandbox) -> None:
    support, stranger = impersonator(sandbox), Sandbox.create(sandbox.console).user()
    support.as_(**{ID: stranger.id}).get("/account").fails(404, "user_not_found")
    support.as_(**{EMAIL: stranger.email}).get("/account").fails(404, "user_not_found")


def test_nobody_acts_in_vain(sandbox: Sandbox) -> None:
    support = impersonator(sandbox)
    for headers in ({ID: "nobody"}, {EMAIL: "nobody@example.com"}, {PHONE: "+14155550199"}):
        support.as_(**headers).patch("/account/name", name="Lost").fails(404, "user_not_found")
    assert support.get("/account").ok()["name"] == "Support"


def test_parameters_of_urls_are_for_reading(sandbox: Sandbox) -> None:
    support, target = impersonator(sandbox), sandbox.user("Target")
    support.send("PATCH", f"/account/name?impersonateUserId={target.id}", json={"name": "Own"}).ok(200)
    assert target.get("/account").ok()["name"] == "Target"
    assert support.get("/account").ok()["name"] == "Own"


def test_blocked_users_neither_act_nor_are_acted_as(sandbox: Sandbox) -> None:
    support, target = impersonator(sandbox), sandbox.user("Target")
    acting = support.as_(**{ID: target.id})
    sandbox.key.patch(f"/users/{target.id}/status", status=False).ok()
    acting.get("/account").fails(403, "user_blocked")
    sandbox.key.patch(f"/users/{target.id}/status", status=True).ok()
    sandbox.key.patch(f"/users/{support.id}/status", status=False).ok()
    acting.get("/account").fails(403, "user_blocked")


def test_second_factors(sandbox: Sandbox) -> None:
    """One who acts as others has shown as many factors as they need, and as the own account needs."""
    support, target = impersonator(sandbox), sandbox.user("Target")
    acting = support.as_(**{ID: target.id})
    two = "UPDATE sessions SET factors = '{password,totp}' WHERE user_id = $1"
    for user in (support, target):
        user.sql("UPDATE users SET mfa = true, email_verification = true WHERE id = $1", user.id)
        acting.get("/account").fails(401, "user_more_factors_required")
        user.sql("UPDATE users SET mfa = false WHERE id = $1", user.id)
    support.sql("UPDATE users SET mfa = true WHERE project_id = $1", sandbox.id)
    support.sql(two, support.id)
    acting.get("/account").ok()
    support.sql("UPDATE sessions SET mfa_updated_at = now() WHERE user_id = $1", support.id)
    acting.get("/account/mfa/recovery-codes").fails(401, "user_challenge_required")


def test_ended_sessions_do_not_act(sandbox: Sandbox) -> None:
    support, target = impersonator(sandbox), sandbox.user("Target")
    acting = support.as_(**{ID: target.id})
    again(support).delete("/account/sessions")
    acting.get("/account").fails(401, "general_unauthorized_scope")


@pytest.mark.parametrize("acts", [False, True])
def test_impersonators_find_users_and_no_more(sandbox: Sandbox, acts: bool) -> None:
    support, target = impersonator(sandbox), sandbox.user("Target")
    caller: Api = support.as_(**{ID: target.id}) if acts else support
    found = caller.get("/users", search="Target").ok()
    assert [(one["$id"], one["password"], one["hash"]) for one in found["users"]] == [(target.id, None, None)]
    assert caller.get(f"/users/{target.id}").ok()["password"] is None
    for path in ("/prefs", "/targets", "/memberships"):
        caller.get(f"/users/{target.id}{path}").ok()
    for verb, path in (
        ("GET", "/users/identities"), ("GET", f"/users/{target.id}/sessions"), ("GET", f"/users/{target.id}/logs"),
        ("GET", f"/users/{target.id}/mfa/recovery-codes"), ("POST", f"/users/{target.id}/sessions"),
        ("DELETE", f"/users/{target.id}"), ("DELETE", f"/users/{target.id}/sessions"),
    ):  # fmt: skip
        assert caller.send(verb, path).status in (401, 404 if "mfa" in path else 401)
    body = {"impersonator": True}
    caller.patch(f"/users/{target.id}/impersonator", **body).fails(401, "general_unauthorized_scope")
    target.get("/users").fails(401, "general_unauthorized_scope")


def test_others_pay_no_round_trip(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.get("/account").ok()
    with sandbox.statements() as plain:
        user.get("/account").ok()
    with sandbox.statements() as asking:
        user.as_(**{ID: "somebody"}).get("/account").ok()
    reads = [sum("SELECT" in sql for sql in statements) for statements in (plain, asking)]
    assert reads == [2, 2]

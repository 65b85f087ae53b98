"""Users as servers manage them: creating, finding, listing and deleting them, and who may."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.account.test_create import set_policy
from tests.client import PASSWORD, Sandbox, sign_in


def create(sandbox: Sandbox, user_id: str = "unique()", **body: Any) -> dict[str, Any]:
    """A new user; what is recorded of that is forgotten, so that tests see what follows."""
    made: dict[str, Any] = sandbox.key.post("/users", userId=user_id, **body).ok(201)
    assert sandbox.events()[-1] == f"users.{made['$id']}.create"
    sandbox.born = sandbox.guest.sql("SELECT max(number) AS number FROM outbox")[0]["number"]
    return made


def test_create(sandbox: Sandbox) -> None:
    user = sandbox.key.post(
        "/users", userId="ada", email="Ada.L@GMail.com", phone="+14155550100", password=PASSWORD, name="Ada Lovelace"
    ).ok(201)  # fmt: skip
    assert (user["$id"], user["email"], user["phone"], user["name"]) == (
        "ada", "ada.l@gmail.com", "+14155550100", "Ada Lovelace"
    )  # fmt: skip
    assert (user["status"], user["labels"], user["prefs"], user["mfa"]) == (True, [], {}, False)
    assert (user["emailVerification"], user["phoneVerification"], user["impersonator"]) == (False, False, False)
    assert user["password"].startswith("$argon2id$")
    assert (user["hash"], user["hashOptions"]) == (
        "argon2", {"type": "argon2", "memoryCost": 7168, "timeCost": 5, "threads": 1}
    )  # fmt: skip
    assert user["registration"]
    assert user["passwordUpdate"]
    assert (user["emailCanonical"], user["emailIsCanonical"]) == ("adal@gmail.com", False)
    assert (user["emailIsFree"], user["emailIsDisposable"], user["emailIsCorporate"]) == (True, False, False)
    targets = {target["providerType"]: target["identifier"] for target in user["targets"]}
    assert targets == {"email": "ada.l@gmail.com", "sms": "+14155550100"}
    assert sandbox.audits() == [("user.create", "user/ada")]
    assert sandbox.events() == ["users.ada.create"]
    statement = "SELECT payload FROM outbox WHERE project_id = $1 AND event = 'users.ada.create'"
    (event,) = sandbox.guest.sql(statement, sandbox.id)
    assert (event["payload"]["email"], event["payload"]["password"]) == ("ada.l@gmail.com", None)
    sign_in(sandbox.guest, "ada.l@gmail.com")
    assert sandbox.key.get("/users/ada").ok()["password"] == user["password"]


def test_create_without_anything(sandbox: Sandbox) -> None:
    user = create(sandbox, "nobody")
    assert (user["email"], user["phone"], user["name"], user["targets"]) == ("", "", "", [])
    assert (user["password"], user["hash"], user["hashOptions"], user["passwordUpdate"]) == (None, None, None, "")
    assert (user["emailCanonical"], user["emailIsFree"]) == (None, None)
    assert create(sandbox, "other", email=None, phone=None, password=None)["targets"] == []


def test_duplicates(sandbox: Sandbox) -> None:
    create(sandbox, "first", email="a@example.com", phone="+14155550100")
    for body in (
        {"userId": "first"},
        {"userId": "second", "email": "A@example.com"},
        {"userId": "second", "phone": "+14155550100"},
    ):
        sandbox.key.post("/users", **body).fails(409, "user_already_exists")
    add_identity(sandbox, "first", "elsewhere@example.com")
    taken = sandbox.key.post("/users", userId="second", email="Elsewhere@example.com")
    taken.fails(409, "user_email_already_exists")
    assert sandbox.key.get("/users").ok()["total"] == 1
    assert (sandbox.audits(), sandbox.events()) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        {}, {"userId": "_x"}, {"userId": "x", "email": "none"}, {"userId": "x", "phone": "123"},
        {"userId": "x", "password": "short"}, {"userId": "x", "password": ""}, {"userId": "x", "name": "n" * 129},
        {"userId": "x", "email": "a@example.com\x00"},
    ],
)  # fmt: skip
def test_bad_input(sandbox: Sandbox, body: dict[str, Any]) -> None:
    answer = sandbox.key.post("/users", **body)
    assert (answer.status, answer.type in ("general_argument_invalid", "general_bad_request")) == (400, True)
    assert sandbox.key.get("/users").ok()["total"] == 0


def test_policies_hold_for_servers_too(sandbox: Sandbox) -> None:
    set_policy(sandbox, '{"password-personal-data": {"enabled": true}, "password-dictionary": {"enabled": true}}')
    body = {"userId": "unique()", "name": "Lovelace"}
    sandbox.key.post("/users", **body, password="miss-lovelace-1").fails(400, "password_personal_data")
    common = sandbox.key.post("/users", **body, password="ILoveYou").fails(400, "general_argument_invalid")
    assert "common" in common.json["message"]
    sandbox.key.post("/users", **body, password="nobody-knows").ok(201)
    sandbox.key.post("/users", **body).ok(201)


def test_limit_of_users_is_for_sign_ups(sandbox: Sandbox) -> None:
    set_policy(sandbox, '{"user-limit": {"total": 1}}')
    create(sandbox)
    create(sandbox)
    assert sandbox.key.get("/users").ok()["total"] == 2


def test_list(sandbox: Sandbox) -> None:
    create(sandbox, "a", name="Ada", email="ada@example.com", phone="+14155550101")
    create(sandbox, "b", name="Bob", email="bob@example.org")
    create(sandbox, "c", name="Cleo", password=PASSWORD)
    sandbox.key.put("/users/b/labels", labels=["vip"]).ok()
    sandbox.key.patch("/users/c/status", status=False).ok()

    def ids(*queries: dict[str, Any], **more: Any) -> list[str]:
        found = sandbox.key.get("/users", [json.dumps(query) for query in queries], **more).ok()
        assert found["total"] >= len(found["users"])
        return [user["$id"] for user in found["users"]]

    assert ids() == ["a", "b", "c"]
    assert ids({"method": "orderDesc", "attribute": "name"}) == ["c", "b", "a"]
    assert ids({"method": "equal", "attribute": "email", "values": ["bob@example.org"]}) == ["b"]
    assert ids({"method": "contains", "attribute": "labels", "values": ["vip"]}) == ["b"]
    assert ids({"method": "equal", "attribute": "status", "values": [False]}) == ["c"]
    assert ids({"method": "isNotNull", "attribute": "passwordUpdate"}) == ["c"]
    assert ids({"method": "startsWith", "attribute": "phone", "values": ["+1415"]}) == ["a"]
    assert ids({"method": "limit", "values": [1]}, {"method": "offset", "values": [1]}) == ["b"]
    assert ids({"method": "cursorAfter", "values": ["a"]}, {"method": "limit", "values": [1]}) == ["b"]
    assert ids({"method": "cursorBefore", "values": ["c"]}) == ["a", "b"]
    for text in ("ADA", "ada@example.com", "4155550101"):
        assert ids(search=text) == ["a"]
    assert ids(search="100%") == []
    whole = sandbox.key.get("/users", total=False).ok()
    assert (whole["total"], len(whole["users"])) == (0, 3)
    assert [target["identifier"] for target in whole["users"][0]["targets"]] == ["ada@example.com", "+14155550101"]
    assert whole["users"][2]["password"].startswith("$argon2id$")


def test_bad_lists(sandbox: Sandbox) -> None:
    def refused(query: dict[str, Any]) -> str:
        answer = sandbox.key.get("/users", [json.dumps(query)])
        assert answer.status == 400
        return answer.type

    assert refused({"method": "equal", "attribute": "password", "values": ["x"]}) == "general_argument_invalid"
    assert refused({"method": "equal", "attribute": "status", "values": ["x"]}) == "general_argument_invalid"
    assert refused({"method": "select", "values": ["name"]}) == "general_argument_invalid"
    assert refused({"method": "cursorAfter", "values": ["nobody"]}) == "general_cursor_not_found"
    sandbox.key.get("/users", search="s" * 257).fails(400, "general_argument_invalid")


def test_delete_takes_everything_along(sandbox: Sandbox) -> None:
    user = sandbox.user()
    sandbox.key.post("/teams", teamId="crew", name="Crew").ok(201)
    sandbox.key.post("/teams/crew/memberships", userId=user.id, roles=["x"]).ok(201)
    sandbox.key.post(f"/users/{user.id}/tokens").ok(201)
    add_identity(sandbox, user.id, "elsewhere@example.com")
    for table, columns, values in (
        ("authenticators", "type, secret_sealed", "'totp', 'x'"), ("challenges", "type, expire", "'totp', now()")
    ):  # fmt: skip
        statement = f"INSERT INTO {table} (project_id, id, user_id, {columns}) VALUES ($1, 'x', $2, {values})"
        user.sql(statement, sandbox.id, user.id)
    owned = ("sessions", "targets", "memberships", "tokens", "identities", "authenticators", "challenges")
    count = " + ".join(f"(SELECT count(*) FROM {t} WHERE project_id = $1 AND user_id = $2)" for t in owned)
    assert user.sql(f"SELECT {count} AS n", sandbox.id, user.id)[0]["n"] == len(owned)
    since = len(sandbox.events())
    assert sandbox.key.delete(f"/users/{user.id}").status == 204
    assert user.sql(f"SELECT {count} AS n", sandbox.id, user.id)[0]["n"] == 0
    assert sandbox.events()[since:] == [f"users.{user.id}.delete"]
    assert sandbox.audits()[-1] == ("user.delete", f"user/{user.id}")
    (event,) = user.sql("SELECT payload FROM outbox WHERE event = $1", f"users.{user.id}.delete")
    assert (event["payload"]["email"], event["payload"]["password"]) == (user.email, None)
    user.get("/account").fails(401, "general_unauthorized_scope")
    assert sandbox.key.get("/teams/crew").ok()["total"] == 0
    sandbox.key.delete(f"/users/{user.id}").fails(404, "user_not_found")


ROUTES = [
    ("GET", "/users"), ("POST", "/users"), ("GET", "/users/x"), ("DELETE", "/users/x"), ("PATCH", "/users/x/email"),
    ("GET", "/users/x/sessions"), ("POST", "/users/x/sessions"), ("DELETE", "/users/x/sessions"),
    ("DELETE", "/users/x/sessions/y"), ("POST", "/users/x/tokens"), ("POST", "/users/x/jwts"),
    ("GET", "/users/x/targets"), ("GET", "/users/identities"), ("DELETE", "/users/identities/x"),
    ("GET", "/users/x/memberships"), ("GET", "/users/x/logs"), ("PATCH", "/users/x/impersonator"),
    ("POST", "/users/argon2"),
]  # fmt: skip
GOOD = {
    "userId": "new", "email": "new@example.com", "impersonator": True, "password": "$argon2id$" + "x" * 60
}  # fmt: skip


@pytest.mark.parametrize(("verb", "path"), ROUTES)
def test_only_servers_and_admins(sandbox: Sandbox, verb: str, path: str) -> None:
    """Guests and users hold `sessions.write`, which the routes about sessions name: it must not open them."""
    weak = sandbox.admin.post("/project/keys", keyId="unique()", name="Weak", scopes=["teams.read"]).ok(201)
    more: dict[str, Any] = {} if verb == "GET" else {"json": GOOD}
    for caller in (sandbox.guest, sandbox.user(), sandbox.guest.as_(X_Appwrite_Key=weak["secret"])):
        caller.send(verb, path, **more).fails(401, "general_unauthorized_scope")
    assert not any(event.startswith("users.x.") for event in sandbox.events())


def test_admins_and_the_console(sandbox: Sandbox) -> None:
    sandbox.admin.post("/users", userId="made").ok(201)
    assert sandbox.admin.get("/users/made").ok()["$id"] == "made"
    for verb, path in (("GET", "/users"), ("GET", "/users/x")):
        answer = sandbox.console.organization.send(verb, path)
        answer.fails(401, "general_unauthorized_scope")


def test_users_of_other_projects(sandbox: Sandbox) -> None:
    other = Sandbox.create(sandbox.console)
    create(other, "theirs")
    sandbox.key.get("/users/theirs").fails(404, "user_not_found")
    sandbox.key.delete("/users/theirs").fails(404, "user_not_found")
    assert sandbox.key.get("/users").ok()["total"] == 0
    assert other.key.get("/users/theirs").ok()["$id"] == "theirs"


def add_identity(sandbox: Sandbox, user_id: str, email: str) -> None:
    sandbox.guest.sql(
        """INSERT INTO identities (project_id, id, user_id, provider, provider_uid, provider_email)
        VALUES ($1, $2, $2, 'github', $2, $3)""",
        sandbox.id, user_id, email,
    )  # fmt: skip

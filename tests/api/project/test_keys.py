"""API keys of a project: who makes them, what they open, how they are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appwrite_py.kit import clock
from tests.api.project.tools import key_with, last, query
from tests.client import Console, Sandbox

PAST = "2020-01-01T00:00:00.000+00:00"


def test_an_admin_creates_a_key(sandbox: Sandbox) -> None:
    made = sandbox.admin.post("/project/keys", keyId="server", name="Server", scopes=["users.read"]).ok(201)
    assert made["$id"] == "server"
    assert made["scopes"] == ["users.read"]
    assert (made["expire"], made["accessedAt"], made["sdks"]) == ("", "", [])
    assert made["secret"].startswith("standard_")
    assert len(made["secret"]) == len("standard_") + 256
    assert sandbox.events() == ["keys.server.create"]
    assert sandbox.audits() == [("project.key.create", "project.key/server")]


def test_secrets_are_not_kept_in_the_clear(sandbox: Sandbox) -> None:
    made = sandbox.admin.post("/project/keys", keyId="unique()", name="Key", scopes=[]).ok(201)
    row = sandbox.guest.sql("SELECT * FROM keys WHERE project_id = $1 AND id = $2", sandbox.id, made["$id"])[0]
    assert made["secret"].encode() not in bytes(row["secret_sealed"])
    assert len(row["secret_hash"]) == 32
    told = last(sandbox)["payload"]
    assert told["$id"] == made["$id"]
    assert told["secret"] == ""


@pytest.mark.parametrize("caller", ["guest", "user"])
def test_others_have_no_scope(sandbox: Sandbox, caller: str) -> None:
    asking = sandbox.guest if caller == "guest" else sandbox.user()
    since = sandbox.events()
    asking.post("/project/keys", keyId="a", name="A", scopes=[]).fails(401, "general_unauthorized_scope")
    asking.get("/project/keys").fails(401, "general_unauthorized_scope")
    asking.put("/project/keys/a", name="A", scopes=[]).fails(401, "general_unauthorized_scope")
    asking.delete("/project/keys/a").fails(401, "general_unauthorized_scope")
    asking.post("/project/keys/ephemeral", scopes=[], duration=60).fails(401, "general_unauthorized_scope")
    assert sandbox.events() == since


def test_keys_do_not_make_keys(sandbox: Sandbox) -> None:
    sandbox.key.post("/project/keys", keyId="a", name="A", scopes=[]).fails(403, "key_creation_denied")
    key_with(sandbox, "keys.read").post("/project/keys", keyId="a", name="A", scopes=[]).fails(
        401, "general_unauthorized_scope"
    )
    sandbox.admin.get("/project/keys/a").fails(404, "key_not_found")


def test_other_organizations_are_no_admins(sandbox: Sandbox, stranger_console: Console) -> None:
    stranger_console.of(sandbox.id).get("/project/keys").fails(401, "user_unauthorized")
    stranger_console.of(sandbox.id).post("/project/keys", keyId="a", name="A", scopes=[]).fails(
        401, "user_unauthorized"
    )


def test_a_key_opens_what_its_scopes_say(sandbox: Sandbox) -> None:
    caller = key_with(sandbox, "keys.read")
    assert caller.get("/project/keys").ok(200)["total"] >= 2
    caller.get("/project/platforms").fails(401, "general_unauthorized_scope")
    caller.as_(X_Appwrite_Project="console").get("/project/keys").fails(401, "general_unauthorized_scope")


def test_the_project_must_be_in_the_header(sandbox: Sandbox) -> None:
    headers = {"X-Appwrite-Key": sandbox.key.headers["X-Appwrite-Key"]}
    sandbox.console.api.send("GET", f"/project/keys?project={sandbox.id}", headers=headers).fails(
        403, "project_id_missing"
    )


def test_keys_of_another_project_are_worth_nothing(sandbox: Sandbox, console: Console) -> None:
    other = Sandbox.create(console)
    foreign = other.guest.as_(X_Appwrite_Key=sandbox.key.headers["X-Appwrite-Key"])
    foreign.get("/project/keys").fails(401, "general_unauthorized_scope")


def test_expired_keys(sandbox: Sandbox) -> None:
    made = sandbox.admin.post("/project/keys", keyId="old", name="Old", scopes=["keys.read"], expire=PAST).ok(201)
    assert made["expire"] == PAST
    caller = sandbox.guest.as_(X_Appwrite_Key=made["secret"])
    caller.get("/project/keys").fails(401, "project_key_expired")
    tomorrow = clock.iso(clock.now() + timedelta(days=1))
    changed = sandbox.admin.put("/project/keys/old", name="Old", scopes=["keys.read"], expire=tomorrow).ok(200)
    assert changed["expire"] == tomorrow
    caller.get("/project/keys").ok(200)


def test_list(sandbox: Sandbox) -> None:
    for name in ("beta", "alpha", "gamma"):
        sandbox.admin.post("/project/keys", keyId=name, name=name, scopes=["users.read"]).ok(201)
    found = sandbox.key.get("/project/keys", [query("orderAsc", "name"), query("startsWith", "name", "a")]).ok(200)
    assert [key["$id"] for key in found["keys"]] == ["alpha"]
    assert found["total"] == 1
    found = sandbox.key.get("/project/keys", [query("contains", "scopes", "users.write"), query("limit", "", 5)]).ok()
    assert [key["name"] for key in found["keys"]] == ["All"]
    found = sandbox.key.get("/project/keys", [query("cursorAfter", "", "beta")], total=False).ok(200)
    assert [key["$id"] for key in found["keys"]] == ["alpha", "gamma"]
    assert found["total"] == 0
    found = sandbox.key.get("/project/keys", [query("isNull", "expire"), query("offset", "", 3)]).ok(200)
    assert [key["$id"] for key in found["keys"]] == ["gamma"]
    assert found["total"] == 4


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '"x"', query("equal", "secret", "x"), query("equal", "name"), query("limit", "", -1),
     query("select", "", "name"), query("nothing"), query("equal", "accessedAt", "soon")],
)  # fmt: skip
def test_bad_queries(sandbox: Sandbox, text: str) -> None:
    sandbox.key.get("/project/keys", [text]).fails(400, "general_argument_invalid")


def test_get_shows_the_secret_again(sandbox: Sandbox) -> None:
    made = sandbox.admin.post("/project/keys", keyId="k", name="K", scopes=[]).ok(201)
    assert sandbox.key.get("/project/keys/k").ok(200) == made
    sandbox.key.get("/project/keys/none").fails(404, "key_not_found")
    sandbox.key.get("/project/keys/_bad").fails(400, "general_argument_invalid")


def test_update_replaces_name_scopes_and_expiry(sandbox: Sandbox) -> None:
    made = sandbox.admin.post("/project/keys", keyId="k", name="K", scopes=["users.read"], expire=PAST).ok(201)
    caller = key_with(sandbox, "keys.write")
    changed = caller.put("/project/keys/k", name="New", scopes=["users.write", "users.write"]).ok(200)
    assert (changed["name"], changed["scopes"], changed["expire"]) == ("New", ["users.write"], "")
    assert changed["secret"] == made["secret"]
    assert changed["$createdAt"] == made["$createdAt"]
    assert sandbox.events()[-1] == "keys.k.update"
    assert sandbox.audits()[-1] == ("project.key.update", "project.key/k")
    caller.put("/project/keys/none", name="New", scopes=[]).fails(404, "key_not_found")


def test_a_deleted_key_is_a_guest(sandbox: Sandbox) -> None:
    made = sandbox.admin.post("/project/keys", keyId="k", name="K", scopes=["keys.read"]).ok(201)
    caller = sandbox.guest.as_(X_Appwrite_Key=made["secret"])
    caller.get("/project/keys").ok(200)
    sandbox.key.delete("/project/keys/k").ok(204)
    caller.get("/project/keys").fails(401, "general_unauthorized_scope")
    sandbox.key.delete("/project/keys/k").fails(404, "key_not_found")
    assert sandbox.events()[-1] == "keys.k.delete"
    assert sandbox.audits()[-1] == ("project.key.delete", "project.key/k")


def test_an_id_is_taken_once(sandbox: Sandbox) -> None:
    sandbox.admin.post("/project/keys", keyId="k", name="K", scopes=[]).ok(201)
    since = sandbox.events()
    sandbox.admin.post("/project/keys", keyId="k", name="Other", scopes=[]).fails(409, "key_already_exists")
    assert sandbox.events() == since
    assert sandbox.admin.get("/project/keys/k").ok(200)["name"] == "K"


@pytest.mark.parametrize(
    "change",
    [{"keyId": None}, {"keyId": "-x"}, {"keyId": "x" * 37}, {"name": ""}, {"name": "x" * 129}, {"name": 5},
     {"scopes": None}, {"scopes": "users.read"}, {"scopes": ["nothing.read"]}, {"scopes": ["users.read"] * 201},
     {"scopes": ["projects.write"]}, {"expire": "tomorrow"}, {"expire": 5}, {"name": "nul\x00"}],
)  # fmt: skip
def test_bad_parameters(sandbox: Sandbox, change: dict[str, object]) -> None:
    body: dict[str, object] = {"keyId": "new", "name": "New", "scopes": []} | change
    answer = sandbox.admin.send("POST", "/project/keys", json=body)
    assert answer.status == 400
    assert answer.type in ("general_argument_invalid", "general_bad_request")
    assert sandbox.events() == []
    sandbox.admin.get("/project/keys/new").fails(404, "key_not_found")


def test_ephemeral_keys(sandbox: Sandbox) -> None:
    caller = key_with(sandbox, "keys.write")
    before = sandbox.key.get("/project/keys").ok(200)["total"]
    made = caller.post("/project/keys/ephemeral", scopes=["keys.read"], duration=60).ok(201)
    assert made["secret"].startswith("ephemeral_")
    assert made["scopes"] == ["keys.read"]
    assert clock.parse(made["expire"]) - clock.parse(made["$createdAt"]) == timedelta(seconds=60)
    assert sandbox.events()[-1] == f"keys.{made['$id']}.create"
    assert last(sandbox)["payload"]["secret"] == ""
    assert sandbox.audits()[-1] == ("project.key.create", f"project.key/{made['$id']}")
    holder = sandbox.guest.as_(X_Appwrite_Key=made["secret"])
    assert holder.get("/project/keys").ok(200)["total"] == before
    holder.get("/project/platforms").fails(401, "general_unauthorized_scope")
    sandbox.admin.post("/project/keys/ephemeral", scopes=[], duration=3600).ok(201)


@pytest.mark.parametrize("duration", [0, 3601, "soon", None, 1.5])
def test_ephemeral_keys_live_up_to_an_hour(sandbox: Sandbox, duration: object) -> None:
    sandbox.admin.post("/project/keys/ephemeral", scopes=[], duration=duration).fails(400, "general_argument_invalid")
    assert sandbox.events() == []


def test_ephemeral_keys_are_of_one_project(sandbox: Sandbox, console: Console) -> None:
    made = sandbox.admin.post("/project/keys/ephemeral", scopes=["keys.read"], duration=60).ok(201)
    other = Sandbox.create(console)
    other.guest.as_(X_Appwrite_Key=made["secret"]).get("/project/keys").fails(401, "general_unauthorized_scope")
    broken = made["secret"][:-3] + ("abc" if not made["secret"].endswith("abc") else "xyz")
    sandbox.guest.as_(X_Appwrite_Key=broken).get("/project/keys").fails(401, "general_unauthorized_scope")


def test_the_console_has_no_keys(console: Console) -> None:
    console.organization.get("/project/keys").fails(401, "general_access_forbidden")
    console.organization.post("/project/keys", keyId="a", name="A", scopes=[]).fails(401, "general_access_forbidden")

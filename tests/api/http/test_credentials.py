"""Which project, and who is calling."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from appwrite_py.kit import clock
from tests.client import Api, Sandbox


def test_unknown_project(api: Api) -> None:
    for project in (b"nope", b"../console", b"\xc3\xbc", b"\xff", b"x" * 500, b"a\x00b"):
        api.send("GET", "/ping", headers={"X-Appwrite-Project": project}).fails(404, "project_not_found")
    api.send("GET", "/ping?project=nope").fails(404, "project_not_found")


def test_no_project_is_the_console(api: Api) -> None:
    api.get("/ping").ok(200)
    api.get("/teams").fails(401, "general_unauthorized_scope")


def test_project_of_the_query(sandbox: Sandbox, api: Api) -> None:
    assert api.send("GET", f"/ping?project={sandbox.id}").content == b"Pong!"
    pinged = api.sql("SELECT ping_count FROM projects WHERE id = $1", sandbox.id)
    assert pinged[0]["ping_count"] == 1


def test_an_unknown_key_is_a_guest(sandbox: Sandbox) -> None:
    for secret in (b"nonsense", b"standard_" + b"0" * 256, b"ephemeral_nonsense", b"ephemeral_a.b.c", b"\xff\x00"):
        caller = sandbox.guest.as_(X_Appwrite_Key=secret)
        caller.get("/teams").fails(401, "general_unauthorized_scope")
        caller.get("/ping").ok(200)


def test_a_key_of_another_project_is_a_guest(sandbox: Sandbox) -> None:
    other = Sandbox.create(sandbox.console)
    caller = other.guest.as_(X_Appwrite_Key=sandbox.key.headers["X-Appwrite-Key"])
    caller.get("/teams").fails(401, "general_unauthorized_scope")


def test_a_key_needs_the_project_header(sandbox: Sandbox, api: Api) -> None:
    caller = api.as_(X_Appwrite_Key=sandbox.key.headers["X-Appwrite-Key"])
    caller.send("GET", f"/teams?project={sandbox.id}").fails(403, "project_id_missing")


def test_a_key_without_the_scope(sandbox: Sandbox) -> None:
    made = sandbox.admin.post("/project/keys", keyId="unique()", name="Teams only", scopes=["teams.read"]).ok(201)
    key = sandbox.guest.as_(X_Appwrite_Key=made["secret"])
    key.get("/teams").ok(200)
    key.post("/teams", teamId="!", name="").fails(401, "general_unauthorized_scope")  # before the parameters


def test_expired_key(sandbox: Sandbox) -> None:
    ahead = clock.iso(clock.now() + timedelta(days=1))
    made = sandbox.admin.post("/project/keys", keyId="unique()", name="Short", scopes=["teams.read"], expire=ahead).ok(
        201
    )
    key = sandbox.guest.as_(X_Appwrite_Key=made["secret"])
    key.get("/teams").ok(200)
    sandbox.guest.sql("UPDATE keys SET expire = now() - interval '1 second' WHERE id = $1", made["$id"])
    key.get("/teams").fails(401, "project_key_expired")


def test_deleted_key(sandbox: Sandbox) -> None:
    made = sandbox.admin.post("/project/keys", keyId="unique()", name="Gone", scopes=["teams.read"]).ok(201)
    sandbox.admin.delete(f"/project/keys/{made['$id']}").ok(204)
    sandbox.guest.as_(X_Appwrite_Key=made["secret"]).get("/teams").fails(401, "general_unauthorized_scope")


def test_session_in_all_its_places(sandbox: Sandbox) -> None:
    user = sandbox.user()
    name, _, value = user.headers["Cookie"].partition("=")
    assert name == f"a_session_{sandbox.id}".lower()
    for headers in (
        {"Cookie": f"{name}={value}"},
        {"Cookie": f"{name}_legacy={value}"},
        {"X-Appwrite-Session": value},
        {"X-Fallback-Cookies": f'{{"{name}": "{value}"}}'},
    ):
        assert sandbox.guest.send("GET", "/account", headers=headers).ok(200)["$id"] == user.id
    for headers in (
        {"Cookie": f"{name}=nonsense"},
        {"Cookie": "=;;\x01"},
        {"Cookie": f"a_session_console={value}"},
        {"X-Appwrite-Session": "nonsense"},
        {"X-Fallback-Cookies": "nonsense"},
        {"X-Fallback-Cookies": f'["{value}"]'},
        {"X-Fallback-Cookies": f'{{"{name}": 12}}'},
    ):
        sandbox.guest.send("GET", "/account", headers=headers).fails(401, "general_unauthorized_scope")


def test_jwt(sandbox: Sandbox) -> None:
    user = sandbox.user()
    token = user.post("/account/jwts").ok(201)["jwt"]
    assert sandbox.guest.as_(X_Appwrite_JWT=token).get("/account").ok(200)["$id"] == user.id
    user.as_(X_Appwrite_JWT=token).get("/account").fails(403, "user_jwt_and_cookie_set")
    for wrong in ("nonsense", token[:-3] + "abc", token.rpartition(".")[0] + "."):
        sandbox.guest.as_(X_Appwrite_JWT=wrong).get("/account").fails(401, "user_jwt_invalid")
    other = Sandbox.create(sandbox.console)
    other.guest.as_(X_Appwrite_JWT=token).get("/account").fails(401, "user_jwt_invalid")
    user.delete("/account/sessions/current").ok(204)
    sandbox.guest.as_(X_Appwrite_JWT=token).get("/account").fails(401, "user_jwt_invalid")


@pytest.mark.parametrize(
    "head", [b"[" * 5000, b'{"a":' * 3000, b'{"alg": "none"}', b'{"alg": ["HS256"]}', b"[]", b"\xff"]
)
def test_jwts_with_strange_heads(sandbox: Sandbox, head: bytes) -> None:
    token = base64.urlsafe_b64encode(head).decode().rstrip("=") + ".e30.x"
    sandbox.guest.as_(X_Appwrite_JWT=token).get("/account").fails(401, "user_jwt_invalid")
    sandbox.guest.as_(X_Appwrite_Key=f"ephemeral_{token}").get("/teams").fails(401, "general_unauthorized_scope")


def test_a_blocked_user_is_out_at_once(sandbox: Sandbox) -> None:
    user = sandbox.user()
    user.get("/account").ok(200)
    sandbox.guest.sql("UPDATE users SET status = false WHERE id = $1", user.id)
    user.get("/account").fails(403, "user_blocked")


def test_admin_mode_is_for_members(sandbox: Sandbox, api: Api) -> None:
    sandbox.admin.get("/teams").ok(200)
    stranger = type(sandbox.console).sign_up(api)
    stranger.of(sandbox.id).get("/teams").fails(401, "user_unauthorized")
    sandbox.console.caller.as_(X_Appwrite_Project=sandbox.id).get("/teams").fails(401, "general_unauthorized_scope")

"""What must not get through: pages that act with the cookies of others, organizations that reach into each other."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from appwrite_py.auth.scopes import ORGANIZATION_SCOPES
from appwrite_py.data.pg import Work
from appwrite_py.platform import setup
from tests.client import Api, Console, Sandbox

FOREIGN = "https://elsewhere.test"


def token(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def organization_key(console: Console) -> Api:
    """A caller with a key of the console user's organization."""
    api = console.api
    assert api.http.portal is not None

    async def make() -> str:
        work = Work(api.resources.pool)
        scopes = [scope.name for scope in ORGANIZATION_SCOPES]
        made = await setup.create_organization_key(work, api.resources.vault, console.team_id, "Key", scopes)
        await work.commit()
        return made.secret

    secret = api.http.portal.call(make)
    return api.as_(X_Appwrite_Key=secret, X_Appwrite_Organization=console.team_id)


# --- pages of others ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("secret", ["nonsense", "standard_" + "0" * 256, "ephemeral_a.b.c"])
def test_a_foreign_page_gains_nothing_by_sending_a_key(sandbox: Sandbox, secret: str) -> None:
    user = sandbox.user("Ada")
    before = sandbox.events()
    page = user.as_(Origin=FOREIGN, X_Appwrite_Key=secret)
    page.patch("/account/name", name="Taken").fails(403, "general_unknown_origin")
    assert user.get("/account").ok(200)["name"] == "Ada"
    assert sandbox.events() == before


@pytest.mark.parametrize("hostname", ["*", "elsewhere.test", "*.test"])
def test_pages_of_a_project_do_not_act_as_its_admin(sandbox: Sandbox, hostname: str) -> None:
    sandbox.admin.post("/project/platforms/web", platformId="unique()", name="Site", hostname=hostname).ok(201)
    sandbox.user().as_(Origin=FOREIGN).patch("/account/name", name="Mine").ok(200)
    page = sandbox.admin.as_(Origin=FOREIGN)
    page.post("/project/keys", keyId="taken", name="Taken", scopes=[]).fails(403, "general_unknown_origin")
    assert "access-control-allow-origin" not in page.get("/project/keys").headers
    older = sandbox.console.caller.as_(Origin=FOREIGN)
    older.post(f"/projects/{sandbox.id}/keys", name="Taken", scopes=[]).fails(403, "general_unknown_origin")
    console = sandbox.admin.as_(Origin="http://testserver:3000").get("/project/keys")
    assert console.ok(200)["total"] == 1
    assert console.headers["access-control-allow-origin"] == "http://testserver:3000"


def test_apps_of_a_project_do_not_act_as_its_admin(sandbox: Sandbox) -> None:
    sandbox.admin.post("/project/platforms/android", platformId="unique()", name="App", applicationId="app.x").ok(201)
    for origin in ("appwrite-android://app.x", f"appwrite-callback-{sandbox.id}://x", "exp://x"):
        page = sandbox.admin.as_(Origin=origin)
        page.post("/project/keys", keyId="taken", name="T", scopes=[]).fails(403, "general_unknown_origin")


# --- organizations --------------------------------------------------------------------------------------------
def test_the_console_keeps_no_data_of_organizations(console: Console) -> None:
    member = console.organization
    member.post("/databases", databaseId="shared", name="Shared").fails(401, "general_unauthorized_scope")
    member.get("/databases").fails(401, "general_unauthorized_scope")
    member.get("/databases/shared/collections/x/documents").fails(401, "general_unauthorized_scope")
    assert not console.api.sql("SELECT 1 FROM databases WHERE project_id = 'console'")
    member.get("/teams").ok(200)


def test_an_organizations_key_is_a_guest_in_projects_of_others(sandbox: Sandbox, api: Api) -> None:
    other = Console.sign_up(api)
    own = Sandbox.create(other)
    key = organization_key(other)
    assert key.as_(X_Appwrite_Project=own.id).get("/organization/projects").ok(200)["total"] == 1
    intruder = key.as_(X_Appwrite_Project=sandbox.id)
    intruder.get("/organization/projects").fails(401, "general_unauthorized_scope")
    intruder.post("/organization/projects", projectId="unique()", name="P").fails(401, "general_unauthorized_scope")
    assert sandbox.audits() == []


# --- credentials ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "value",
    [{"id": 1, "secret": 2}, {"id": [1], "secret": [2]}, {"id": 1.5, "secret": True}, {"id": "a", "secret": None},
     {"id": "a"}, [], None, "text"],
)  # fmt: skip
def test_sessions_of_another_shape(sandbox: Sandbox, value: Any) -> None:
    sandbox.guest.as_(X_Appwrite_Session=token(value)).get("/account").fails(401, "general_unauthorized_scope")


@pytest.mark.parametrize(
    "other", ['settings={"theme": "dark"}', "a=b c", "strange name=1", "[]=1", "x=\xe9", "alone", "=", "a[b]=1"]
)
def test_cookies_of_other_applications_on_the_host(sandbox: Sandbox, other: str) -> None:
    user = sandbox.user()
    for cookie in (f"{other}; {user.headers['Cookie']}", f"{user.headers['Cookie']};{other}"):
        headers = {"Cookie": cookie.encode("latin-1")}
        assert sandbox.guest.send("GET", "/account", headers=headers).ok(200)["$id"] == user.id


# --- what guests can wear out ---------------------------------------------------------------------------------
def test_pings_make_nobody_read_the_project_anew(sandbox: Sandbox) -> None:
    def version() -> int:
        return int(sandbox.guest.sql("SELECT version FROM projects WHERE id = $1", sandbox.id)[0]["version"])

    before = version()
    sandbox.guest.get("/ping").ok(200)
    assert version() == before
    assert sandbox.admin.get("/project").ok(200)["pingCount"] == 1


def test_the_access_of_a_project_is_noted_once_a_day(sandbox: Sandbox) -> None:
    def state() -> tuple[int, bool]:
        assert sandbox.guest.http.portal is not None
        sandbox.guest.http.portal.call(sandbox.guest.resources.gate.settled)
        sql = "SELECT version, accessed_at > now() - interval '1 hour' AS recent FROM projects WHERE id = $1"
        row = sandbox.guest.sql(sql, sandbox.id)[0]
        return row["version"], row["recent"]

    old = "UPDATE projects SET accessed_at = now() - interval '2 days', version = version + 1 WHERE id = $1"
    sandbox.guest.sql(old, sandbox.id)
    sandbox.guest.get("/ping").ok(200)
    version, recent = state()
    assert recent
    sandbox.guest.get("/ping").ok(200)
    known = sandbox.guest.resources.projects._known[sandbox.id]
    assert (known.version, known.row["accessed_at"] is not None) == (version, True)
    noting = sandbox.guest.resources.gate._notes
    sandbox.guest.get("/ping").ok(200)
    assert (not noting, state()) == (True, (version, True))

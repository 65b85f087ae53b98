"""Development keys: none can be made any more, those that exist can be looked after."""

from __future__ import annotations

import pytest

from appwrite_py.kit.crypto import digest
from appwrite_py.platform.keys import bound_to
from tests.api.project.tools import query
from tests.client import Console, Sandbox

SOON = "2100-01-01T00:00:00.000+00:00"


@pytest.fixture
def path(sandbox: Sandbox) -> str:
    """The routes of a project with two keys from before."""
    for name in ("first", "second"):
        sealed = sandbox.guest.resources.vault.seal(f"secret of {name}", bound_to(sandbox.id, name))
        sandbox.guest.sql(
            "INSERT INTO dev_keys (project_id, id, name, expire, secret_hash, secret_sealed) "
            "VALUES ($1, $2, $2, now() + interval '1 day', $3, $4)",
            sandbox.id, name, digest(sandbox.id + name), sealed,
        )  # fmt: skip
    return f"/projects/{sandbox.id}/dev-keys"


def test_create_is_gone(sandbox: Sandbox, path: str) -> None:
    sandbox.console.caller.post(path, name="New", expire=SOON).fails(410, "dev_key_gone")
    sandbox.console.caller.post(path, name="New").fails(400, "general_argument_invalid")
    assert sandbox.console.caller.get(path).ok(200)["total"] == 2


def test_list_get_update_delete(sandbox: Sandbox, path: str) -> None:
    caller = sandbox.console.caller
    found = caller.get(path, [query("orderDesc", "expire"), query("limit", "", 1)]).ok(200)
    assert (found["total"], len(found["devKeys"])) == (2, 1)
    caller.get(path, [query("equal", "name", "first")]).fails(400, "general_argument_invalid")
    first = caller.get(f"{path}/first").ok(200)
    assert (first["secret"], first["sdks"], first["accessedAt"]) == ("secret of first", [], "")
    changed = caller.put(f"{path}/first", name="New", expire=SOON).ok(200)
    assert (changed["name"], changed["expire"], changed["secret"]) == ("New", SOON, "secret of first")
    project = caller.get(f"/projects/{sandbox.id}").ok(200)
    assert [key["name"] for key in project["devKeys"]] == ["New", "second"]
    caller.delete(f"{path}/first").ok(204)
    caller.get(f"{path}/first").fails(404, "key_not_found")
    caller.put(f"{path}/first", name="New", expire=SOON).fails(404, "key_not_found")
    caller.delete(f"{path}/first").fails(404, "key_not_found")
    caller.put(f"{path}/second", name="New", expire="soon").fails(400, "general_argument_invalid")


def test_who_may(sandbox: Sandbox, path: str, console: Console) -> None:
    stranger = Console.sign_up(console.api)
    for caller, type_ in (
        (stranger.caller, "user_unauthorized"),
        (stranger.organization, "user_unauthorized"),
        (console.api, "general_unauthorized_scope"),
        (sandbox.key, "general_unauthorized_scope"),
        (sandbox.user(), "general_unauthorized_scope"),
    ):
        caller.get(path).fails(401, type_)
        caller.get(f"{path}/first").fails(401, type_)
        caller.delete(f"{path}/first").fails(401, type_)
    console.organization.get("/projects/none/dev-keys").fails(404, "project_not_found")
    assert console.caller.get(path).ok(200)["total"] == 2

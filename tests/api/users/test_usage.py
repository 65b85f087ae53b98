"""How many users and sessions a project has, as the console draws it."""

from __future__ import annotations

import pytest

from tests.client import Sandbox


@pytest.mark.parametrize(("name", "points"), [("24h", 24), ("30d", 30), ("90d", 90)])
def test_usage(sandbox: Sandbox, name: str, points: int) -> None:
    sandbox.user()
    old = sandbox.user()
    old.sql("UPDATE users SET created_at = now() - interval '1 year' WHERE id = $1", old.id)
    usage = sandbox.admin.get("/users/usage", range=name).ok()
    assert (usage["range"], usage["usersTotal"], usage["sessionsTotal"]) == (name, 2, 2)
    assert [len(usage["users"]), len(usage["sessions"])] == [points, points]
    assert (sum(p["value"] for p in usage["users"]), sum(p["value"] for p in usage["sessions"])) == (1, 2)
    assert usage["users"] == sorted(usage["users"], key=lambda point: point["date"])


def test_bad_range_and_callers(sandbox: Sandbox) -> None:
    sandbox.admin.get("/users/usage", range="1h").fails(400, "general_argument_invalid")
    sandbox.guest.get("/users/usage").fails(401, "general_unauthorized_scope")

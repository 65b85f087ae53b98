"""Events live as long as the setting says, to the second, whenever the tables that hold them are dropped."""

from __future__ import annotations

from collections.abc import Callable

from tests.client import Api, Sandbox

_AGE = "UPDATE outbox SET created_at = created_at - interval '2 minutes' WHERE project_id = $1 AND audit = $2"


def test_logs_end_with_the_retention(sandbox: Sandbox, served: Callable[..., Api]) -> None:
    sandbox.key.post("/teams", teamId="crew", name="Crew").ok(201)
    sandbox.key.put("/teams/crew", name="New").ok(200)
    brief = served(sandbox.key, event_retention_seconds=60)

    def shown(caller: Api) -> list[str]:
        found = caller.get("/teams/crew/logs").ok(200)
        assert found["total"] == len(found["logs"])
        return [log["event"] for log in found["logs"]]

    assert shown(brief) == ["team.update", "team.create"]
    sandbox.guest.sql("UPDATE projects SET created_at = created_at - interval '1 hour', version = version + 1 "
                      "WHERE id = $1", sandbox.id)  # fmt: skip
    sandbox.guest.sql(_AGE, sandbox.id, "team.create")
    assert shown(brief) == ["team.update"]
    assert shown(sandbox.key) == ["team.update", "team.create"]

"""A project as requests need it, kept in memory and checked against its version with every request.

`projects.version` counts every change of the project, of its platforms and of its databases' schemas, in the
transaction that makes the change. A request reads the version together with its caller, so what is kept in memory is
never older than the request (docs/decisions/0003-coherent-caches.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from appwrite_py.data.pg import Pool, Record, Work

CONSOLE = "console"

_LOAD = """
SELECT p.*, coalesce((SELECT array_agg(CASE WHEN t.type = 'web' THEN t.hostname ELSE '' END) FROM platforms t
    WHERE t.project_id = p.id AND t.hostname <> ''), '{}') AS hostnames,
  coalesce((SELECT array_agg(t.key) FROM platforms t
    WHERE t.project_id = p.id AND t.type <> 'web' AND t.key <> ''), '{}') AS app_ids
FROM projects p WHERE p.id = $1
"""


@dataclass(slots=True, frozen=True)
class Project:
    """One project: the row of `projects`, and what the pipeline asks of it."""

    id: str
    version: int
    row: Record
    hostnames: frozenset[str] = frozenset()
    app_ids: frozenset[str] = frozenset()
    services_off: frozenset[str] = frozenset()
    protocols_off: frozenset[str] = frozenset()
    auth_methods_off: frozenset[str] = frozenset()
    policies: dict[str, Any] = field(default_factory=dict)

    @property
    def is_console(self) -> bool:
        """Whether this is the project that console users and organizations belong to."""
        return self.id == CONSOLE

    @property
    def team_id(self) -> str:
        """The organization that owns it."""
        return str(self.row["team_id"])


class Projects:
    """The projects that this process has seen, each with the version it was loaded at."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: dict[str, Project] = {}

    async def get(self, project_id: str, version: int) -> Project | None:
        """The project at this version or a later one; None if it is gone."""
        known = self._known.get(project_id)
        if known is not None and known.version >= version:
            return known
        return await self.load(project_id)

    async def load(self, project_id: str) -> Project | None:
        """The project as it is now."""
        row = await self._pool.fetchrow(_LOAD, project_id)
        if row is None:
            self._known.pop(project_id, None)
            return None
        project = self._known[project_id] = _from_row(row)
        return project


async def touch(work: Work, project_id: str) -> None:
    """Count a change that requests may have cached: to be called in the transaction that makes it."""
    await work.write("UPDATE projects SET version = version + 1 WHERE id = $1", project_id)


def _from_row(row: Record) -> Project:
    return Project(
        id=row["id"],
        version=row["version"],
        row=row,
        hostnames=frozenset(name.lower() for name in row["hostnames"] if name),
        app_ids=frozenset(row["app_ids"]),
        services_off=_off(row["services"]),
        protocols_off=_off(row["protocols"]),
        auth_methods_off=_off(row["auth_methods"]),
        policies=row["policies"],
    )


def _off(switches: dict[str, bool]) -> frozenset[str]:
    return frozenset(name for name, on in switches.items() if on is False)

"""Who stands behind what was recorded: users, console users and API keys as they are called today."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from appwrite_py.data.pg import Work
from appwrite_py.platform.projects import CONSOLE

# Keys of an organization belong to the project `console`; the project's own come last, so that they win
_FIND = f"""
SELECT 'user' AS kind, id, name, email, '' AS owner_type, 1 AS rank FROM users
  WHERE project_id = $1 AND id = ANY($2::text[])
UNION ALL SELECT 'admin', id, name, email, '', 1 FROM users WHERE project_id = '{CONSOLE}' AND id = ANY($3::text[])
UNION ALL SELECT 'key', id, name, '', owner_type, (project_id = $1)::int FROM keys
  WHERE project_id IN ($1, '{CONSOLE}') AND id = ANY($4::text[])
ORDER BY rank"""


class Actor(NamedTuple):
    """What logs tell of somebody. type: as `Caller.actor_type`; user_id: empty for those who are no users."""

    type: str
    user_id: str = ""
    name: str = ""
    email: str = ""


async def load(work: Work, project_id: str, recorded: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Actor]:
    """Actors by (kind, id), as the outbox notes them. Of those who have been deleted the id remains."""
    wanted = set(recorded)
    made = {(kind, id_): _nameless(kind, id_) for kind, id_ in wanted}
    ids = [sorted(id_ for kind, id_ in wanted if kind == one and id_) for one in ("user", "admin", "key")]
    for row in await work.fetch(_FIND, project_id, *ids) if any(ids) else ():
        key, name = (row["kind"], row["id"]), row["name"]
        if row["kind"] == "key":
            made[key] = Actor(f"key{row['owner_type'].capitalize()}", name=name)
        else:
            made[key] = Actor(row["kind"], row["id"], name, row["email"] or "")
    return made


def _nameless(kind: str, id_: str) -> Actor:
    return Actor("keyProject") if kind == "key" else Actor(kind, id_)

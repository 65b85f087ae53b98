"""What is answered of projects: by `projects`, `organization` and `project` alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from appwrite_py.data.pg import Record
from appwrite_py.data.query import QueryError, read
from appwrite_py.http.context import Ctx
from appwrite_py.http.models import MaybeMoment, Moment, TypedDict
from appwrite_py.kit.clock import iso, iso_or_empty
from appwrite_py.kit.crypto import Vault
from appwrite_py.platform.keys import secret_of
from appwrite_py.platform.switches import AUTH_METHODS, PROTOCOLS, SERVICES

DevKey = TypedDict(
    "DevKey",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "name": str,
        "expire": MaybeMoment,
        "secret": str,
        "accessedAt": MaybeMoment,
        "sdks": list[str],
    },
)

ProjectAuthMethod = TypedDict("ProjectAuthMethod", {"$id": str, "enabled": bool})
ProjectService = TypedDict("ProjectService", {"$id": str, "enabled": bool})
ProjectProtocol = TypedDict("ProjectProtocol", {"$id": str, "enabled": bool})

Project = TypedDict(
    "Project",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "name": str,
        "teamId": str,
        "region": str,
        "devKeys": list[DevKey],
        "smtpEnabled": bool,
        "smtpSenderName": str,
        "smtpSenderEmail": str,
        "smtpReplyToName": str,
        "smtpReplyToEmail": str,
        "smtpHost": str,
        "smtpPort": int,
        "smtpUsername": str,
        "smtpPassword": str,
        "smtpSecure": str,
        "pingCount": int,
        "pingedAt": MaybeMoment,
        "labels": list[str],
        "status": str,
        "onboarding": dict[str, Any],
        "authMethods": list[ProjectAuthMethod],
        "services": list[ProjectService],
        "protocols": list[ProjectProtocol],
        "blocks": list[str],
        "consoleAccessedAt": MaybeMoment,
        "wafEnabled": bool,
    },
)


class ProjectList(TypedDict):
    total: int
    projects: list[Project]


QUERYABLE = {
    "teamId": "team_id",
    "name": "name",
    "accessedAt": "accessed_at",
    "search": "search",
    "labels": "labels",
}
"""What lists of projects may be filtered and ordered by."""


async def shown(ctx: Ctx, row: Record) -> Project:
    """One project as it is answered."""
    return (await shown_all(ctx, [row]))[0]


async def shown_all(ctx: Ctx, rows: Sequence[Record]) -> list[Project]:
    """Projects as they are answered; their development keys are read at once."""
    found = await ctx.db.fetch(
        "SELECT * FROM dev_keys WHERE project_id = ANY($1) ORDER BY seq", [row["id"] for row in rows]
    )
    keys: dict[str, list[DevKey]] = {}
    for key in found:
        keys.setdefault(key["project_id"], []).append(dev_key(key, ctx.app.vault))
    return [_project(row, keys.get(row["id"], [])) for row in rows]


def selected(projects: list[Project], queries: Sequence[str]) -> list[Project]:
    """The attributes that `select` queries name, and those that begin with `$`; all of them where none is named."""
    try:
        names = set(read(queries).selects)
    except QueryError:
        names = set()
    if not names or "*" in names:
        return projects
    return [_narrowed(item, names) for item in projects]


def dev_key(row: Record, vault: Vault) -> DevKey:
    """A development key as it is answered."""
    return {
        "$id": row["id"],
        "$createdAt": iso(row["created_at"]),
        "$updatedAt": iso(row["updated_at"]),
        "name": row["name"],
        "expire": iso_or_empty(row["expire"]),
        "secret": secret_of(row, vault),
        "accessedAt": iso_or_empty(row["accessed_at"]),
        "sdks": row["sdks"],
    }


def _project(row: Record, keys: list[DevKey]) -> Project:
    smtp = row["smtp"]
    return {
        "$id": row["id"],
        "$createdAt": iso(row["created_at"]),
        "$updatedAt": iso(row["updated_at"]),
        "name": row["name"],
        "teamId": row["team_id"],
        "region": row["region"],
        "devKeys": keys,
        "smtpEnabled": bool(smtp.get("enabled")),
        "smtpSenderName": smtp.get("senderName", ""),
        "smtpSenderEmail": smtp.get("senderEmail", ""),
        "smtpReplyToName": smtp.get("replyToName", ""),
        "smtpReplyToEmail": smtp.get("replyToEmail", ""),
        "smtpHost": smtp.get("host", ""),
        "smtpPort": smtp.get("port", 0),
        "smtpUsername": smtp.get("username", ""),
        "smtpPassword": "",  # can be set, never read
        "smtpSecure": smtp.get("secure", ""),
        "pingCount": row["ping_count"],
        "pingedAt": iso_or_empty(row["pinged_at"]),
        "labels": row["labels"],
        "status": row["status"],
        "onboarding": row["onboarding"],
        "authMethods": [{"$id": name, "enabled": on} for name, on in _state(AUTH_METHODS, row["auth_methods"])],
        "services": [{"$id": name, "enabled": on} for name, on in _state(SERVICES, row["services"])],
        "protocols": [{"$id": name, "enabled": on} for name, on in _state(PROTOCOLS, row["protocols"])],
        "blocks": [],
        "consoleAccessedAt": iso_or_empty(row["accessed_at"]),
        "wafEnabled": False,
    }


def _narrowed(project: Project, names: set[str]) -> Project:
    return cast(Project, {name: value for name, value in project.items() if name in names or name[0] == "$"})


def _state(names: Iterable[str], stored: dict[str, bool]) -> Iterable[tuple[str, bool]]:
    return ((name, stored.get(name, True)) for name in names)

"""Schedules of a project: when its functions, delayed executions and messages are due."""

from __future__ import annotations

from typing import Annotated, Any

from appwrite_py.data import listing
from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Flag, LooseFlag, Queries, Uid
from appwrite_py.http.registry import Service
from appwrite_py.kit.clock import iso
from appwrite_py.kit.crypto import Vault
from appwrite_py.platform import schedules, tables
from appwrite_py.services.projects.authority import own_project
from appwrite_py.services.projects.models import Schedule, ScheduleList

service = Service("projects", "/v1/projects/:projectId/schedules", within="console")

ResourceType = Annotated[str, rules.OneOf(*schedules.MISSING)]
Cron = Annotated[str, rules.Cron()]
Data = Annotated[dict[str, Any], rules.Json(65535)]

_QUERYABLE = {
    "resourceType": "resource_type",
    "resourceId": "resource_id",
    "projectId": "project_id",
    "schedule": "schedule",
    "active": "active",
    "region": "region",
}


@service.get("", scope="schedules.read", sdk="listSchedules", callers=("admin",))
async def list_schedules(ctx: Ctx, projectId: Uid, queries: Queries = (), total: LooseFlag = True) -> ScheduleList:
    """List the schedules of a project."""
    await own_project(ctx, projectId)
    table = tables.schedules
    rows, count = await listing.find(
        ctx.db, table, table.c.project_id == projectId, queries, _QUERYABLE, total=total, selectable=False
    )
    return {"total": count, "schedules": [_shown(row, ctx.app.vault) for row in rows]}


@service.post(
    "",
    scope="schedules.write",
    sdk="createSchedule",
    callers=("admin",),
    status=201,
    event="schedules.[scheduleId].create",
    audit="schedule.create schedule/{response.$id}",
)
async def create(
    ctx: Ctx, projectId: Uid, resourceType: ResourceType, resourceId: Uid, schedule: Cron, active: Flag = False,
    data: Data | None = None,
) -> Schedule:  # fmt: skip
    """Schedule a function, an execution or a message of a project."""
    project = await own_project(ctx, projectId)
    resource = schedules.Resource(resourceType, resourceId)
    row = await schedules.create(ctx.db, ctx.app.vault, project, resource, schedule, active, data, ctx.now)
    return _shown(row, ctx.app.vault)


@service.get("/:scheduleId", scope="schedules.read", sdk="getSchedule", callers=("admin",))
async def get(ctx: Ctx, projectId: Uid, scheduleId: Uid) -> Schedule:
    """Get a schedule of a project."""
    await own_project(ctx, projectId)
    return _shown(await schedules.find(ctx.db, projectId, scheduleId), ctx.app.vault)


def _shown(row: Record, vault: Vault) -> Schedule:
    return {
        "$id": row["id"],
        "$createdAt": iso(row["created_at"]),
        "$updatedAt": iso(row["updated_at"]),
        "resourceType": row["resource_type"],
        "resourceId": row["resource_id"],
        "resourceUpdatedAt": iso(row["resource_updated_at"]),
        "projectId": row["project_id"],
        "schedule": row["schedule"],
        "data": schedules.data_of(row, vault),
        "active": row["active"],
        "region": row["region"],
    }

"""The stages of a project's onboarding. They are completed by the calls that they are named after."""

from __future__ import annotations

from typing import Annotated

from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Flag, Uid
from appwrite_py.http.registry import Service
from appwrite_py.platform import stages, tenancy
from appwrite_py.services.projects.authority import own_project
from appwrite_py.services.projects.models import Stage, StageList

service = Service("projects", "/v1/projects/:projectId/stages", within="console")

StageId = Annotated[str, rules.Text(128)]


@service.get("", scope="stages.read", sdk="listStages", callers=("admin",))
async def list_stages(ctx: Ctx, projectId: Uid) -> StageList:
    """List the stages of a project's onboarding: which calls have been made, which were skipped."""
    project = await own_project(ctx, projectId)
    return {"stages": [_shown(project, stage) for stage in stages.STAGES]}


@service.patch(
    "/:stageId",
    scope="stages.write",
    sdk="updateStage",
    callers=("admin",),
    audit="stages.update project/{request.projectId}",
)
async def update(ctx: Ctx, projectId: Uid, stageId: StageId, skip: Flag = True) -> Stage:
    """Skip a stage. One that is completed stays completed, and without `skip` nothing changes."""
    project = await own_project(ctx, projectId)
    stages.check(stageId)
    if skip:
        await stages.skip(ctx.db, projectId, stageId, ctx.caller.actor_type, ctx.now)
        project = await tenancy.find(ctx.db, projectId)
    return _shown(project, stageId)


def _shown(project: Record, stage: str) -> Stage:
    state = stages.state(project, stage)
    return {
        "id": stage,
        "sdk": stage,
        "status": state["status"],
        "at": state["at"],
        "actorType": state["actorType"],
    }

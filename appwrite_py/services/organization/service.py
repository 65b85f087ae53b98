"""The projects of one organization, named by `X-Appwrite-Organization`: for its members and its API keys."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.data import listing
from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries, Search, Text128, Uid
from appwrite_py.http.project_model import QUERYABLE, Project, ProjectList, selected, shown, shown_all
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.platform import setup, tenancy
from appwrite_py.platform.tables import projects

organization = Service("organization", "/v1/organization")
services = [organization]

NewProjectId = Annotated[str, rules.ProjectId()]
Region = Annotated[str, rules.OneOf("default", ci=True)]


@organization.get("/projects", scope="projects.read", sdk="listProjects", callers=SERVER)
async def list_projects(ctx: Ctx, queries: Queries = (), search: Search = "", total: LooseFlag = True) -> ProjectList:
    """List the projects of the organization."""
    where = projects.c.team_id == team_of(ctx)
    rows, count = await listing.find(
        ctx.db, projects, where, queries, QUERYABLE, search=search, search_columns=("search",), total=total
    )
    return {"total": count, "projects": selected(await shown_all(ctx, rows), queries)}


@organization.post(
    "/projects",
    scope="projects.write",
    sdk="createProject",
    callers=SERVER,
    status=201,
    audit="projects.create project/{response.$id}",
)
async def create_project(ctx: Ctx, projectId: NewProjectId, name: Text128, region: Region = "default") -> Project:
    """Create a project in the organization."""
    team = team_of(ctx)
    row = await setup.create_project(ctx.db, ctx.settings, name, team, project_id=projectId, region=region)
    return await shown(ctx, row)


@organization.get("/projects/:projectId", scope="projects.read", sdk="getProject", callers=SERVER)
async def get_project(ctx: Ctx, projectId: Uid) -> Project:
    """Get a project of the organization."""
    return await shown(ctx, await _find(ctx, projectId))


@organization.patch(
    "/projects/:projectId",
    scope="projects.write",
    sdk="updateProject",
    callers=SERVER,
    audit="projects.update project/{response.$id}",
)
async def update_project(ctx: Ctx, projectId: Uid, name: Text128) -> Project:
    """Rename a project of the organization."""
    await _find(ctx, projectId)
    return await shown(ctx, await tenancy.rename(ctx.db, projectId, name, ctx.now))


@organization.delete(
    "/projects/:projectId",
    scope="projects.write",
    sdk="deleteProject",
    callers=SERVER,
    audit="projects.delete project/{request.projectId}",
)
async def delete_project(ctx: Ctx, projectId: Uid) -> None:
    """Delete a project of the organization with everything in it."""
    await _find(ctx, projectId)
    await tenancy.delete(ctx.db, projectId)


def team_of(ctx: Ctx) -> str:
    """The organization that the caller names and acts for.

    Raises ORGANIZATION_ID_MISSING, and GENERAL_ACCESS_FORBIDDEN to callers who are neither members nor its keys.
    """
    named = ctx.request.header(b"x-appwrite-organization")
    if not named:
        raise errors.ORGANIZATION_ID_MISSING
    key = ctx.caller.key
    is_its_key = key is not None and key.owner_type == "organization" and key.owner_id == named
    if not is_its_key and not (ctx.caller.kind == "admin" and ctx.project.is_console):
        raise errors.GENERAL_ACCESS_FORBIDDEN
    return named


async def _find(ctx: Ctx, project_id: str) -> Record:
    team = team_of(ctx)
    row = await tenancy.find(ctx.db, project_id)
    if row["team_id"] != team:
        raise errors.PROJECT_NOT_FOUND
    return row

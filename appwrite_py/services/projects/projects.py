"""Listing, creating and describing projects, and handing them to another organization."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import bindparam, func

from appwrite_py import errors
from appwrite_py.data import listing
from appwrite_py.data.metadata import TextArray
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries, Search, Text128, Uid
from appwrite_py.http.project_model import QUERYABLE, Project, ProjectList, selected, shown, shown_all
from appwrite_py.http.registry import Service
from appwrite_py.platform import setup, tenancy
from appwrite_py.platform.tables import projects
from appwrite_py.services.projects.authority import may_manage, organizations, own_project

service = Service("projects", "/v1/projects", within="console")

NewProjectId = Annotated[str, rules.ProjectId()]
Region = Annotated[str, rules.OneOf("default", ci=True)]
Text256 = Annotated[str, rules.Text(256)]
Logo = Annotated[str, rules.Text(1024)]
Url = Annotated[str, rules.Url()]


@service.get("", scope="projects.read")
async def list_projects(ctx: Ctx, queries: Queries = (), search: Search = "", total: LooseFlag = True) -> ProjectList:
    """List the projects of the caller's organizations."""
    teams = bindparam(None, organizations(ctx), type_=TextArray(), unique=True)
    rows, count = await listing.find(
        ctx.db, projects, projects.c.team_id == func.any(teams), queries, QUERYABLE,
        search=search, search_columns=("search",), total=total,
    )  # fmt: skip
    return {"total": count, "projects": selected(await shown_all(ctx, rows), queries)}


@service.post("", scope="projects.write", audit="projects.create project/{response.$id}", status=201)
async def create(ctx: Ctx, projectId: NewProjectId, name: Text128, teamId: Uid, region: Region = "default") -> Project:
    """Create a project in an organization that the caller may manage."""
    if not may_manage(ctx, teamId):
        raise errors.TEAM_NOT_FOUND
    row = await setup.create_project(ctx.db, ctx.settings, name, teamId, project_id=projectId, region=region)
    return await shown(ctx, row)


@service.patch("/:projectId", scope="projects.write", audit="projects.update project/{request.projectId}")
async def update(
    ctx: Ctx, projectId: Uid, name: Text128, description: Text256 = "", logo: Logo = "", url: Url = "",
    legalName: Text256 = "", legalCountry: Text256 = "", legalState: Text256 = "", legalCity: Text256 = "",
    legalAddress: Text256 = "", legalTaxId: Text256 = "",
) -> Project:  # fmt: skip
    """Change the name of a project, and what describes it and its owner. Values that are left out become empty."""
    await own_project(ctx, projectId)
    details = {name: ctx.params[name] or "" for name in tenancy.DETAILS}
    return await shown(ctx, await tenancy.rename(ctx.db, projectId, name, ctx.now, details))


@service.patch(
    "/:projectId/team",
    scope="projects.write",
    sdk="updateTeam",
    callers=("admin",),
    audit="projects.team.update project/{request.projectId}",
)
async def update_team(ctx: Ctx, projectId: Uid, teamId: Uid) -> Project:
    """Hand a project over to another organization that the caller may manage."""
    await own_project(ctx, projectId)
    if not may_manage(ctx, teamId):
        raise errors.TEAM_NOT_FOUND
    await setup.check_organization(ctx.db, teamId)
    return await shown(ctx, await tenancy.move(ctx.db, projectId, teamId, ctx.now))

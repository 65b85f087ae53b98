"""The project itself: reading, labelling and deleting it."""

from __future__ import annotations

import string
from typing import Annotated

from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.project_model import Project, shown
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.platform import tenancy

service = Service("project", "/v1/project", within="project")

Labels = Annotated[list[str], rules.ListOf(rules.Text(36, chars=string.digits + string.ascii_letters), 1000)]


@service.get("", scope="project.read", sdk="get", callers=SERVER, aliases=["/v1/projects/:projectId"])
async def get(ctx: Ctx) -> Project:
    """Get the project."""
    return await shown(ctx, await tenancy.find(ctx.db, ctx.project.id))


@service.delete(
    "",
    scope="project.write",
    sdk="delete",
    callers=SERVER,
    aliases=["/v1/projects/:projectId"],
    audit="project.delete project/{project.$id}",
)
async def delete(ctx: Ctx) -> None:
    """Delete the project with everything in it: users, teams, databases, keys and all the rest."""
    await tenancy.delete(ctx.db, ctx.project.id)


@service.put(
    "/labels",
    scope="project.write",
    sdk="updateLabels",
    callers=SERVER,
    aliases=["/v1/projects/:projectId/labels"],
    audit="project.labels.update project.labels/{response.$id}",
)
async def update_labels(ctx: Ctx, labels: Labels) -> Project:
    """Replace the labels of the project; labels help to sort the projects of an organization."""
    return await shown(ctx, await tenancy.label(ctx.db, ctx.project.id, labels, ctx.now))

"""Variables of the whole project, which all its functions and sites get."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.data import listing
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, Flag, LooseFlag, Queries, Uid
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.http.variable_model import Variable, VariableList, variable
from appwrite_py.platform import variables
from appwrite_py.platform.tables import variables as table

service = Service("project", "/v1/project/variables", within="project")

Name = Annotated[str, rules.Text(255)]
AnyName = Annotated[str, rules.Text(255, min=0)]
Value = Annotated[str, rules.Text(8192, min=0)]

_QUERYABLE = {"resourceType": "resource_type", "resourceId": "resource_id", "key": "key", "secret": "secret"}


@service.get("", scope="project.read", sdk="listVariables", callers=SERVER)
async def list_variables(ctx: Ctx, queries: Queries = (), total: LooseFlag = True) -> VariableList:
    """List the variables of the project."""
    where = (table.c.project_id == ctx.project.id) & (table.c.resource_type == variables.PROJECT)
    rows, count = await listing.find(ctx.db, table, where, queries, _QUERYABLE, total=total, selectable=False)
    return {"total": count, "variables": [variable(row, ctx.app.vault) for row in rows]}


@service.post(
    "",
    scope="project.write",
    sdk="createVariable",
    callers=SERVER,
    status=201,
    event="variables.[variableId].create",
    audit="project.variable.create project.variable/{response.$id}",
)
async def create(ctx: Ctx, variableId: CustomId, key: Name, value: Value, secret: Flag = True) -> Variable:
    """Add a variable to the project. The value of a secret one can be changed, but never read again."""
    row = await variables.create(ctx.db, ctx.app.vault, ctx.project.id, variableId, key, value, secret, ctx.now)
    return variable(row, ctx.app.vault)


@service.get("/:variableId", scope="project.read", sdk="getVariable", callers=SERVER)
async def get(ctx: Ctx, variableId: Uid) -> Variable:
    """Get a variable of the project."""
    return variable(await variables.find(ctx.db, ctx.project.id, variableId), ctx.app.vault)


@service.put(
    "/:variableId",
    scope="project.write",
    sdk="updateVariable",
    callers=SERVER,
    event="variables.[variableId].update",
    audit="project.variable.update project.variable/{response.$id}",
)
async def update(
    ctx: Ctx, variableId: Uid, key: AnyName | None = None, value: Value | None = None, secret: Flag | None = None
) -> Variable:
    """Change a variable of the project. A secret one stays secret."""
    row = await variables.find(ctx.db, ctx.project.id, variableId)
    if row["secret"] and secret is False:
        raise errors.VARIABLE_CANNOT_UNSET_SECRET
    if key is None and value is None and secret is None:
        raise errors.GENERAL_ARGUMENT_INVALID("Send a key, a value or secret: nothing would change.")
    return variable(await variables.update(ctx.db, ctx.app.vault, row, key, value, secret, ctx.now), ctx.app.vault)


@service.delete(
    "/:variableId",
    scope="project.write",
    sdk="deleteVariable",
    callers=SERVER,
    event="variables.[variableId].delete",
    audit="project.variable.delete project.variable/{request.variableId}",
)
async def delete(ctx: Ctx, variableId: Uid) -> None:
    """Remove a variable from the project."""
    row = await variables.delete(ctx.db, ctx.project.id, variableId)
    ctx.event_payload = variable(row, ctx.app.vault)

"""Variables of one function. Where the project has one of the same name, the function's is what it gets."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.data import listing
from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, Flag, LooseFlag, Queries, Uid
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.http.variable_model import Variable, VariableList, variable
from appwrite_py.platform import variables
from appwrite_py.platform.tables import variables as table
from appwrite_py.platform.variables import FUNCTION
from appwrite_py.services.functions import lookup

service = Service("functions", "/v1/functions/:functionId/variables", within="project")

Name = Annotated[str, rules.Text(255)]
AnyName = Annotated[str, rules.Text(255, min=0)]
Value = Annotated[str, rules.Text(8192, min=0)]

_QUERYABLE = {"resourceType": "resource_type", "resourceId": "resource_id", "key": "key", "secret": "secret"}


@service.get("", scope="functions.read", sdk="listVariables", callers=SERVER)
async def list_(ctx: Ctx, functionId: Uid, queries: Queries = (), total: LooseFlag = True) -> VariableList:
    """List the variables of a function. Values of secret ones are not shown."""
    row = await lookup.find(ctx, functionId)
    mine = (table.c.project_id == ctx.project.id) & (table.c.resource_type == FUNCTION)
    where = mine & (table.c.resource_id == row["id"])
    rows, count = await listing.find(ctx.db, table, where, queries, _QUERYABLE, total=total, selectable=False)
    return {"total": count, "variables": [variable(each, ctx.app.vault) for each in rows]}


@service.post(
    "", scope="functions.write", sdk="createVariable", callers=SERVER, status=201,
    event="variables.[variableId].create", audit="variable.create function/{request.functionId}",
)  # fmt: skip
async def create(
    ctx: Ctx, functionId: Uid, variableId: CustomId, key: Name, value: Value, secret: Flag = True
) -> Variable:
    """Add a variable to a function. The value of a secret one can be changed, but never read again."""
    row = await lookup.lock(ctx, functionId)
    made = await variables.create(
        ctx.db, ctx.app.vault, ctx.project.id, variableId, key, value, secret, ctx.now,
        resource_type=FUNCTION, resource_id=row["id"],
    )  # fmt: skip
    return variable(made, ctx.app.vault)


@service.get("/:variableId", scope="functions.read", sdk="getVariable", callers=SERVER)
async def get(ctx: Ctx, functionId: Uid, variableId: Uid) -> Variable:
    """Get a variable of a function. The value of a secret one is not shown."""
    return variable(await _find(ctx, functionId, variableId), ctx.app.vault)


@service.put(
    "/:variableId", scope="functions.write", sdk="updateVariable", callers=SERVER,
    event="variables.[variableId].update", audit="variable.update function/{request.functionId}",
)  # fmt: skip
async def update(
    ctx: Ctx, functionId: Uid, variableId: Uid, key: AnyName | None = None, value: Value | None = None,
    secret: Flag | None = None,
) -> Variable:  # fmt: skip
    """Change a variable of a function: what is not given stays. A secret one stays secret."""
    await lookup.lock(ctx, functionId)
    row = await _find(ctx, functionId, variableId)
    if row["secret"] and secret is False:
        raise errors.VARIABLE_CANNOT_UNSET_SECRET
    if key is None and value is None and secret is None:
        raise errors.GENERAL_ARGUMENT_INVALID("Send a key, a value or secret: nothing would change.")
    changed = await variables.update(ctx.db, ctx.app.vault, row, key or None, value, secret, ctx.now)
    return variable(changed, ctx.app.vault)


@service.delete(
    "/:variableId", scope="functions.write", sdk="deleteVariable", callers=SERVER,
    event="variables.[variableId].delete", audit="variable.delete function/{request.functionId}",
)  # fmt: skip
async def delete(ctx: Ctx, functionId: Uid, variableId: Uid) -> None:
    """Remove a variable from a function."""
    row = await lookup.lock(ctx, functionId)
    gone = await variables.delete(ctx.db, ctx.project.id, variableId, FUNCTION, row["id"])
    ctx.event_payload = variable(gone, ctx.app.vault)


async def _find(ctx: Ctx, function_id: str, variable_id: str) -> Record:
    row = await lookup.find(ctx, function_id)
    return await variables.find(ctx.db, ctx.project.id, variable_id, FUNCTION, row["id"])

"""Mock phones: numbers of testers, with a code that is always the same and a message that is never sent."""

from __future__ import annotations

from typing import Annotated

from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.models import Moment, TypedDict
from appwrite_py.http.params import LooseFlag, Queries
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.kit.clock import iso
from appwrite_py.platform import phones
from appwrite_py.services.project.paging import page

service = Service("project", "/v1/project/mock-phones", within="project")

MockNumber = TypedDict("MockNumber", {"number": str, "otp": str, "$createdAt": Moment, "$updatedAt": Moment})


class MockNumberList(TypedDict):
    total: int
    mockNumbers: list[MockNumber]


NewNumber = Annotated[str, rules.Phone()]
Number = Annotated[str, rules.Phone(normalize=True)]
Code = Annotated[str, rules.Text(6, min=6, chars="0123456789")]


@service.get("", scope="mocks.read", sdk="listMockPhones", callers=SERVER)
async def list_phones(ctx: Ctx, queries: Queries = (), total: LooseFlag = True) -> MockNumberList:
    """List the mock phones of the project."""
    rows = await ctx.db.fetch("SELECT * FROM mock_phones WHERE project_id = $1 ORDER BY seq", ctx.project.id)
    shown = [_phone(row) for row in page(rows, queries)]
    return {"total": len(rows) if total else 0, "mockNumbers": shown}


@service.post(
    "",
    scope="mocks.write",
    sdk="createMockPhone",
    callers=SERVER,
    status=201,
    event="mock-phones.[number].create",
    audit="project.mock-phone.create project.mock-phone/{response.number}",
)
async def create(ctx: Ctx, number: NewNumber, otp: Code) -> MockNumber:
    """Add a mock phone: a number that gets no messages and whose code is always the given one."""
    return _phone(await phones.create(ctx.db, ctx.project.id, number, otp, ctx.now))


@service.get("/:number", scope="mocks.read", sdk="getMockPhone", callers=SERVER)
async def get(ctx: Ctx, number: Number) -> MockNumber:
    """Get a mock phone by its number."""
    return _phone(await phones.find(ctx.db, ctx.project.id, number))


@service.put(
    "/:number",
    scope="mocks.write",
    sdk="updateMockPhone",
    callers=SERVER,
    event="mock-phones.[number].update",
    audit="project.mock-phone.update project.mock-phone/{response.number}",
)
async def update(ctx: Ctx, number: Number, otp: Code) -> MockNumber:
    """Give a mock phone another code."""
    return _phone(await phones.update(ctx.db, ctx.project.id, number, otp, ctx.now))


@service.delete(
    "/:number",
    scope="mocks.write",
    sdk="deleteMockPhone",
    callers=SERVER,
    event="mock-phones.[number].delete",
    audit="project.mock-phone.delete project.mock-phone/{request.number}",
)
async def delete(ctx: Ctx, number: Number) -> None:
    """Remove a mock phone. Its number gets real messages from then on."""
    ctx.event_payload = _phone(await phones.delete(ctx.db, ctx.project.id, number))


def _phone(row: Record) -> MockNumber:
    return {
        "number": row["id"],
        "otp": row["otp"],
        "$createdAt": iso(row["created_at"]),
        "$updatedAt": iso(row["updated_at"]),
    }

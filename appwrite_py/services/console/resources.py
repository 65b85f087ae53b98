"""Whether a name is still free, asked while somebody types it."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.http.rules import OneOf, Text
from appwrite_py.platform import rules
from appwrite_py.platform.domains import may_be_claimed

service = Service("console", "/v1/console/resources", within="console")

Value = Annotated[str, Text(256)]
Kind = Annotated[str, OneOf("rules", ci=True)]


@service.get(
    "",
    scope="rules.read",
    sdk="getResource",
    callers=("admin",),
    status=204,
    abuse=Limit(120, 60, key="userId:{userId}, url:{url}"),
)
async def get_resource(ctx: Ctx, value: Value, type: Kind) -> None:
    """Whether a domain can be claimed: no answer's body if so, an error if it is taken or not allowed."""
    if not may_be_claimed(value.lower(), ctx.settings):
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `value` param: this domain is not allowed. Use another one.")
    if await rules.is_taken(ctx.db, value.lower()):
        raise errors.RESOURCE_ALREADY_EXISTS("This domain is in use already.")

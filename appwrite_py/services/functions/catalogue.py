"""What functions can be made of here: runtimes, sizes and templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from appwrite_py import errors
from appwrite_py.compute import specifications
from appwrite_py.compute.runtimes import KNOWN
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.services.functions import templates
from appwrite_py.services.functions.catalogue_models import (
    RuntimeList,
    SpecificationList,
    TemplateFunction,
    TemplateFunctionList,
    runtime,
    specification,
)

service = Service("functions", "/v1/functions")
jobs = Service("functions", "/v1/jobs")

ANYBODY = ("public", "functions.read")
"""Guests and users have the first one, keys and members of the organization the other."""
USE_CASES = ("starter", "databases", "ai", "messaging", "utilities", "dev-tools", "auth")
Runtimes = Annotated[Sequence[str], rules.ListOf(rules.OneOf(*KNOWN), 100)]
UseCases = Annotated[Sequence[str], rules.ListOf(rules.OneOf(*USE_CASES, ci=True), 100)]
Limit = Annotated[int, rules.Range(1, 5000)]
Offset = Annotated[int, rules.Range(0, 5000)]
TemplateId = Annotated[str, rules.Text(128)]
SizesOf = Annotated[str, rules.OneOf("runtimes", "builds", ci=True)]


@service.get("/runtimes", scope=ANYBODY, sdk="listRuntimes", callers=SERVER, switched=False)
async def list_runtimes(ctx: Ctx) -> RuntimeList:
    """List the runtimes that functions can be made with on this server."""
    found = [runtime(each) for each in ctx.app.runtimes.offered.values()]
    return {"total": len(found), "runtimes": found}


@service.get("/specifications", scope="functions.read", sdk="listSpecifications", callers=SERVER)
async def list_specifications(ctx: Ctx, type: SizesOf = "runtimes") -> SpecificationList:
    """List the sizes that functions can be built and run in: most CPUs, most memory (MB)."""
    found = [specification(size) for size in specifications.offered(ctx.settings).values()]
    return {"total": len(found), "specifications": found}


@service.get("/templates", scope=ANYBODY, sdk="listTemplates", callers=("admin",), switched=False)
async def list_templates(
    ctx: Ctx, runtimes: Runtimes = (), useCases: UseCases = (), limit: Limit = 25, offset: Offset = 0,
    total: LooseFlag = True,
) -> TemplateFunctionList:  # fmt: skip
    """List templates that functions can be begun with, of any of the given runtimes and for any of the use cases."""
    found = templates.matching(templates.offered(ctx.app.runtimes.offered), runtimes, useCases)
    return {"total": len(found) if total else 0, "templates": found[offset : offset + limit]}


@service.get("/templates/:templateId", scope=ANYBODY, sdk="getTemplate", callers=("admin",))
async def get_template(ctx: Ctx, templateId: TemplateId) -> TemplateFunction:
    """Get a template that functions can be begun with."""
    for template in templates.offered(ctx.app.runtimes.offered):
        if template["id"] == templateId:
            return template
    raise errors.FUNCTION_TEMPLATE_NOT_FOUND


@jobs.post("/event", scope="public", callers=(), status=204, switched=False)
async def report_job(ctx: Ctx) -> None:
    """Where a service that builds for a server reports to it, signed with their secret.

    This server builds by itself and shares a secret with none: there is nobody whose report would be taken.
    """
    raise errors.USER_UNAUTHORIZED("This server builds by itself. It takes no reports of others.")

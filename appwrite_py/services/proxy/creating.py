"""New rules, by where they lead: to the API, to a function, or elsewhere."""

from __future__ import annotations

from typing import Annotated, Any

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Uid
from appwrite_py.http.registry import SERVER
from appwrite_py.platform import domains
from appwrite_py.platform import rules as kept
from appwrite_py.platform.rules import Draft
from appwrite_py.services.proxy.models import ProxyRule, rule
from appwrite_py.services.proxy.rules import let_in, service, why_not_here


class StatusCode(rules.OneOf):
    """A status, as text or as a number."""

    def check(self, value: Any) -> str:
        return super().check(str(value) if type(value) is int else value)


Domain = Annotated[str, rules.Domain()]
Branch = Annotated[str, rules.Text(255, min=0)]
Url = Annotated[str, rules.Url()]
Status = Annotated[str, StatusCode("301", "302", "307", "308", ci=True)]
ResourceType = Annotated[str, rules.OneOf("site", "function", ci=True)]

_FUNCTION = "SELECT 1 FROM functions WHERE project_id = $1 AND id = $2"
_MAKES: dict[str, Any] = {
    "scope": "rules.write",
    "callers": SERVER,
    "status": 201,
    "event": "rules.[ruleId].create",
    "audit": "rule.create rule/{response.$id}",
    "abuse": Limit(10, 60, key="userId:{userId}, url:{url}"),
}


@service.post("/rules/api", sdk="createAPIRule", **_MAKES)
async def create_for_api(ctx: Ctx, domain: Domain) -> ProxyRule:
    """Let the API be reached by a domain. Requests to it name their project as everywhere else."""
    if domains.is_given_out(domain.lower(), ctx.settings):
        raise errors.GENERAL_ARGUMENT_INVALID(
            "Invalid `domain` param: domains of functions and sites are not the API's."
        )
    return await _create(ctx, Draft(domain.lower(), kept.API))


@service.post("/rules/function", sdk="createFunctionRule", **_MAKES)
async def create_for_function(ctx: Ctx, domain: Domain, functionId: Uid, branch: Branch = "") -> ProxyRule:
    """Let a function answer all requests to a domain, with the deployment that is active at the time."""
    return await _create(ctx, Draft(domain.lower(), kept.DEPLOYMENT, functionId, branch))


@service.post("/rules/redirect", sdk="createRedirectRule", **_MAKES)
async def create_redirect(
    ctx: Ctx, domain: Domain, url: Url, statusCode: Status, resourceId: Uid, resourceType: ResourceType
) -> ProxyRule:
    """Send all requests to a domain to a URL. The rule belongs to a function, and ends with it."""
    if resourceType.lower() != kept.FUNCTION:
        _check(ctx, domain.lower())
        raise errors.RULE_RESOURCE_NOT_FOUND
    draft = Draft(domain.lower(), kept.REDIRECT, resourceId, redirect_url=url, redirect_status=int(statusCode))
    return await _create(ctx, draft)


@service.post("/rules/site", sdk="createSiteRule", **_MAKES)
async def create_for_site(ctx: Ctx, domain: Domain, siteId: Uid, branch: Branch = "") -> ProxyRule:
    """Let a site be reached by a domain. This server has no sites, so none is ever found."""
    _check(ctx, domain.lower())
    raise errors.RULE_RESOURCE_NOT_FOUND


async def _create(ctx: Ctx, draft: Draft) -> ProxyRule:
    _check(ctx, draft.domain)
    if draft.function_id is not None and not await ctx.db.fetch(_FUNCTION, ctx.project.id, draft.function_id):
        raise errors.RULE_RESOURCE_NOT_FOUND
    if await kept.is_taken(ctx.db, draft.domain):  # before the DNS is asked, which may take a while
        raise errors.RULE_ALREADY_EXISTS
    why = await why_not_here(ctx, draft.domain)
    row = await kept.create(ctx.db, ctx.project.id, draft, why, ctx.now)
    let_in(ctx, draft.domain)
    return rule(row)


def _check(ctx: Ctx, domain: str) -> None:
    if not domains.may_be_claimed(domain, ctx.settings):
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `domain` param: this domain is not allowed. Use another one.")

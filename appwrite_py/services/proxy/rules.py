"""Rules of the project: looked at, verified once more, and deleted."""

from __future__ import annotations

from functools import partial

from appwrite_py import errors
from appwrite_py.data import listing
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries, Search, Uid
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.platform import domains
from appwrite_py.platform import rules as kept
from appwrite_py.services.proxy.models import ProxyRule, ProxyRuleList, rule

service = Service("proxy", "/v1/proxy", within="project")

_ONE = "/rules/:ruleId"


@service.get("/rules", scope="rules.read", sdk="listRules", callers=SERVER)
async def list_rules(ctx: Ctx, queries: Queries = (), total: LooseFlag = True, search: Search = "") -> ProxyRuleList:
    """List the rules of the project: its domains, and where they lead."""
    table, where = kept.listed(ctx.project.id)
    rows, count = await listing.find(
        ctx.db, table, where, queries, kept.QUERYABLE, search=search, search_columns=("id", "domain", "branch"),
        total=total, selectable=False,
    )  # fmt: skip
    return {"total": count, "rules": [rule(row) for row in rows]}


@service.get(_ONE, scope="rules.read", sdk="getRule", callers=SERVER)
async def get(ctx: Ctx, ruleId: Uid) -> ProxyRule:
    """Get a rule. While its domain is not verified, `logs` says why."""
    return rule(await kept.find(ctx.db, ctx.project.id, ruleId))


@service.patch(
    f"{_ONE}/status", scope="rules.write", sdk="updateRuleStatus", callers=SERVER, event="rules.[ruleId].update",
    audit="rule.update rule/{response.$id}", aliases=[f"/v1/proxy{_ONE}/verification"],
)  # fmt: skip
async def verify(ctx: Ctx, ruleId: Uid) -> ProxyRule:
    """Look once more whether the DNS records of a rule's domain lead to this server; from then on it is in use.

    Of a domain that is verified nothing is changed.
    """
    row = await kept.find(ctx.db, ctx.project.id, ruleId)
    if row["status"] == kept.VERIFIED:
        ctx.unrecorded = True
        return rule(row)
    why = await why_not_here(ctx, row["domain"])
    if why:
        raise errors.RULE_VERIFICATION_FAILED(why)
    changed = await kept.verify(ctx.db, row, ctx.now)
    let_in(ctx, row["domain"])
    return rule(changed)


@service.delete(
    _ONE, scope="rules.write", sdk="deleteRule", callers=SERVER, event="rules.[ruleId].delete",
    audit="rules.delete rule/{request.ruleId}",
)  # fmt: skip
async def delete(ctx: Ctx, ruleId: Uid) -> None:
    """Delete a rule. Its domain leads nowhere from then on."""
    row = await kept.find(ctx.db, ctx.project.id, ruleId)
    await kept.delete(ctx.db, row)
    ctx.event_payload = rule(row)


async def why_not_here(ctx: Ctx, domain: str) -> str:
    """Why a domain cannot be used yet; empty where it can, as those can that the server itself has given out."""
    return "" if domains.is_given_out(domain, ctx.settings) else await domains.why_not_here(domain, ctx.settings)


def let_in(ctx: Ctx, domain: str) -> None:
    """Let this process know of a domain by the time that the client has its answer; others hear of it."""
    ctx.after_commit = partial(_forget, ctx, domain)


async def _forget(ctx: Ctx, domain: str) -> None:
    ctx.app.hosts.forget(domain)

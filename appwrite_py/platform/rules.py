"""Rules: which domain leads where, to the API, to a function, or elsewhere.

A rule that leads to a function goes with the function, and follows its active deployment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy import ColumnElement, FromClause, and_, case, func, null, select

from appwrite_py import errors
from appwrite_py.compute.tables import functions
from appwrite_py.data.pg import Record, Source, Work
from appwrite_py.kit import ids
from appwrite_py.platform.tables import rules

API, DEPLOYMENT, REDIRECT = "api", "deployment", "redirect"
VERIFIED, UNVERIFIED = "verified", "unverified"
FUNCTION = "function"
CHANNEL = "appwrite_py_rules"
"""Where all processes are told of domains that lead somewhere from now on, with the domain."""
QUERYABLE = {
    "domain": "domain", "type": "type", "trigger": "trigger", "deploymentResourceType": "resource_type",
    "deploymentId": "deployment_id", "deploymentResourceId": "function_id", "deploymentVcsProviderBranch": "branch",
}  # fmt: skip
"""What lists of rules can be filtered and ordered by."""

_SHOWN = "r.*, coalesce(f.deployment_id, '') AS deployment_id"
_JOINED = "LEFT JOIN functions f ON r.type = 'deployment' AND f.project_id = r.project_id AND f.id = r.function_id"
_FIND = f"SELECT {_SHOWN} FROM rules r {_JOINED} WHERE r.project_id = $1 AND r.id = $2"
_TAKEN = "SELECT true FROM rules WHERE domain = $1"
_CREATE = f"""
WITH r AS (
  INSERT INTO rules (project_id, id, domain, type, redirect_url, redirect_status, function_id, branch, status, logs,
    created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) RETURNING *)
SELECT {_SHOWN} FROM r {_JOINED}"""
_VERIFY = f"""
WITH r AS (
  UPDATE rules SET status = 'verified', logs = '', updated_at = $3 WHERE project_id = $1 AND id = $2 RETURNING *)
SELECT {_SHOWN} FROM r {_JOINED}"""
_DELETE = "DELETE FROM rules WHERE project_id = $1 AND id = $2 RETURNING 1"
_NOTIFY = "SELECT pg_notify($1, $2)"
# find_rule: where a domain leads now, with the version of the project that says so
_ACTIVE = """
SELECT r.*, p.version AS project_version FROM rules r JOIN projects p ON p.id = r.project_id
WHERE r.domain = $1 AND r.status = 'verified'"""


class Draft(NamedTuple):
    """What a rule is made of."""

    domain: str
    type: str
    function_id: str | None = None
    branch: str = ""
    redirect_url: str = ""
    redirect_status: int = 301


async def create(work: Work, project_id: str, draft: Draft, logs: str, now: datetime) -> Record:
    """Let a domain lead somewhere, as soon as it is verified; it is, where nothing in the `logs` says why not.

    Raises RULE_ALREADY_EXISTS, RULE_RESOURCE_NOT_FOUND.
    """
    status = UNVERIFIED if logs else VERIFIED
    try:
        rows = await work.write(
            _CREATE, project_id, ids.unique(), draft.domain, draft.type, draft.redirect_url, draft.redirect_status,
            draft.function_id, draft.branch, status, logs, now,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as cause:
        raise errors.RULE_ALREADY_EXISTS from cause
    except asyncpg.ForeignKeyViolationError as cause:
        raise errors.RULE_RESOURCE_NOT_FOUND from cause
    if status == VERIFIED:
        await work.write(_NOTIFY, CHANNEL, draft.domain)
    return rows[0]


async def find(source: Source, project_id: str, rule_id: str) -> Record:
    """A rule of a project. Raises RULE_NOT_FOUND."""
    return _one(await source.fetch(_FIND, project_id, rule_id))


async def verify(work: Work, row: Record, now: datetime) -> Record:
    """Note that a rule's domain leads here. Raises RULE_NOT_FOUND."""
    changed = _one(await work.write(_VERIFY, row["project_id"], row["id"], now))
    await work.write(_NOTIFY, CHANNEL, row["domain"])
    return changed


async def delete(work: Work, row: Record) -> None:
    """Let a domain lead nowhere. Processes look at the rule with each visit, so they need not be told."""
    _one(await work.write(_DELETE, row["project_id"], row["id"]))


async def active(source: Source, domain: str) -> Record | None:
    """The rule that a domain follows now, with `project_version`."""
    rows = await source.fetch(_ACTIVE, domain)
    return rows[0] if rows else None


async def is_taken(source: Source, domain: str) -> bool:
    """Whether some project has this domain."""
    return bool(await source.fetch(_TAKEN, domain))


def listed(project_id: str) -> tuple[FromClause, ColumnElement[bool]]:
    """What `data/listing.find` lists the rules of a project by."""
    own = and_(
        rules.c.type == DEPLOYMENT,
        functions.c.project_id == rules.c.project_id,
        functions.c.id == rules.c.function_id,
    )
    kind = case((rules.c.function_id.is_not(None), FUNCTION), else_=null()).label("resource_type")
    deployment: Any = func.coalesce(functions.c.deployment_id, "").label("deployment_id")
    shown = select(rules, kind, deployment).select_from(rules.outerjoin(functions, own)).subquery("rules")
    return shown, shown.c.project_id == project_id


def _one(rows: Sequence[Record]) -> Record:
    if not rows:
        raise errors.RULE_NOT_FOUND
    return rows[0]

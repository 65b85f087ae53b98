"""The audit log of something, as whichever service it belongs to shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from appwrite_py import errors
from appwrite_py.data.pg import Record
from appwrite_py.data.query import DEFAULT_LIMIT, QueryError, read
from appwrite_py.events import audits
from appwrite_py.http.context import Ctx
from appwrite_py.http.models import Moment, TypedDict
from appwrite_py.identity import actors
from appwrite_py.identity.actors import Actor
from appwrite_py.kit import agents, clock
from appwrite_py.kit.clock import iso
from appwrite_py.kit.geo import country_name, country_of

Log = TypedDict(
    "Log",
    {
        "event": str,
        "userId": str,
        "userEmail": str,
        "userName": str,
        "mode": str,
        "userType": str,
        "ip": str,
        "time": Moment,
        "osCode": str,
        "osName": str,
        "osVersion": str,
        "clientType": str,
        "clientCode": str,
        "clientName": str,
        "clientVersion": str,
        "clientEngine": str,
        "clientEngineVersion": str,
        "deviceName": str,
        "deviceBrand": str,
        "deviceModel": str,
        "countryCode": str,
        "countryName": str,
    },
)

LogList = TypedDict("LogList", {"total": int, "logs": list[Log]})


async def list_logs(ctx: Ctx, resources: Sequence[str], queries: Sequence[str], *, owner: str = "") -> LogList:
    """What was done to something, newest first. Queries: limit and offset. Raises GENERAL_ARGUMENT_INVALID.

    resources: the names under which the contract's audit labels are about it. owner: a user who is not to be told who
    the others are, that is servers, admins and other users; for all who may see these, it is empty.
    """
    try:
        plan = read(queries, ("page",))
    except QueryError as cause:
        raise errors.GENERAL_ARGUMENT_INVALID(f"Invalid `queries` param: {cause}") from cause
    limit = DEFAULT_LIMIT if plan.limit is None else plan.limit
    # An id may have belonged to another project, which was deleted; and old rows lie there for a day more
    kept_since = clock.now() - timedelta(seconds=ctx.settings.event_retention_seconds)
    since = max(ctx.project.row["created_at"], kept_since)
    rows, total = await audits.find(ctx.db, ctx.project.id, resources, since, limit, plan.offset or 0)
    known = await actors.load(ctx.db, ctx.project.id, ((row["actor_type"], row["actor_id"]) for row in rows))
    devices = {agent: await agents.describe(agent) for agent in {"", *(row["user_agent"] for row in rows)}}
    logs = []
    for row in rows:
        actor = known[row["actor_type"], row["actor_id"]]
        if owner and actor.type != "guest" and (actor.type, actor.user_id) != ("user", owner):
            logs.append(_show(row, Actor(actor.type), "", devices[""], ctx.language))
        else:
            logs.append(_show(row, actor, row["ip"], devices[row["user_agent"]], ctx.language))
    return {"total": total, "logs": logs}


def _show(row: Record, actor: Actor, ip: str, device: dict[str, str], language: str) -> Log:
    country = country_of(ip)
    made: dict[str, Any] = {
        "event": row["audit"],
        "userId": actor.user_id,
        "userEmail": actor.email,
        "userName": actor.name,
        "mode": "admin" if actor.type == "admin" else "default",
        "userType": actor.type,
        "ip": ip,
        "time": iso(row["created_at"]),
        **device,
        "countryCode": country,
        "countryName": country_name(country, language),
    }
    return cast(Log, made)

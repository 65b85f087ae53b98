"""Teams: creating, finding, renaming and deleting them, and their preferences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from appwrite_py import errors
from appwrite_py.data import listing
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.models import Prefs
from appwrite_py.http.params import CustomId, LooseFlag, Queries, Search, Text128, Uid
from appwrite_py.http.people import show_team
from appwrite_py.http.registry import Service
from appwrite_py.identity import memberships
from appwrite_py.identity import teams as kept
from appwrite_py.services.teams import access, organizations
from appwrite_py.services.teams.models import Team, TeamList

teams = Service("teams", "/v1/teams")
Roles = Annotated[Sequence[str], rules.ListOf(rules.Key(), 100)]
NewPrefs = Annotated[Prefs, rules.Assoc(65535)]


@teams.get("", scope="teams.read", sdk="list")
async def list_(ctx: Ctx, queries: Queries = (), search: Search = "", total: LooseFlag = True) -> TeamList:
    """List teams: users get those they belong to, servers all of the project."""
    table, where = kept.listed(ctx.project.id, access.visible(ctx))
    attributes = {"name": "name", "total": "total"}
    rows, count = await listing.find(ctx.db, table, where, queries, attributes, search=search, total=total)
    return {"total": count, "teams": [show_team(row) for row in rows]}


@teams.post(
    "", scope="teams.write", sdk="create", status=201, event="teams.[teamId].create",
    audit="team.create team/{response.$id}",
)  # fmt: skip
async def create(ctx: Ctx, teamId: CustomId, name: Text128, roles: Roles = ("owner",)) -> Team:
    """Create a team. The user who creates it becomes its owner; a team that a server creates has no members yet."""
    user = access.member(ctx)
    if user is None and ctx.project.is_console:  # nobody could ever manage that organization
        raise errors.USER_UNAUTHORIZED
    team_id = ctx.new_id(teamId)
    await kept.create(ctx.db, ctx.project.id, team_id, name)
    if user is not None:
        held = list(dict.fromkeys((*roles, memberships.OWNER)))
        await memberships.join(ctx.db, ctx.project.id, team_id, user.id, held, ctx.now)
    return show_team(await kept.get(ctx.db, ctx.project.id, team_id))


@teams.get("/:teamId", scope="teams.read", sdk="get")
async def get(ctx: Ctx, teamId: Uid) -> Team:
    """Get a team."""
    access.check_visible(ctx, teamId)
    return show_team(await kept.get(ctx.db, ctx.project.id, teamId))


@teams.put(
    "/:teamId", scope="teams.write", sdk="updateName", event="teams.[teamId].update",
    audit="team.update team/{response.$id}",
)  # fmt: skip
async def update_name(ctx: Ctx, teamId: Uid, name: Text128) -> Team:
    """Change the name of a team. Only owners can."""
    access.check_manager(ctx, teamId)
    return show_team(await kept.rename(ctx.db, ctx.project.id, teamId, name))


@teams.delete(
    "/:teamId", scope="teams.write", sdk="delete", event="teams.[teamId].delete",
    audit="team.delete team/{request.teamId}",
)  # fmt: skip
async def delete(ctx: Ctx, teamId: Uid) -> None:
    """Delete a team with all its memberships, an organization also with its projects. Only owners can."""
    access.check_manager(ctx, teamId)
    ctx.event_payload = show_team(await kept.get(ctx.db, ctx.project.id, teamId))
    if ctx.project.is_console:
        await organizations.close(ctx, teamId)
    await kept.delete(ctx.db, ctx.project.id, teamId)


@teams.get("/:teamId/prefs", scope="teams.read", sdk="getPrefs", callers=("admin", "session", "jwt"))
async def get_prefs(ctx: Ctx, teamId: Uid) -> Prefs:
    """Get the preferences that the members of a team share."""
    access.check_visible(ctx, teamId)
    found: Prefs = (await kept.get(ctx.db, ctx.project.id, teamId))["prefs"]
    return found


@teams.put(
    "/:teamId/prefs", scope="teams.write", sdk="updatePrefs", callers=("admin", "session", "jwt"),
    event="teams.[teamId].update.prefs", audit="team.update team/{request.teamId}",
)  # fmt: skip
async def update_prefs(ctx: Ctx, teamId: Uid, prefs: NewPrefs) -> Prefs:
    """Replace the preferences that the members of a team share. Only owners can."""
    access.check_manager(ctx, teamId)
    ctx.event_params = {"teamId": teamId}
    return await kept.set_prefs(ctx.db, ctx.project.id, teamId, prefs)

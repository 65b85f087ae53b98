"""Members of teams: who belongs to one, with which roles."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.data import listing
from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries, Search, Text128, Uid
from appwrite_py.http.people import show_membership
from appwrite_py.http.registry import Service
from appwrite_py.identity import memberships as kept
from appwrite_py.identity import teams, users
from appwrite_py.kit import ids
from appwrite_py.platform import policies
from appwrite_py.services.teams import access
from appwrite_py.services.teams.models import Membership, MembershipList

members = Service("teams", "/v1/teams/:teamId/memberships")
Roles = Annotated[list[str], rules.ListOf(rules.Key(81), 100)]
AnyEmail = Annotated[str, rules.Email(allow_empty=True)]
AnyPhone = Annotated[str, rules.Phone(allow_empty=True)]
AnyUid = Annotated[str, rules.Uid()]
Redirect = Annotated[str, rules.RedirectUrl()]
_ATTRIBUTES = {
    "userId": "user_id", "teamId": "team_id", "roles": "roles", "invited": "invited_at", "joined": "joined_at",
    "confirm": "confirmed",
}  # fmt: skip


@members.get("", scope="teams.read", sdk="listMemberships")
async def list_(
    ctx: Ctx, teamId: Uid, queries: Queries = (), search: Search = "", total: LooseFlag = True
) -> MembershipList:  # fmt: skip
    """List the members of a team. What is shown of them is up to the project's privacy policy."""
    access.check_visible(ctx, teamId)
    await teams.get(ctx.db, ctx.project.id, teamId)
    table, where = kept.listed(ctx.project.id, teamId)
    rows, count = await listing.find(
        ctx.db, table, where, queries, _ATTRIBUTES, search=search, search_columns=("id", "user_id"), total=total
    )
    return {"total": count, "memberships": [_show(ctx, row) for row in rows]}


@members.post(
    "", scope="teams.write", sdk="createMembership", status=201, abuse=Limit(10), auth_method="invites",
    event="teams.[teamId].memberships.[membershipId].create", audit="membership.create team/{request.teamId}",
)  # fmt: skip
async def create(
    ctx: Ctx, teamId: Uid, roles: Roles, email: AnyEmail = "", userId: AnyUid = "", phone: AnyPhone = "",
    url: Redirect = "", name: Text128 = "",
) -> Membership:  # fmt: skip
    """Add a member, who is named by user ID, e-mail or phone; a user who does not exist yet is created.

    What servers and admins add is a member at once. Others invite by e-mail, which needs a mail server.
    """
    if not (userId or email or phone):
        raise errors.GENERAL_ARGUMENT_INVALID("One of `userId`, `email` and `phone` is required.")
    if not ctx.caller.trusted or access.member(ctx) is not None:
        _refuse_invitation(ctx, teamId, url)
    access.check_visible(ctx, teamId)
    await teams.get(ctx.db, ctx.project.id, teamId)
    user_id = await _invitee(ctx, userId, email.lower(), phone, name)
    row = await kept.join(ctx.db, ctx.project.id, teamId, user_id, roles, ctx.now)
    return _show(ctx, row)


@members.get("/:membershipId", scope="teams.read", sdk="getMembership")
async def get(ctx: Ctx, teamId: Uid, membershipId: Uid) -> Membership:
    """Get one member of a team."""
    access.check_visible(ctx, teamId)
    await teams.get(ctx.db, ctx.project.id, teamId)
    return _show(ctx, await _find(ctx, teamId, membershipId))


@members.patch(
    "/:membershipId", scope="teams.write", sdk="updateMembership",
    event="teams.[teamId].memberships.[membershipId].update", audit="membership.update team/{request.teamId}",
)  # fmt: skip
async def update(ctx: Ctx, teamId: Uid, membershipId: Uid, roles: Roles) -> Membership:
    """Change the roles of a member. Only owners can."""
    access.check_visible(ctx, teamId)
    await teams.get(ctx.db, ctx.project.id, teamId)
    before = await _find(ctx, teamId, membershipId)
    access.check_manager(ctx, teamId)
    if kept.OWNER not in roles and await _is_only_owner(ctx, before):
        raise errors.MEMBERSHIP_DOWNGRADE_PROHIBITED
    row = await kept.set_roles(ctx.db, ctx.project.id, membershipId, roles)
    if row is None:
        raise errors.MEMBERSHIP_NOT_FOUND
    return _show(ctx, row)


@members.delete(
    "/:membershipId", scope="teams.write", sdk="deleteMembership",
    event="teams.[teamId].memberships.[membershipId].delete", audit="membership.delete team/{request.teamId}",
)  # fmt: skip
async def delete(ctx: Ctx, teamId: Uid, membershipId: Uid) -> None:
    """Remove a member. Owners can remove anyone, everybody can leave."""
    row = await kept.get(ctx.db, ctx.project.id, membershipId)
    if row is None:
        raise errors.TEAM_INVITE_NOT_FOUND
    user = access.member(ctx)
    leaves = user is not None and user.id == row["user_id"]
    if not leaves:
        access.check_visible(ctx, teamId)
    if row["team_id"] != teamId:
        raise errors.TEAM_MEMBERSHIP_MISMATCH
    if not leaves and not access.is_manager(ctx, teamId):
        raise errors.USER_UNAUTHORIZED
    if await _is_only_owner(ctx, row):
        raise errors.MEMBERSHIP_DELETION_PROHIBITED
    ctx.event_params, ctx.event_payload = {"teamId": teamId, "membershipId": membershipId}, _show(ctx, row)
    await kept.delete(ctx.db, ctx.project.id, membershipId)


def _refuse_invitation(ctx: Ctx, team_id: str, url: str) -> None:
    """Why a user's invitation cannot be sent: the last reason is that there is no mail server to send it with."""
    if not url:
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `url` param: it is required for invitations.")
    access.check_manager(ctx, team_id)
    raise errors.GENERAL_SMTP_DISABLED


async def _invitee(ctx: Ctx, user_id: str, email: str, phone: str, name: str) -> str:
    """The id of the user who is named, or of a new one with this e-mail and phone and without a password."""
    found = await users.find(ctx.db, ctx.project.id, user_id=user_id, email=email, phone=phone)
    if found is not None:
        if (email and found["email"] != email) or (phone and found["phone"] != phone):
            raise errors.USER_ALREADY_EXISTS("The user has another e-mail address or phone number.")
        return str(found["id"])
    if user_id:
        raise errors.USER_NOT_FOUND
    new = users.NewUser(ids.unique(), name or email, email, phone)
    row = await users.create(ctx.db, ctx.project.id, new, ctx.now)
    return str(row["id"])


async def _find(ctx: Ctx, team_id: str, membership_id: str) -> Record:
    row = await kept.get(ctx.db, ctx.project.id, membership_id)
    if row is None:
        raise errors.MEMBERSHIP_NOT_FOUND
    if row["team_id"] != team_id:
        raise errors.TEAM_MEMBERSHIP_MISMATCH
    return row


async def _is_only_owner(ctx: Ctx, row: Record) -> bool:
    """Whether this is the only owner of an organization; teams of apps may be without one."""
    if not ctx.project.is_console or kept.OWNER not in row["roles"] or not row["confirmed"]:
        return False
    return await kept.is_last_owner(ctx.db, ctx.project.id, row["team_id"], row["id"])


def _show(ctx: Ctx, row: Record) -> Membership:
    """What the viewer may see: servers and admins everything, users what the policy says, and who they are."""
    shown = frozenset(policies.MEMBERSHIP_FIELDS)
    user = access.member(ctx)
    if user is not None:
        shown = policies.shown_of_members(ctx.project) | ({"userId"} if user.id == row["user_id"] else frozenset())
    return show_membership(row, shown)

"""How users come into teams: servers add them, owners invite them, and a link makes members of those who were invited.

An invitation's secret is bound to the address that it was sent to. When the user has another one by now, whoever still
reads the old mailbox can do nothing with it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, NamedTuple

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.data.pg import Record
from appwrite_py.http import claims, letters, phones, rules, signin
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import Text128, Uid
from appwrite_py.http.people import show_membership, show_user
from appwrite_py.http.registry import CLIENTS, Service
from appwrite_py.identity import identities, teams, users
from appwrite_py.identity import memberships as kept
from appwrite_py.kit import ids
from appwrite_py.kit.crypto import same
from appwrite_py.kit.urls import with_query
from appwrite_py.platform import policies
from appwrite_py.services.teams import access, lookup
from appwrite_py.services.teams.models import Membership

invitations = Service("teams", "/v1/teams/:teamId/memberships")
Roles = Annotated[list[str], rules.ListOf(rules.Key(81), 100)]
AnyEmail = Annotated[str, rules.Email(allow_empty=True)]
AnyPhone = Annotated[str, rules.Phone(allow_empty=True)]
AnyUid = Annotated[str, rules.Uid()]
Redirect = Annotated[str, rules.RedirectUrl()]
Secret = Annotated[str, rules.Text(256)]

LIFE = timedelta(days=30)
_SECRET_CHARACTERS = {"email": 256, "phone": 64}  # a text message is paid for by its length


class _Address(NamedTuple):
    """Where an invitation goes, and whom reading it there proves the user to be."""

    kind: Literal["email", "phone"]
    value: str


class _Named(NamedTuple):
    """Whom the caller wants in the team; any of these may be empty, but not all."""

    user_id: str
    email: str
    phone: str
    name: str


@invitations.post(
    "", scope="teams.write", sdk="createMembership", status=201, abuse=Limit(10), auth_method="invites",
    event="teams.[teamId].memberships.[membershipId].create", audit="membership.create team/{request.teamId}",
)  # fmt: skip
async def create(
    ctx: Ctx, teamId: Uid, roles: Roles, email: AnyEmail = "", userId: AnyUid = "", phone: AnyPhone = "",
    url: Redirect = "", name: Text128 = "",
) -> Membership:  # fmt: skip
    """Add a member, who is named by user ID, e-mail or phone; a user who does not exist yet is created.

    Whom servers and admins add is a member at once. Owners of the team invite: a mail, or a text message to users
    without an e-mail address, links to your page at `url`, which sends back what the link holds. Inviting somebody
    again replaces an invitation that is open. It can be accepted for 30 days.
    """
    invites = access.member(ctx) is not None
    if invites and not url:
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `url` param: it is required for invitations.")
    if not (userId or email or phone):
        raise errors.GENERAL_ARGUMENT_INVALID("One of `userId`, `email` and `phone` is required.")
    access.check_visible(ctx, teamId)
    team = await teams.get(ctx.db, ctx.project.id, teamId)
    access.check_manager(ctx, teamId)
    named = _Named(userId, email.lower(), phone, name)
    if invites:
        return await _invite(ctx, team, named, roles, url)
    user = await _find(ctx, named) or await _create(ctx, named)
    return lookup.show(ctx, await kept.join(ctx.db, ctx.project.id, teamId, user["id"], roles, ctx.now))


@invitations.patch(
    "/:membershipId/status", scope="public", sdk="updateMembershipStatus", callers=CLIENTS,
    event="teams.[teamId].memberships.[membershipId].update.status", audit="membership.update team/{request.teamId}",
)  # fmt: skip
async def accept(ctx: Ctx, teamId: Uid, membershipId: Uid, userId: Uid, secret: Secret) -> Membership:
    """Accept an invitation with what its link holds. It works once, and verifies the address that it was sent to.

    Who is not signed in yet is signed in by it.
    """
    row = await _invitation(ctx, teamId, membershipId)
    address = _address_of(ctx, row, secret)
    _check_invitee(ctx, row, userId)
    user = await users.lock(ctx.db, ctx.project.id, userId)
    if user is None or user[address.kind] != address.value:  # deleted or changed while we were looking
        raise errors.TEAM_INVALID_SECRET
    proof = _proof(ctx, address, secret)
    row = await kept.accept(ctx.db, ctx.project.id, membershipId, proof, ctx.now)
    if ctx.caller.user is None:
        await _sign_in(ctx, user, address)
    elif not user[f"{address.kind}_verification"]:
        await users.update(ctx.db, ctx.project.id, userId, **{f"{address.kind}_verification": True})
    ctx.event_params, ctx.event_payload = {"teamId": teamId, "membershipId": membershipId}, None
    return show_membership(row, frozenset(policies.MEMBERSHIP_FIELDS))


# --- inviting ---------------------------------------------------------------------------------------------
async def _invite(ctx: Ctx, team: Record, named: _Named, roles: list[str], url: str) -> Membership:
    if named.email:
        letters.check_can_send(ctx)
    user = await _find(ctx, named) or await _sign_up(ctx, named)
    address = _address_for(user, named)
    secret = ids.secret(_SECRET_CHARACTERS[address.kind])
    proof = _proof(ctx, address, secret)
    row = await kept.invite(ctx.db, ctx.project.id, team["id"], user["id"], roles, ctx.now, proof)
    link = with_query(
        url,
        {"membershipId": row["id"], "userId": user["id"], "secret": secret, "teamId": team["id"],
         "teamName": team["name"]},
    )  # fmt: skip
    if address.kind == "email":
        owner = ctx.user.name or ctx.user.email or letters.project_name(ctx)
        values = {"owner": owner, "team": team["name"], "redirect": link}
        await letters.send(ctx, "invitation", address.value, user["name"], values)
    else:
        await phones.send_link(ctx, address.value, link)
    known = [field for field, value in (("userEmail", named.email), ("userPhone", named.phone)) if value]
    return lookup.show(ctx, row, "userId", "userName", *known)


async def _find(ctx: Ctx, named: _Named) -> Record | None:
    """The user who is named; None for an address that nobody has. Raises USER_NOT_FOUND, USER_ALREADY_EXISTS."""
    found = await users.find(
        ctx.db, ctx.project.id, user_id=named.user_id, email=named.email, phone=named.phone
    )  # fmt: skip
    if found is None and named.user_id:
        raise errors.USER_NOT_FOUND
    if found is not None:
        for kind, value in (("email", named.email), ("phone", named.phone)):
            if value and found[kind] != value:
                raise errors.USER_ALREADY_EXISTS("The user has another e-mail address or phone number.")
    return found


async def _sign_up(ctx: Ctx, named: _Named) -> Record:
    """A new user as if by sign-up; in the console the number of users is no limit to invitations."""
    if ctx.project.is_console:
        signin.check_console_email(ctx, named.email)
    else:
        await signin.check_room(ctx)
    return await _create(ctx, named)


async def _create(ctx: Ctx, named: _Named) -> Record:
    """A new user without a password. Raises USER_EMAIL_ALREADY_EXISTS, USER_ALREADY_EXISTS."""
    if named.email and await identities.find_by_email(ctx.db, ctx.project.id, named.email) is not None:
        raise errors.USER_EMAIL_ALREADY_EXISTS
    new = users.NewUser(ids.unique(), named.name or named.email, named.email, named.phone)
    user = await users.create(ctx.db, ctx.project.id, new, ctx.now)
    ctx.emit(f"users.{new.id}.create", show_user(user))
    return user


def _address_for(user: Record, named: _Named) -> _Address:
    """Where to send an invitation: by mail, unless the phone is all that was named or that there is."""
    if user["email"] and (named.email or named.user_id):
        return _Address("email", user["email"])
    if user["phone"]:
        return _Address("phone", user["phone"])
    raise errors.GENERAL_BAD_REQUEST("The user has neither an e-mail address nor a phone number to be invited at.")


# --- accepting --------------------------------------------------------------------------------------------
async def _invitation(ctx: Ctx, team_id: str, membership_id: str) -> Record:
    try:
        return await lookup.find(ctx, team_id, membership_id)
    except errors.TEAM_MEMBERSHIP_MISMATCH:
        await teams.get(ctx.db, ctx.project.id, team_id)
        raise


def _address_of(ctx: Ctx, row: Record, secret: str) -> _Address:
    """The address of the user that this secret was sent to. Raises TEAM_INVALID_SECRET."""
    kept_hash = row["secret_hash"] or b""
    own = (_Address("email", row["user_email"] or ""), _Address("phone", row["user_phone"] or ""))
    matches = [address for address in own if same(_proof(ctx, address, secret), kept_hash) and address.value]
    if not matches or row["invited_at"] is None or row["invited_at"] + LIFE <= ctx.now:
        raise errors.TEAM_INVALID_SECRET
    return matches[0]


async def _sign_in(ctx: Ctx, user: Record, address: _Address) -> None:
    user = await claims.prove(ctx, user, address.kind)
    uid = address.value if address.kind == "email" else ""
    await signin.open_session(ctx, user, provider=address.kind, provider_uid=uid, factors=[address.kind])


def _proof(ctx: Ctx, address: _Address, secret: str) -> bytes:
    return ctx.app.vault.fingerprint(f"invitation\n{address.kind}\n{address.value}\n{secret}")


def _check_invitee(ctx: Ctx, row: Record, user_id: str) -> None:
    """Raises TEAM_INVITE_MISMATCH when the invitation is not this user's, or somebody else is signed in."""
    caller = ctx.caller.user
    if user_id != row["user_id"]:
        raise errors.TEAM_INVITE_MISMATCH
    if caller is not None and (caller.project_id, caller.id) != (ctx.project.id, user_id):
        raise errors.TEAM_INVITE_MISMATCH

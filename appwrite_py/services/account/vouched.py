"""Whose account it is that an OAuth2 provider vouches for: an identity's, the one of who is signed in, or a new one.

An e-mail address leads to an account only if the provider has verified it. If the account has not, whoever has made it
keeps no way in: otherwise those who register somebody else's address first would share the account with them.
"""

from __future__ import annotations

from typing import Any

import asyncpg

from appwrite_py import errors
from appwrite_py.auth.oauth.base import Profile, Tokens
from appwrite_py.data.pg import Record
from appwrite_py.http import claims, oauth, signin
from appwrite_py.http.context import Ctx
from appwrite_py.identity import identities, sessions, users
from appwrite_py.kit import ids
from appwrite_py.kit.text import is_email

_NAME_LENGTH = 128
_UID_LENGTH = 512
_UNVERIFIED = "The provider has not verified the e-mail address, which belongs to an account already."
_GUARDED = (
    "An account with this e-mail address exists, whose address has not been verified, and which asks for a second "
    "factor. Sign in to it the way it was made, and link the provider from there."
)


async def user_for(ctx: Ctx, provider: str, profile: Profile, given: Tokens, linked: str) -> Record:
    """The user, with an identity of this provider. `linked`: who is signed in and wants it; empty for nobody.

    Raises USER_MISSING_ID, USER_UNAUTHORIZED without an address, GENERAL_INVALID_EMAIL, GENERAL_BAD_REQUEST for an
    unverified one that is taken, USER_ALREADY_EXISTS for an account or identity of somebody else,
    USER_EMAIL_NOT_VERIFIED, USER_BLOCKED, and what sign-ups are refused with.
    """
    if not 0 < len(profile.uid) <= _UID_LENGTH or "\x00" in profile.uid:
        raise errors.USER_MISSING_ID
    if profile.email and not is_email(profile.email):
        raise errors.GENERAL_INVALID_EMAIL
    profile = profile._replace(email=profile.email.lower(), name=profile.name.replace("\x00", "")[:_NAME_LENGTH])
    known = await identities.find_by_provider(ctx.db, ctx.project.id, provider, profile.uid)
    if linked:
        user = await _link(ctx, linked, known, profile)
    elif known is not None:
        user = await _locked(ctx, known["user_id"])
    else:
        user = await _by_email(ctx, profile) or await _new(ctx, profile)
    if not user["status"]:
        raise errors.USER_BLOCKED
    kept = oauth.as_kept(ctx, given)
    await identities.upsert(
        ctx.db, ctx.app.vault, ctx.project.id, user["id"], provider, profile.uid, profile.email, kept
    )
    return await _complete(ctx, user, profile)


async def _link(ctx: Ctx, user_id: str, known: Record | None, profile: Profile) -> Record:
    """Add the provider's account to the one that is signed in, whose session the new one replaces."""
    user = await _locked(ctx, user_id)
    if known is not None and known["user_id"] != user_id:
        raise errors.USER_ALREADY_EXISTS("This account of the provider belongs to another user already.")
    other = await users.find(ctx.db, ctx.project.id, email=profile.email) if profile.email else None
    if other is not None and other["id"] != user_id:
        raise errors.USER_ALREADY_EXISTS
    if ctx.caller.session is not None and ctx.caller.id == user_id:
        await sessions.delete(ctx.db, ctx.project.id, user_id, ctx.caller.session.id)
    return user


async def _by_email(ctx: Ctx, profile: Profile) -> Record | None:
    """The account with the address that the provider vouches for; None if nobody has it."""
    if not profile.email:
        raise errors.USER_UNAUTHORIZED("The provider has told no e-mail address.")
    found = await users.find(ctx.db, ctx.project.id, email=profile.email)
    if found is None:
        return None
    if not profile.email_verified:
        raise errors.GENERAL_BAD_REQUEST(_UNVERIFIED)
    user = await claims.prove(ctx, await _locked(ctx, found["id"]), "email")
    if not user["email_verification"]:  # a sign-in at a provider stands for two factors
        raise errors.USER_ALREADY_EXISTS(_GUARDED)
    return user


async def _new(ctx: Ctx, profile: Profile) -> Record:
    signin.check_console(ctx, profile.email)
    return await signin.sign_up(ctx, users.NewUser(ids.unique(), profile.name, profile.email))


async def _complete(ctx: Ctx, user: Record, profile: Profile) -> Record:
    """Fill in what the account lacks and the provider knows. An address that is verified stays so."""
    changes: dict[str, Any] = {}
    if profile.name and not user["name"]:
        changes["name"] = profile.name
    if profile.email and not user["email"]:
        changes["email"] = profile.email
    is_own = profile.email == (user["email"] or profile.email)
    if profile.email_verified and is_own and not user["email_verification"]:
        changes["email_verification"] = True
    if not changes:
        return user
    try:
        changed = await users.update(ctx.db, ctx.project.id, user["id"], **changes)
    except asyncpg.UniqueViolationError as cause:
        raise errors.USER_ALREADY_EXISTS from cause
    if "email" in changes:
        await users.move_target(ctx.db, ctx.project.id, user["id"], "email", None, profile.email)
    return changed


async def _locked(ctx: Ctx, user_id: str) -> Record:
    user = await users.lock(ctx.db, ctx.project.id, user_id)
    if user is None:
        raise errors.USER_NOT_FOUND
    return user

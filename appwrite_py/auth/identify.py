"""From what a request presents to its project and its caller, in one round trip that concurrent requests share.

Nothing of a caller is kept in memory: sessions, keys, users and memberships are read with each request, so a deleted
session or a blocked user is out at once. The project's version is read along with them (see `platform/projects.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from appwrite_py import errors
from appwrite_py.auth.caller import (
    GUEST,
    Caller,
    CallingKey,
    CallingSession,
    CallingUser,
    Membership,
    roles_of,
)
from appwrite_py.auth.scopes import KEY_SCOPES, MEMBER_SCOPES, PROJECT_ALONE, ROLE_SCOPES, USER_SCOPES
from appwrite_py.auth.secrets import EPHEMERAL, SessionToken, Tokens
from appwrite_py.data.batch import Batch
from appwrite_py.data.pg import Pool, Record
from appwrite_py.kit import clock
from appwrite_py.kit.crypto import digest
from appwrite_py.platform.projects import CONSOLE, Project, Projects

_ACCESS_NOTED_EVERY = timedelta(days=1)

_USER_COLUMNS = """p.version, u.project_id, u.id AS user_id, u.name, u.email, u.status, u.reset, u.mfa,
  u.email_verification, u.phone_verification, u.labels, u.accessed_at, u.impersonator,
  s.id AS session_id, s.expire, s.factors, s.mfa_updated_at, m.memberships,
  CASE WHEN u.mfa THEN EXISTS (SELECT 1 FROM authenticators a
    WHERE a.project_id = u.project_id AND a.user_id = u.id AND a.verified) ELSE false END AS authenticator"""

_MEMBERSHIPS = """LEFT JOIN LATERAL (
    SELECT array_agg(ARRAY[m.id, m.team_id, array_to_string(m.roles, ',')]) AS memberships
    FROM memberships m WHERE m.project_id = u.project_id AND m.user_id = u.id AND m.confirmed) m ON true"""

# find_sessions: users by the secret of their session; rows come in the order of the request
_BY_SESSION = f"""
SELECT {_USER_COLUMNS}
FROM unnest($1::text[], $2::text[], $3::bytea[]) WITH ORDINALITY AS q(project, holder, secret, n)
LEFT JOIN projects p ON p.id = q.project
LEFT JOIN sessions s ON s.secret_hash = q.secret AND s.project_id = q.holder AND s.expire > now()
LEFT JOIN users u ON u.project_id = s.project_id AND u.id = s.user_id
{_MEMBERSHIPS} ORDER BY q.n"""

# find_users: users by the claims of their JWT
_BY_JWT = f"""
SELECT {_USER_COLUMNS}
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
  WITH ORDINALITY AS q(project, holder, user_id, session_id, n)
LEFT JOIN projects p ON p.id = q.project
LEFT JOIN users u ON u.project_id = q.holder AND u.id = q.user_id
LEFT JOIN sessions s ON s.project_id = u.project_id AND s.id = q.session_id AND s.user_id = u.id AND s.expire > now()
{_MEMBERSHIPS} ORDER BY q.n"""

# find_wanted: the user whom an impersonator names, by one of these columns
_BY_NAME = {
    column: f"""
SELECT {_USER_COLUMNS}
FROM users u JOIN projects p ON p.id = u.project_id LEFT JOIN sessions s ON false
{_MEMBERSHIPS} WHERE u.project_id = $1 AND u.{column} = $2"""
    for column in ("id", "email", "phone")
}

# find_keys: API keys by their secret
_BY_KEY = """
SELECT p.version, k.project_id, k.id, k.name, k.scopes, k.expire, k.accessed_at, k.sdks, k.owner_type, k.owner_id
FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS q(project, secret, n)
LEFT JOIN projects p ON p.id = q.project
LEFT JOIN keys k ON k.secret_hash = q.secret
ORDER BY q.n"""

_NOTE_USER = """UPDATE users SET accessed_at = now() WHERE project_id = $1 AND id = $2
  AND (accessed_at IS NULL OR accessed_at < now() - interval '1 day')"""
_NOTE_KEY = """UPDATE keys SET accessed_at = now(),
  sdks = CASE WHEN $3 = '' OR $3 = ANY(sdks) THEN sdks ELSE sdks || $3::text END WHERE project_id = $1 AND id = $2"""
# The version moves on, so that what is in memory knows of the note, too, and it is made once
_NOTE_PROJECT = """UPDATE projects SET accessed_at = now(), version = version + 1 WHERE id = $1
  AND (accessed_at IS NULL OR accessed_at < now() - interval '1 day')"""


@dataclass(slots=True)
class Credentials:
    """What a request presents, as read from its headers."""

    project_id: str
    project_in_header: bool = True
    admin_mode: bool = False
    session: str = ""
    jwt: str = ""
    key: str = ""
    organization: str = ""
    user: str = ""
    sdk: str = ""
    acts_as: tuple[Literal["id", "email", "phone"], str] | None = None
    """The user to act as, for those who may: what names it, and how."""


class Gate:
    """Finds the project and the caller of requests."""

    def __init__(self, pool: Pool, projects: Projects, tokens: Tokens) -> None:
        self._pool, self._projects, self._tokens = pool, projects, tokens
        self._by_session: Batch[tuple[str, str, bytes | None], Record] = Batch(self._find_by_session)
        self._by_jwt: Batch[tuple[str, str, str, str], Record] = Batch(self._find_by_jwt)
        self._by_key: Batch[tuple[str, bytes], Record] = Batch(self._find_by_key)
        self._notes: set[asyncio.Task[Any]] = set()

    async def identify(self, shown: Credentials, team_id: str = "") -> tuple[Project, Caller]:
        """The project and the caller.

        `team_id` names the organization that a request in the console project is about. Raises PROJECT_NOT_FOUND,
        and the errors of expired keys, invalid JWTs and callers who are not members.
        """
        if shown.key:
            found = await self._with_key(shown, team_id)
            if found is not None:
                return found
        holder = CONSOLE if shown.admin_mode else shown.project_id
        depth = 0
        if shown.jwt:
            row, depth = await self._read_jwt(shown, holder)
        else:
            token = SessionToken.decoded(shown.session) if shown.session else None
            row = await self._by_session.join(
                (shown.project_id, holder, digest(token.secret) if token is not None else None)
            )
        project = await self._project(shown.project_id, row)
        if row["user_id"] is None:
            return project, GUEST
        caller = self._user_caller(shown, project, row, team_id)
        if shown.acts_as is not None and caller.may_impersonate and not project.is_console:
            caller = await self._acting_as(project.id, caller, *shown.acts_as)
        return project, replace(caller, depth=depth) if depth else caller

    async def again(self, shown: Credentials, caller: Caller) -> Caller:
        """Who a user with an open connection is by now; GUEST where the user, the session or the membership is gone.

        What was shown counts as it did when it was shown: a JWT as long as the session that it was made from.
        """
        real = caller.impersonator or caller
        if real.user is None:
            return caller
        session_id = "" if real.session is None else real.session.id
        row = await self._by_jwt.join((shown.project_id, real.user.project_id, real.user.id, session_id))
        if row["user_id"] is None or (session_id and row["session_id"] is None):
            return GUEST
        try:
            project = await self._project(shown.project_id, row)
            found = self._user_caller(shown, project, row, "")
            if caller.impersonator is None or caller.user is None:
                return found
            return await self._acting_as(project.id, found, "id", caller.user.id) if found.may_impersonate else GUEST
        except errors.ApiError:
            return GUEST

    async def settled(self) -> None:
        """Wait for what is still being noted in the background."""
        if self._notes:
            await asyncio.gather(*self._notes, return_exceptions=True)

    # --- users ------------------------------------------------------------------------------------------
    async def _read_jwt(self, shown: Credentials, holder: str) -> tuple[Record, int]:
        """The user's row, and how many executions wait for what is done with the JWT."""
        if shown.session and SessionToken.decoded(shown.session) is not None:
            raise errors.USER_JWT_AND_COOKIE_SET
        claims = self._tokens.read_user(shown.jwt)
        if claims is None or claims.get("projectId") != holder:
            raise errors.USER_JWT_INVALID
        session_id = str(claims.get("sessionId") or "")
        row = await self._by_jwt.join((shown.project_id, holder, str(claims.get("userId")), session_id))
        if row["user_id"] is None or (session_id and row["session_id"] is None):
            raise errors.USER_JWT_INVALID
        return row, int(claims.get("depth") or 0)

    def _user_caller(self, shown: Credentials, project: Project, row: Record, team_id: str) -> Caller:
        user = _user(row)
        session = None
        if row["session_id"] is not None:
            session = CallingSession(row["session_id"], row["expire"], tuple(row["factors"]), row["mfa_updated_at"])
        self._note_user(row)
        team_id = team_id if project.is_console else (project.team_id if shown.admin_mode else "")
        if not team_id and not shown.admin_mode:
            return Caller("user", roles_of(user), USER_SCOPES, user, session)
        return _member_caller(user, session, team_id, in_console=project.is_console)

    async def _acting_as(self, project_id: str, caller: Caller, column: str, value: str) -> Caller:
        """The user who is named, with the caller behind. Nobody acts in vain: raises USER_NOT_FOUND."""
        row = await self._pool.fetchrow(_BY_NAME[column], project_id, value.lower() if column == "email" else value)
        if row is None:
            raise errors.USER_NOT_FOUND("The user to act as does not exist.")
        user = _user(row)
        return Caller("user", roles_of(user), USER_SCOPES, user, impersonator=caller)

    def _note_user(self, row: Record) -> None:
        seen = row["accessed_at"]
        if seen is None or clock.now() - seen > _ACCESS_NOTED_EVERY:
            self._note(_NOTE_USER, row["project_id"], row["user_id"])

    # --- keys -------------------------------------------------------------------------------------------
    async def _with_key(self, shown: Credentials, team_id: str) -> tuple[Project, Caller] | None:
        """The project and the caller that a key stands for; None for an unknown key, which is as good as none."""
        if shown.key.startswith(EPHEMERAL):
            return await self._with_ephemeral_key(shown)
        row = await self._by_key.join((shown.project_id, digest(shown.key)))
        if row["id"] is None:
            return None
        owner = row["owner_type"]
        if owner == "project" and row["project_id"] != shown.project_id:
            return None
        if owner == "project" and not shown.project_in_header:
            raise errors.PROJECT_ID_MISSING
        if owner == "organization" and not shown.organization:
            raise errors.ORGANIZATION_ID_MISSING
        if owner == "organization" and (shown.organization != row["owner_id"] or team_id not in ("", row["owner_id"])):
            return None
        if row["expire"] is not None and row["expire"] <= clock.now():
            raise errors.PROJECT_KEY_EXPIRED
        project = await self._project(shown.project_id, row)
        if owner == "organization" and not project.is_console and project.team_id != row["owner_id"]:
            return None
        self._note_key(shown, row)
        scopes = KEY_SCOPES | frozenset(row["scopes"])
        key = CallingKey(row["id"], row["name"], owner, row["owner_id"])
        # The users of the console belong to themselves, and to no organization whose key this is
        trusted = not project.is_console
        return project, Caller("key", frozenset({"any", "guests"}), scopes, key=key, trusted=trusted)

    async def _with_ephemeral_key(self, shown: Credentials) -> tuple[Project, Caller] | None:
        claims = self._tokens.read_ephemeral_key(shown.key)
        if claims is None or claims.get("projectId") != shown.project_id:
            return None
        row = await self._by_session.join((shown.project_id, shown.project_id, None))
        project = await self._project(shown.project_id, row)
        scopes = KEY_SCOPES | frozenset(claims.get("scopes") or ())
        key = CallingKey(str(claims.get("keyId") or ""), "Ephemeral key", "project", project.id)
        depth = int(claims.get("depth") or 0)
        return project, Caller("key", frozenset({"any", "guests"}), scopes, key=key, trusted=True, depth=depth)

    def _note_key(self, shown: Credentials, row: Record) -> None:
        seen = row["accessed_at"]
        new_sdk = shown.sdk if shown.sdk in _SDKS and shown.sdk not in row["sdks"] else ""
        if seen is None or new_sdk or clock.now() - seen > _ACCESS_NOTED_EVERY:
            self._note(_NOTE_KEY, row["project_id"], row["id"], new_sdk)

    # --- common -----------------------------------------------------------------------------------------
    async def _project(self, project_id: str, row: Record) -> Project:
        project = None if row["version"] is None else await self._projects.get(project_id, row["version"])
        if project is None:
            raise errors.PROJECT_NOT_FOUND
        seen = project.row["accessed_at"]
        if not project.is_console and (seen is None or clock.now() - seen > _ACCESS_NOTED_EVERY):
            self._note(_NOTE_PROJECT, project_id)
        return project

    def _note(self, sql: str, *args: str) -> None:
        if len(self._notes) < 100:  # more would only repeat what the next request notes anyway
            task = asyncio.ensure_future(self._pool.fetch(sql, *args))
            self._notes.add(task)
            task.add_done_callback(self._noted)

    def _noted(self, task: asyncio.Task[Any]) -> None:
        self._notes.discard(task)
        if not task.cancelled():
            task.exception()  # a failed note is made again by the next request

    async def _find_by_session(self, items: Sequence[tuple[str, str, bytes | None]]) -> list[Record]:
        distinct = list(dict.fromkeys(items))
        rows = await self._pool.fetch(_BY_SESSION, *map(list, zip(*distinct, strict=True)))
        found = dict(zip(distinct, rows, strict=True))
        return [found[item] for item in items]

    async def _find_by_jwt(self, items: Sequence[tuple[str, str, str, str]]) -> list[Record]:
        return await self._pool.fetch(_BY_JWT, *map(list, zip(*items, strict=True)))

    async def _find_by_key(self, items: Sequence[tuple[str, bytes]]) -> list[Record]:
        return await self._pool.fetch(_BY_KEY, *map(list, zip(*items, strict=True)))


_SDKS = frozenset(
    {"node", "python", "php", "ruby", "dart", "deno", "dotnet", "go", "swift", "kotlin", "rust", "cli", "console"}
)


def _user(row: Record) -> CallingUser:
    memberships = tuple(
        Membership(id_, team_id, tuple(roles.split(",")) if roles else ())
        for id_, team_id, roles in row["memberships"] or ()
    )
    return CallingUser(
        project_id=row["project_id"],
        id=row["user_id"],
        name=row["name"],
        email=row["email"] or "",
        status=row["status"],
        reset=row["reset"],
        mfa=row["mfa"],
        email_verification=row["email_verification"],
        phone_verification=row["phone_verification"],
        labels=tuple(row["labels"]),
        memberships=memberships,
        authenticator=row["authenticator"],
        impersonator=row["impersonator"],
    )


def _member_caller(user: CallingUser, session: CallingSession | None, team_id: str, *, in_console: bool) -> Caller:
    """A console user at work in an organization, or in one of its projects: those trust members, the console does not.

    Raises USER_UNAUTHORIZED for those who are no members.
    """
    membership = next((m for m in user.memberships if m.team_id == team_id), None)
    if membership is None or not membership.roles:
        raise errors.USER_UNAUTHORIZED
    scopes = MEMBER_SCOPES.union(*(ROLE_SCOPES.get(role, frozenset()) for role in membership.roles))
    without = PROJECT_ALONE if in_console else frozenset()
    return Caller("admin", roles_of(user), scopes - without, user, session, trusted=not in_console)

"""Who is calling: a guest, a user with a session, an API key, or a member of the organization that owns the project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from appwrite_py.auth.scopes import GUEST_SCOPES

Kind = Literal["guest", "user", "key", "admin"]


@dataclass(slots=True, frozen=True)
class Membership:
    """A confirmed membership of the calling user."""

    id: str
    team_id: str
    roles: tuple[str, ...]


@dataclass(slots=True, frozen=True)
class CallingUser:
    """What each request needs to know of the user who makes it."""

    project_id: str
    id: str
    name: str
    email: str
    status: bool
    reset: bool
    mfa: bool
    email_verification: bool
    phone_verification: bool
    labels: tuple[str, ...]
    memberships: tuple[Membership, ...]

    @property
    def verified(self) -> bool:
        """Whether the e-mail or the phone is verified."""
        return self.email_verification or self.phone_verification


@dataclass(slots=True, frozen=True)
class CallingSession:
    """The session that the request came with."""

    id: str
    expire: datetime
    factors: tuple[str, ...]


@dataclass(slots=True, frozen=True)
class CallingKey:
    """The API key that the request came with."""

    id: str
    name: str
    owner_type: str
    owner_id: str


@dataclass(slots=True, frozen=True)
class Caller:
    """Who is calling and what that allows.

    `roles` are those that permissions name. `trusted` callers (keys of the project, admins) pass permission checks
    and rate limits.
    """

    kind: Kind
    roles: frozenset[str]
    scopes: frozenset[str]
    user: CallingUser | None = None
    session: CallingSession | None = None
    key: CallingKey | None = None
    trusted: bool = False

    @property
    def id(self) -> str:
        """The id of the user or key, empty for guests."""
        if self.user is not None:
            return self.user.id
        return self.key.id if self.key is not None else ""

    @property
    def actor_type(self) -> str:
        """What records of deeds call the caller: guest, user, admin, keyProject, keyOrganization or keyAccount."""
        return self.kind if self.key is None else f"key{self.key.owner_type.capitalize()}"

    @property
    def sees_secrets(self) -> bool:
        """Whether fields marked sensitive are shown to this caller."""
        return self.trusted


GUEST = Caller("guest", frozenset({"any", "guests"}), GUEST_SCOPES)


def roles_of(user: CallingUser) -> frozenset[str]:
    """The roles that a user holds."""
    state = "verified" if user.verified else "unverified"
    roles = ["any", "users", f"users/{state}", f"user:{user.id}", f"user:{user.id}/{state}"]
    for membership in user.memberships:
        roles.append(f"team:{membership.team_id}")
        roles.append(f"member:{membership.id}")
        roles.extend(f"team:{membership.team_id}/{role}" for role in membership.roles)
    roles.extend(f"label:{label}" for label in user.labels)
    return frozenset(roles)

"""Who is calling: a guest, a user with a session, an API key, or a member of the organization that owns the project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from appwrite_py.auth.scopes import GUEST_SCOPES

FACTOR_COUNTS_FOR = timedelta(minutes=30)
"""How long a factor that was shown opens what asks for one of late."""

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
    authenticator: bool = False
    """Whether an authenticator app is set up; read for users with MFA only."""
    impersonator: bool = False
    """Whether this user may act as others."""

    @property
    def needs_two_factors(self) -> bool:
        """Whether one factor is not enough: MFA is on, and there is something to ask a second one of."""
        return self.mfa and (self.verified or self.authenticator)

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
    mfa_updated_at: datetime | None = None
    """When a factor was last asked for and shown."""

    def has_recent_factor(self, now: datetime) -> bool:
        """Whether a factor was shown of late."""
        return self.mfa_updated_at is not None and now - self.mfa_updated_at <= FACTOR_COUNTS_FOR


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
    and rate limits, and are shown secrets. In the console nobody is: its users are nobody else's.
    """

    kind: Kind
    roles: frozenset[str]
    scopes: frozenset[str]
    user: CallingUser | None = None
    session: CallingSession | None = None
    key: CallingKey | None = None
    trusted: bool = False
    impersonator: Caller | None = None
    """The user who acts as `user`: the request came with that one's session, and there is none of `user`."""
    depth: int = 0
    """How many executions of functions wait for this: the caller is one that was called by another one, and so on."""

    @property
    def may_impersonate(self) -> bool:
        """Whether this is a user who may act as any other user of the project, or is just doing so."""
        if self.impersonator is not None:
            return True
        return self.kind == "user" and self.user is not None and self.user.impersonator

    @property
    def in_person(self) -> bool:
        """Whether nobody stands behind the user: what others have given the user is shown to nobody else."""
        return self.impersonator is None

    @property
    def lacks_factor(self) -> bool:
        """Whether the user needs two factors, and the session has shown fewer.

        Keys have shown none and need none. A JWT stands for the session that it was made from; one that a server made
        without a session has the server's word. Who acts as a user must have shown as many factors as that one needs.
        """
        proof = self.session if self.impersonator is None else self.impersonator.session
        return (
            self.user is not None and self.user.needs_two_factors and proof is not None and len(set(proof.factors)) < 2
        )

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

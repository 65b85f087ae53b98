"""How users, sessions, teams and memberships are shown, by whichever service shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from appwrite_py.auth import passwords
from appwrite_py.data.pg import Record
from appwrite_py.http.hash_models import HashOptions
from appwrite_py.http.models import MaybeMoment, Moment, Prefs, TypedDict, stamps
from appwrite_py.identity import identities, memberships
from appwrite_py.identity.provider_tokens import ProviderTokens
from appwrite_py.kit.agents import FIELDS as DEVICE_FIELDS
from appwrite_py.kit.clock import iso, iso_or_empty
from appwrite_py.kit.crypto import Vault
from appwrite_py.kit.geo import country_name

_NO_TOKENS = ProviderTokens()

Target = TypedDict(
    "Target",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "name": str,
        "userId": str,
        "providerId": str | None,
        "providerType": str,
        "identifier": str,
        "expired": bool,
    },
)

TargetList = TypedDict("TargetList", {"total": int, "targets": list[Target]})

User = TypedDict(
    "User",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "name": str,
        "password": str | None,
        "hash": str | None,
        "hashOptions": HashOptions | None,
        "registration": Moment,
        "status": bool,
        "labels": list[str],
        "passwordUpdate": MaybeMoment,
        "email": str,
        "phone": str,
        "emailVerification": bool,
        "emailCanonical": str | None,
        "emailIsFree": bool | None,
        "emailIsDisposable": bool | None,
        "emailIsCorporate": bool | None,
        "emailIsCanonical": bool | None,
        "phoneVerification": bool,
        "mfa": bool,
        "prefs": Prefs,
        "targets": list[Target],
        "accessedAt": MaybeMoment,
        "impersonator": bool | None,
        "impersonatorUserId": str | None,
    },
)

Session = TypedDict(
    "Session",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "userId": str,
        "expire": Moment,
        "provider": str,
        "providerUid": str,
        "providerAccessToken": str,
        "providerAccessTokenExpiry": MaybeMoment,
        "providerRefreshToken": str,
        "ip": str,
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
        "current": bool,
        "factors": list[str],
        "secret": str,
        "mfaUpdatedAt": MaybeMoment,
    },
)

Token = TypedDict(
    "Token", {"$id": str, "$createdAt": Moment, "userId": str, "secret": str, "expire": Moment, "phrase": str}
)

SessionList = TypedDict("SessionList", {"total": int, "sessions": list[Session]})

Identity = TypedDict(
    "Identity",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "userId": str,
        "provider": str,
        "providerUid": str,
        "providerEmail": str,
        "providerAccessToken": str,
        "providerAccessTokenExpiry": MaybeMoment,
        "providerRefreshToken": str,
    },
)

IdentityList = TypedDict("IdentityList", {"total": int, "identities": list[Identity]})

Team = TypedDict(
    "Team",
    {"$id": str, "$createdAt": Moment, "$updatedAt": Moment, "name": str, "total": int, "prefs": Prefs},
)

TeamList = TypedDict("TeamList", {"total": int, "teams": list[Team]})

Membership = TypedDict(
    "Membership",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "userId": str,
        "userName": str,
        "userEmail": str,
        "userPhone": str,
        "teamId": str,
        "teamName": str,
        "invited": MaybeMoment,
        "joined": MaybeMoment,
        "confirm": bool,
        "mfa": bool,
        "userAccessedAt": MaybeMoment,
        "roles": list[str],
    },
)

MembershipList = TypedDict("MembershipList", {"total": int, "memberships": list[Membership]})


def show_user(row: Record, *, with_password: bool = False, impersonator_id: str | None = None) -> User:
    """A user with its `targets`. The password's hash is for servers only, and only where they ask about users.

    impersonator_id: who is acting as this user, in answers about the own account.
    """
    kept = passwords.kept_of(row) if with_password else None
    return {
        **stamps(row),  # type: ignore[typeddict-item]
        "name": row["name"],
        "password": kept.text if kept else None,
        "hash": kept.algorithm if kept else None,
        "hashOptions": passwords.describe(kept) if kept else None,
        "registration": iso(row["registered_at"]),
        "status": row["status"],
        "labels": row["labels"],
        "passwordUpdate": iso_or_empty(row["password_updated_at"]),
        "email": row["email"] or "",
        "phone": row["phone"] or "",
        "emailVerification": row["email_verification"],
        "emailCanonical": row["email_canonical"],
        "emailIsFree": row["email_is_free"],
        "emailIsDisposable": row["email_is_disposable"],
        "emailIsCorporate": row["email_is_corporate"],
        "emailIsCanonical": row["email_is_canonical"],
        "phoneVerification": row["phone_verification"],
        "mfa": row["mfa"],
        "prefs": row["prefs"],
        "targets": row["targets"],
        "accessedAt": iso_or_empty(row["accessed_at"]),
        "impersonator": row["impersonator"],
        "impersonatorUserId": impersonator_id,
    }


def show_session(
    row: Record, language: str, *, current: bool, secret: str = "", tokens: ProviderTokens = _NO_TOKENS
) -> Session:
    """A session, its country named in `language`. The secret is known only when the session is made.

    `tokens` of an OAuth2 provider are for the user whom it has vouched for.
    """
    device = {name: row["device"].get(name, "") for name in DEVICE_FIELDS}
    return cast(
        Session,
        {
            **stamps(row),
            "userId": row["user_id"],
            "expire": iso(row["expire"]),
            "provider": row["provider"],
            "providerUid": row["provider_uid"],
            "providerAccessToken": tokens.access,
            "providerAccessTokenExpiry": iso_or_empty(row["provider_access_token_expiry"]),
            "providerRefreshToken": tokens.refresh,
            "ip": row["ip"],
            **device,
            "countryCode": row["country_code"],
            "countryName": country_name(row["country_code"], language),
            "current": current,
            "factors": row["factors"],
            "secret": secret,
            "mfaUpdatedAt": iso_or_empty(row["mfa_updated_at"]),
        },
    )


def show_identity(row: Record, vault: Vault, *, with_tokens: bool = True) -> Identity:
    """An identity. Its tokens are for the user and for servers; events do not carry them."""
    tokens = identities.tokens_of(row, vault) if with_tokens else _NO_TOKENS
    return {
        **stamps(row),  # type: ignore[typeddict-item]
        "userId": row["user_id"],
        "provider": row["provider"],
        "providerUid": row["provider_uid"],
        "providerEmail": row["provider_email"],
        "providerAccessToken": tokens.access,
        "providerAccessTokenExpiry": iso_or_empty(row["provider_access_token_expiry"]),
        "providerRefreshToken": tokens.refresh,
    }


def show_token(row: Record, secret: str, phrase: str = "") -> Token:
    """A token; its secret is known only when it is made, and is for servers."""
    return {
        "$id": row["id"],
        "$createdAt": iso(row["created_at"]),
        "userId": row["user_id"],
        "secret": secret,
        "expire": iso(row["expire"]),
        "phrase": phrase,
    }


def show_target(row: Record) -> Target:
    """Where messages reach a user."""
    return {
        **stamps(row),  # type: ignore[typeddict-item]
        "name": row["name"],
        "userId": row["user_id"],
        "providerId": row["provider_id"],
        "providerType": row["provider_type"],
        "identifier": row["identifier"],
        "expired": row["expired"],
    }


def show_team(row: Record) -> Team:
    """A team with its `total` of members."""
    return {
        **stamps(row),  # type: ignore[typeddict-item]
        "name": row["name"],
        "total": row["total"],
        "prefs": row["prefs"],
    }


def show_membership(row: Mapping[str, Any], shown: frozenset[str]) -> Membership:
    """A membership with what the viewer is `shown` of the member: fields of the membership-privacy policy."""
    membership: Membership = {
        **stamps(row),  # type: ignore[typeddict-item]
        "userId": row["user_id"],
        "userName": row["user_name"],
        "userEmail": row["user_email"] or "",
        "userPhone": row["user_phone"] or "",
        "teamId": row["team_id"],
        "teamName": row["team_name"],
        "invited": iso_or_empty(row["invited_at"]),
        "joined": iso_or_empty(row["joined_at"]),
        "confirm": row["confirmed"],
        "mfa": row["user_mfa"],
        "userAccessedAt": iso_or_empty(row["user_accessed_at"]),
        "roles": row["roles"],
    }
    return cast(Membership, memberships.as_seen(membership, shown))

"""A project as it was answered before 1.9.5: all in one piece, with its settings under names of their own.

Its keys, webhooks, platforms and mock phones are shown to callers who hold the scopes for them; others get empty lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from appwrite_py.auth.caller import Caller
from appwrite_py.auth.oauth.catalogue import PROVIDERS
from appwrite_py.auth.scopes import ROLE_SCOPES
from appwrite_py.data.pg import Record
from appwrite_py.http import oauth
from appwrite_py.http.context import Ctx
from appwrite_py.http.project_parts import key, platform
from appwrite_py.http.webhook_model import webhook
from appwrite_py.platform.policies import values_of
from appwrite_py.platform.switches import AUTH_METHODS, PROTOCOLS, SERVICES
from appwrite_py.platform.tenancy import DETAILS

_NOT_YET = ("authMethods", "services", "protocols")
_METHODS = {
    "email-password": "authEmailPassword", "magic-url": "authUsersAuthMagicURL", "email-otp": "authEmailOtp",
    "anonymous": "authAnonymous", "invites": "authInvites", "jwt": "authJWT", "phone": "authPhone",
}  # fmt: skip
_POLICIES = {
    "authLimit": ("user-limit", "total"),
    "authDuration": ("session-duration", "duration"),
    "authSessionsLimit": ("session-limit", "total"),
    "authPasswordHistory": ("password-history", "total"),
    "authPasswordDictionary": ("password-dictionary", "enabled"),
    "authPersonalDataCheck": ("password-personal-data", "enabled"),
    "authSessionAlerts": ("session-alert", "enabled"),
    "authMembershipsUserName": ("membership-privacy", "userName"),
    "authMembershipsUserEmail": ("membership-privacy", "userEmail"),
    "authMembershipsMfa": ("membership-privacy", "userMFA"),
    "authMembershipsUserId": ("membership-privacy", "userId"),
    "authMembershipsUserPhone": ("membership-privacy", "userPhone"),
    "authMembershipsUserAccessedAt": ("membership-privacy", "userAccessedAt"),
    "authInvalidateSessions": ("session-invalidation", "enabled"),
}
_NO_SUCH_POLICY = ("authDisposableEmails", "authCanonicalEmails", "authFreeEmails", "authCorporateEmails")

# projects_in_one_piece: what belongs to projects, each kind read at once
_PARTS = "SELECT * FROM {} WHERE project_id = ANY($1) ORDER BY seq"
_KEYS = "SELECT * FROM keys WHERE project_id = ANY($1) AND owner_type = 'project' ORDER BY seq"

Parts = dict[str, list[Mapping[str, Any]]]


async def in_one_piece(ctx: Ctx, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Projects as they were, with everything that belongs to them."""
    found = await ctx.db.fetch("SELECT * FROM projects WHERE id = ANY($1)", [item["$id"] for item in items])
    rows = {row["id"]: row for row in found}
    vault = ctx.app.vault
    parts = {
        "platforms": await _parts(ctx, found, "platforms.read", _PARTS.format("platforms"), platform),
        "webhooks": await _parts(
            ctx, found, "webhooks.read", _PARTS.format("webhooks"), lambda row: webhook(row, vault)
        ),
        "keys": await _parts(ctx, found, "keys.read", _KEYS, lambda row: key(row, vault)),
        "authMockNumbers": await _parts(
            ctx, found, "mocks.read", _PARTS.format("mock_phones"), lambda row: {"phone": row["id"], "otp": row["otp"]}
        ),
        "oAuthProviders": await _providers(ctx, list(rows)),
    }
    return [
        {name: value for name, value in item.items() if name not in _NOT_YET}
        | _settings(rows[item["$id"]])
        | {name: of_projects.get(item["$id"], []) for name, of_projects in parts.items()}
        for item in items
        if item["$id"] in rows
    ]


def with_older_parts(ctx: Ctx, project: Mapping[str, Any]) -> dict[str, Any]:
    """A project as it was before 1.9.1, when the protocols of the API could not be switched off."""
    rest = {name: value for name, value in project.items() if not name.startswith("protocolStatusFor")}
    return rest | {"webhooks": [older_webhook(item) for item in project["webhooks"]]}


def older_webhook(item: Mapping[str, Any]) -> dict[str, Any]:
    """A webhook as it was before 1.9.1, when much of it had other names."""
    names = {"tls": "security", "authUsername": "httpUser", "authPassword": "httpPass", "secret": "signatureKey"}
    return {names.get(name, name): value for name, value in item.items()}


async def _parts(
    ctx: Ctx, projects: Sequence[Record], scope: str, sql: str, shown: Callable[[Record], Mapping[str, Any]]
) -> Parts:
    allowed = [row["id"] for row in projects if _may(ctx.caller, row, scope)]
    return _by_project(await ctx.db.fetch(sql, allowed), shown) if allowed else {}


def _may(caller: Caller, project: Record, scope: str) -> bool:
    """Whether the caller holds a scope in a project: a list is of the projects of several organizations."""
    if caller.kind == "key" or caller.user is None:
        return scope in caller.scopes
    roles = [role for each in caller.user.memberships if each.team_id == project["team_id"] for role in each.roles]
    return any(scope in ROLE_SCOPES.get(role, ()) for role in roles)


async def _providers(ctx: Ctx, project_ids: list[str]) -> Parts:
    """The providers of all projects: those that a project has not set up are there, too."""
    rows = await ctx.db.fetch("SELECT * FROM oauth_clients WHERE project_id = ANY($1)", project_ids)
    stored = {(row["project_id"], row["id"]): row for row in rows}
    offered = [provider for provider in PROVIDERS.values() if oauth.is_supported(ctx, provider.id)]
    return {
        project_id: [
            {"key": each.id, "name": each.name, "secret": "", **_client(each, stored.get((project_id, each.id)))}
            for each in offered
        ]
        for project_id in project_ids
    }


def _client(provider: Any, row: Record | None) -> dict[str, Any]:
    if row is None:
        return {"appId": "", "enabled": False}
    return {"appId": row["parameters"].get(provider.parameters[0].id, ""), "enabled": row["enabled"]}


def _by_project(rows: Iterable[Record], shown: Callable[[Record], Mapping[str, Any]]) -> Parts:
    parts: Parts = {}
    for row in rows:
        parts.setdefault(row["project_id"], []).append(shown(row))
    return parts


def _settings(row: Record) -> dict[str, Any]:
    """The settings of a project under the names that each of them had."""
    return {
        **{_METHODS[name]: row["auth_methods"].get(name, True) for name in AUTH_METHODS},
        **{f"serviceStatusFor{name.capitalize()}": row["services"].get(name, True) for name in SERVICES},
        **{f"protocolStatusFor{name.capitalize()}": row["protocols"].get(name, True) for name in PROTOCOLS},
        **{name: values_of(row["policies"], policy)[value] for name, (policy, value) in _POLICIES.items()},
        **dict.fromkeys(_NO_SUCH_POLICY, False),
        **{name: row["details"].get(name, "") for name in DETAILS},
        "smtpReplyTo": row["smtp"].get("replyToEmail", ""),
    }

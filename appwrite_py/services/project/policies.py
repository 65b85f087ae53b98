"""What the project demands of passwords, sessions, users, members and second factors."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from appwrite_py import errors
from appwrite_py.data.pg import Record
from appwrite_py.http import relying_party, rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.cookies import site_of
from appwrite_py.http.models import TypedDict
from appwrite_py.http.params import LooseFlag, Queries
from appwrite_py.http.project_model import Project, shown
from appwrite_py.http.registry import SERVER, Also, Service
from appwrite_py.identity import passkeys
from appwrite_py.platform import policies
from appwrite_py.services.project.paging import page

service = Service("project", "/v1/project/policies", within="project")

_READ = ("policies.read", "project.policies.read")
_ALIAS = "/v1/projects/:projectId/auth"
_CHANGES: dict[str, Any] = {
    "scope": ("policies.write", "project.policies.write"),
    "callers": SERVER,
    "event": "projects.[projectId].policies.[policy].update",
    "audit": "projects.[projectId].policies.[policy].update project/{response.$id}",
}

PolicyPasswordDictionary = TypedDict(
    "PolicyPasswordDictionary", {"$id": Literal["password-dictionary"], "enabled": bool}
)
PolicyPasswordHistory = TypedDict("PolicyPasswordHistory", {"$id": Literal["password-history"], "total": int})
PolicyPasswordStrength = TypedDict(
    "PolicyPasswordStrength",
    {
        "$id": Literal["password-strength"],
        "min": int,
        "uppercase": bool,
        "lowercase": bool,
        "number": bool,
        "symbols": bool,
    },
)
PolicyPasswordPersonalData = TypedDict(
    "PolicyPasswordPersonalData", {"$id": Literal["password-personal-data"], "enabled": bool}
)
PolicySessionAlert = TypedDict("PolicySessionAlert", {"$id": Literal["session-alert"], "enabled": bool})
PolicySessionDuration = TypedDict("PolicySessionDuration", {"$id": Literal["session-duration"], "duration": int})
PolicySessionInvalidation = TypedDict(
    "PolicySessionInvalidation", {"$id": Literal["session-invalidation"], "enabled": bool}
)
PolicySessionLimit = TypedDict("PolicySessionLimit", {"$id": Literal["session-limit"], "total": int})
PolicyUserLimit = TypedDict("PolicyUserLimit", {"$id": Literal["user-limit"], "total": int})
PolicyMembershipPrivacy = TypedDict(
    "PolicyMembershipPrivacy",
    {
        "$id": Literal["membership-privacy"],
        "userId": bool,
        "userEmail": bool,
        "userPhone": bool,
        "userName": bool,
        "userMFA": bool,
        "userAccessedAt": bool,
    },
)
PolicyMfaFactors = TypedDict(
    "PolicyMfaFactors", {"$id": Literal["mfa-factors"], "totp": bool, "email": bool, "phone": bool, "custom": bool}
)
PolicyPasskey = TypedDict("PolicyPasskey", {"$id": Literal["passkey"], "rpId": str, "origins": list[str]})
Policy = (
    PolicyPasswordDictionary
    | PolicyPasswordHistory
    | PolicyPasswordStrength
    | PolicyPasswordPersonalData
    | PolicySessionAlert
    | PolicySessionDuration
    | PolicySessionInvalidation
    | PolicySessionLimit
    | PolicyUserLimit
    | PolicyMembershipPrivacy
    | PolicyMfaFactors
)


class PolicyList(TypedDict):
    total: int
    policies: list[Policy]


PolicyId = Annotated[str, rules.OneOf(*policies.DEFAULTS, hidden=(policies.PASSKEY,))]
On = Annotated[bool, rules.Boolean()]
# Older clients have other names for some
Alerts = Annotated[bool, rules.Boolean(), Also(("alerts",))]
Mfa = Annotated[bool, rules.Boolean(), Also(("mfa",))]
History = Annotated[int, rules.Range(1, 20), Also(("limit",))]
Sessions = Annotated[int, rules.Range(1, 100), Also(("limit",))]
Users = Annotated[int, rules.Range(0, 10_000), Also(("limit",))]
Seconds = Annotated[int, rules.Range(60, 31_536_000)]
Length = Annotated[int, rules.Range(8, 256)]
HostName = Annotated[str, rules.Domain(allow_empty=True)]


@service.get("", scope=_READ, sdk="listPolicies", callers=SERVER)
async def list_policies(ctx: Ctx, queries: Queries = (), total: LooseFlag = True) -> PolicyList:
    """List the project's policies with their values."""
    stored = ctx.project.policies
    shown_policies = [_policy(stored, policy) for policy in page(list(policies.DEFAULTS), queries)]
    return {"total": len(policies.DEFAULTS) if total else 0, "policies": shown_policies}


@service.get("/:policyId", scope=_READ, sdk="getPolicy", callers=SERVER)
async def get(ctx: Ctx, policyId: PolicyId) -> Policy | PolicyPasskey:
    """Get a policy of the project with its values."""
    if policyId == policies.PASSKEY:
        rp_id = policies.passkey_host(ctx.project)
        return {"$id": "passkey", "rpId": rp_id, "origins": relying_party.origins_of(ctx.project)}
    return _policy(ctx.project.policies, policyId)


@service.patch(
    "/membership-privacy", sdk="updateMembershipPrivacyPolicy", aliases=[f"{_ALIAS}/memberships-privacy"], **_CHANGES
)
async def update_membership_privacy(
    ctx: Ctx,
    userId: On | None = None,
    userEmail: On | None = None,
    userPhone: On | None = None,
    userName: On | None = None,
    userMFA: Mfa | None = None,
    userAccessedAt: On | None = None,
) -> Project:
    """Set what members of a team see of each other. What is not given stays as it is."""
    values = {
        "userId": userId, "userEmail": userEmail, "userPhone": userPhone, "userName": userName, "userMFA": userMFA,
        "userAccessedAt": userAccessedAt,
    }  # fmt: skip
    return await shown(ctx, await _change(ctx, "membership-privacy", values))


@service.patch("/mfa-factors", sdk="updateMFAFactorsPolicy", **_CHANGES)
async def update_mfa_factors(
    ctx: Ctx, totp: On | None = None, email: On | None = None, phone: On | None = None, custom: On | None = None
) -> Project:
    """Set which second factors users may confirm themselves with. What is not given stays as it is."""
    values = {"totp": totp, "email": email, "phone": phone, "custom": custom}
    return await shown(ctx, await _change(ctx, "mfa-factors", values))


@service.patch("/passkey", sdk="updatePasskeyPolicy", **_CHANGES)
async def update_passkey(ctx: Ctx, rpId: HostName) -> Project:
    """Set the host name that browsers keep passkeys for, such as `example.com`; empty lets the web platforms decide.

    Passkeys then work on the web platforms on that host name and its subdomains, and on `localhost` for development.
    It cannot be changed while users have passkeys that would be lost with it.
    """
    host = rpId.lower()
    if host not in ("", relying_party.LOCAL) and not site_of(host):
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `rpId` param: it must be a domain that one owner registers.")
    row = await _change(ctx, policies.PASSKEY, {"rpId": host})
    changed = host != policies.passkey_host(ctx.project)
    if changed and await passkeys.are_kept_elsewhere(ctx.db, ctx.project.id, host, relying_party.LOCAL):
        raise errors.GENERAL_ARGUMENT_INVALID("Users have passkeys that are kept for another host name.")
    return await shown(ctx, row)


@service.patch(
    "/password-dictionary", sdk="updatePasswordDictionaryPolicy", aliases=[f"{_ALIAS}/password-dictionary"], **_CHANGES
)
async def update_password_dictionary(ctx: Ctx, enabled: On) -> Project:
    """Refuse new passwords that are among the most common ones, or take them."""
    return await shown(ctx, await _change(ctx, "password-dictionary", {"enabled": enabled}))


@service.patch(
    "/password-history", sdk="updatePasswordHistoryPolicy", aliases=[f"{_ALIAS}/password-history"], **_CHANGES
)
async def update_password_history(ctx: Ctx, total: History | None) -> Project:
    """Set how many former passwords a user may not use again; null for none."""
    return await shown(ctx, await _change(ctx, "password-history", {"total": total or 0}))


@service.patch(
    "/password-personal-data", sdk="updatePasswordPersonalDataPolicy", aliases=[f"{_ALIAS}/personal-data"], **_CHANGES
)
async def update_password_personal_data(ctx: Ctx, enabled: On) -> Project:
    """Refuse new passwords that hold the user's name, e-mail, phone or ID, or take them."""
    return await shown(ctx, await _change(ctx, "password-personal-data", {"enabled": enabled}))


@service.patch("/password-strength", sdk="updatePasswordStrengthPolicy", **_CHANGES)
async def update_password_strength(
    ctx: Ctx,
    min: Length | None = None,
    uppercase: On | None = None,
    lowercase: On | None = None,
    number: On | None = None,
    symbols: On | None = None,
) -> PolicyPasswordStrength:
    """Set how long a new password has to be and which kinds of characters it needs. What is not given stays."""
    values = {"min": min, "uppercase": uppercase, "lowercase": lowercase, "number": number, "symbols": symbols}
    row = await _change(ctx, "password-strength", values)
    return cast(PolicyPasswordStrength, _policy(row["policies"], "password-strength"))


@service.patch("/session-alert", sdk="updateSessionAlertPolicy", aliases=[f"{_ALIAS}/session-alerts"], **_CHANGES)
async def update_session_alert(ctx: Ctx, enabled: Alerts) -> Project:
    """Tell users by mail when somebody signs in as them, or do not."""
    return await shown(ctx, await _change(ctx, "session-alert", {"enabled": enabled}))


@service.patch("/session-duration", sdk="updateSessionDurationPolicy", aliases=[f"{_ALIAS}/duration"], **_CHANGES)
async def update_session_duration(ctx: Ctx, duration: Seconds) -> Project:
    """Set how many seconds a new session lives."""
    return await shown(ctx, await _change(ctx, "session-duration", {"duration": duration}))


@service.patch(
    "/session-invalidation", sdk="updateSessionInvalidationPolicy", aliases=[f"{_ALIAS}/session-invalidation"],
    **_CHANGES,
)  # fmt: skip
async def update_session_invalidation(ctx: Ctx, enabled: On) -> Project:
    """End a user's other sessions when the password is changed, or keep them."""
    return await shown(ctx, await _change(ctx, "session-invalidation", {"enabled": enabled}))


@service.patch("/session-limit", sdk="updateSessionLimitPolicy", aliases=[f"{_ALIAS}/max-sessions"], **_CHANGES)
async def update_session_limit(ctx: Ctx, total: Sessions) -> Project:
    """Set how many sessions a user may have at once; a further one ends the oldest."""
    return await shown(ctx, await _change(ctx, "session-limit", {"total": total}))


@service.patch("/user-limit", sdk="updateUserLimitPolicy", aliases=[f"{_ALIAS}/limit"], **_CHANGES)
async def update_user_limit(ctx: Ctx, total: Users | None) -> Project:
    """Set how many users may sign up; 0 or null for any number."""
    return await shown(ctx, await _change(ctx, "user-limit", {"total": total or 0}))


async def _change(ctx: Ctx, policy: str, values: dict[str, Any]) -> Record:
    """Set what is given, and name the policy in event and audit."""
    ctx.event_params |= {"projectId": ctx.project.id, "policy": policy}
    given = {name: value for name, value in values.items() if value is not None}
    return await policies.change(ctx.db, ctx.project.id, policy, given, ctx.now)


def _policy(stored: dict[str, Any], policy: str) -> Policy:
    return cast(Policy, {"$id": policy, **policies.values_of(stored, policy)})

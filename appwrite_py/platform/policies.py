"""What a project demands of sign-ups, passwords and sessions. Policies are kept under their ids; unset ones are not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.platform.projects import Project
from appwrite_py.settings import Settings

SESSION_SECONDS = 31_536_000
SESSIONS_PER_USER = 10
MFA_FACTORS = ("totp", "email", "phone", "custom")
MEMBERSHIP_FIELDS = ("userId", "userName", "userEmail", "userPhone", "userMFA", "userAccessedAt")

DEFAULTS: dict[str, dict[str, Any]] = {
    "password-dictionary": {"enabled": False},
    "password-history": {"total": 0},
    "password-strength": {"min": 8, "uppercase": False, "lowercase": False, "number": False, "symbols": False},
    "password-personal-data": {"enabled": False},
    "session-alert": {"enabled": False},
    "session-duration": {"duration": SESSION_SECONDS},
    "session-invalidation": {"enabled": True},
    "session-limit": {"total": SESSIONS_PER_USER},
    "user-limit": {"total": 0},
    "membership-privacy": dict.fromkeys(MEMBERSHIP_FIELDS, False),
    "mfa-factors": {name: name != "custom" for name in MFA_FACTORS},
}
"""The policies, and what holds in a project that has set none."""

PASSKEY = "passkey"
"""A policy beside those: it says for which host name browsers keep passkeys."""

# change_policy: only what is given, so that two at once do not undo each other
_CHANGE = """
UPDATE projects SET updated_at = $4, version = version + 1,
  policies = policies || jsonb_build_object($2::text, coalesce(policies -> $2, '{}') || $3)
WHERE id = $1 RETURNING *"""


async def change(work: Work, project_id: str, policy: str, values: dict[str, Any], now: datetime) -> Record:
    """Set values of a policy; the others stay as they are. Raises PROJECT_NOT_FOUND."""
    rows = await work.write(_CHANGE, project_id, policy, values, now)
    if not rows:
        raise errors.PROJECT_NOT_FOUND
    return rows[0]


def values_of(stored: dict[str, Any], policy: str) -> dict[str, Any]:
    """All values of a policy, given what a project has set."""
    return DEFAULTS[policy] | (stored.get(policy) or {})


def _value(project: Project, policy: str, name: str, default: Any) -> Any:
    found = (project.policies.get(policy) or {}).get(name)
    return default if found is None else found


def user_limit(project: Project, settings: Settings) -> int:
    """How many users may sign up; 0 means any number. In the console it is one, unless the setting opens it."""
    if project.is_console:
        return 1 if settings.console_whitelist_root == "enabled" else 0
    return int(_value(project, "user-limit", "total", 0))


def session_seconds(project: Project) -> int:
    """How long a session lives."""
    return int(_value(project, "session-duration", "duration", SESSION_SECONDS))


def session_limit(project: Project) -> int:
    """How many sessions a user may have at once; 0 means any number."""
    return int(_value(project, "session-limit", "total", SESSIONS_PER_USER))


def ends_sessions_on_new_password(project: Project) -> bool:
    """Whether a changed password ends the user's other sessions."""
    return bool(_value(project, "session-invalidation", "enabled", True))


def sends_session_alerts(project: Project) -> bool:
    """Whether users are told by mail when somebody signs in as them."""
    return bool(_value(project, "session-alert", "enabled", False))


def password_history(project: Project) -> int:
    """How many former passwords cannot be used again."""
    return int(_value(project, "password-history", "total", 0))


def refuses_personal_data(project: Project) -> bool:
    """Whether a password may not contain the user's name, e-mail, phone or id."""
    return bool(_value(project, "password-personal-data", "enabled", False))


def refuses_common_passwords(project: Project) -> bool:
    """Whether a password may not be one of those that most people choose."""
    return bool(_value(project, "password-dictionary", "enabled", False))


def password_strength(project: Project) -> dict[str, Any]:
    """What a password must have: `min` characters, `uppercase`, `lowercase`, `number`, `symbols`."""
    return project.policies.get("password-strength") or {}


def shown_of_members(project: Project) -> frozenset[str]:
    """The fields of members that other members see; in the console they see each other."""
    return frozenset(
        name for name in MEMBERSHIP_FIELDS if _value(project, "membership-privacy", name, project.is_console)
    )


def passkey_host(project: Project) -> str:
    """The host name that browsers keep passkeys for; empty where the web platforms decide."""
    return str(_value(project, PASSKEY, "rpId", ""))


def mfa_factors(project: Project) -> dict[str, bool]:
    """Which second factors may be used; recovery codes always can be."""
    return {name: bool(_value(project, "mfa-factors", name, name != "custom")) for name in MFA_FACTORS}

"""What a project demands of sign-ups, passwords and sessions. Policies are kept under their ids; unset ones are not."""

from __future__ import annotations

from typing import Any

from appwrite_py.platform.projects import Project
from appwrite_py.settings import Settings

SESSION_SECONDS = 31_536_000
SESSIONS_PER_USER = 10
MEMBERSHIP_FIELDS = ("userId", "userName", "userEmail", "userPhone", "userMFA", "userAccessedAt")


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


def password_history(project: Project) -> int:
    """How many former passwords cannot be used again."""
    return int(_value(project, "password-history", "total", 0))


def refuses_personal_data(project: Project) -> bool:
    """Whether a password may not contain the user's name, e-mail, phone or id."""
    return bool(_value(project, "password-personal-data", "enabled", False))


def password_strength(project: Project) -> dict[str, Any]:
    """What a password must have: `min` characters, `uppercase`, `lowercase`, `number`, `symbols`."""
    return project.policies.get("password-strength") or {}


def shown_of_members(project: Project) -> frozenset[str]:
    """The fields of members that other members see; in the console they see each other."""
    return frozenset(
        name for name in MEMBERSHIP_FIELDS if _value(project, "membership-privacy", name, project.is_console)
    )

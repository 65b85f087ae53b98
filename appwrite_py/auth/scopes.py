"""Scopes: what a key, a user or a role may be allowed to do. Names, categories and roles are the contract's."""

from __future__ import annotations

from typing import NamedTuple


class Scope(NamedTuple):
    """A scope as consoles list it."""

    name: str
    category: str
    deprecated: bool = False


PROJECT_SCOPES: tuple[Scope, ...] = (
    Scope("project.read", "Project"),
    Scope("project.write", "Project"),
    Scope("keys.read", "Project"),
    Scope("keys.write", "Project"),
    Scope("platforms.read", "Project"),
    Scope("platforms.write", "Project"),
    Scope("mocks.read", "Project"),
    Scope("mocks.write", "Project"),
    Scope("policies.read", "Project", True),
    Scope("policies.write", "Project", True),
    Scope("project.policies.read", "Project"),
    Scope("project.policies.write", "Project"),
    Scope("project.oauth2.read", "Project"),
    Scope("project.oauth2.write", "Project"),
    Scope("templates.read", "Project"),
    Scope("templates.write", "Project"),
    Scope("stages.read", "Project"),
    Scope("stages.write", "Project"),
    Scope("users.read", "Auth"),
    Scope("users.write", "Auth"),
    Scope("sessions.read", "Auth"),
    Scope("sessions.write", "Auth"),
    Scope("teams.read", "Auth"),
    Scope("teams.write", "Auth"),
    Scope("databases.read", "Databases"),
    Scope("databases.write", "Databases"),
    Scope("tables.read", "Databases"),
    Scope("tables.write", "Databases"),
    Scope("columns.read", "Databases"),
    Scope("columns.write", "Databases"),
    Scope("indexes.read", "Databases"),
    Scope("indexes.write", "Databases"),
    Scope("rows.read", "Databases"),
    Scope("rows.write", "Databases"),
    Scope("embeddings.write", "Databases"),
    Scope("collections.read", "Databases", True),
    Scope("collections.write", "Databases", True),
    Scope("attributes.read", "Databases", True),
    Scope("attributes.write", "Databases", True),
    Scope("documents.read", "Databases", True),
    Scope("documents.write", "Databases", True),
    Scope("buckets.read", "Storage"),
    Scope("buckets.write", "Storage"),
    Scope("files.read", "Storage"),
    Scope("files.write", "Storage"),
    Scope("tokens.read", "Storage"),
    Scope("tokens.write", "Storage"),
    Scope("functions.read", "Functions"),
    Scope("functions.write", "Functions"),
    Scope("executions.read", "Functions"),
    Scope("executions.write", "Functions"),
    Scope("execution.read", "Functions", True),
    Scope("execution.write", "Functions", True),
    Scope("sites.read", "Sites"),
    Scope("sites.write", "Sites"),
    Scope("log.read", "Sites"),
    Scope("log.write", "Sites"),
    Scope("providers.read", "Messaging"),
    Scope("providers.write", "Messaging"),
    Scope("topics.read", "Messaging"),
    Scope("topics.write", "Messaging"),
    Scope("subscribers.read", "Messaging"),
    Scope("subscribers.write", "Messaging"),
    Scope("targets.read", "Messaging"),
    Scope("targets.write", "Messaging"),
    Scope("messages.read", "Messaging"),
    Scope("messages.write", "Messaging"),
    Scope("rules.read", "Proxy"),
    Scope("rules.write", "Proxy"),
    Scope("webhooks.read", "Other"),
    Scope("webhooks.write", "Other"),
    Scope("locale.read", "Other"),
    Scope("avatars.read", "Other"),
    Scope("health.read", "Other"),
    Scope("assistant.read", "Other"),
    Scope("migrations.read", "Other"),
    Scope("migrations.write", "Other"),
    Scope("schedules.read", "Other"),
    Scope("schedules.write", "Other"),
    Scope("vcs.read", "Other"),
    Scope("vcs.write", "Other"),
    Scope("insights.read", "Advisor"),
    Scope("insights.write", "Advisor"),
    Scope("reports.read", "Advisor"),
    Scope("reports.write", "Advisor"),
    Scope("presences.read", "Presences"),
    Scope("presences.write", "Presences"),
)

ORGANIZATION_SCOPES: tuple[Scope, ...] = (
    Scope("projects.read", "Projects"),
    Scope("projects.write", "Projects"),
    Scope("devKeys.read", "Other", True),
    Scope("devKeys.write", "Other", True),
)

GUEST_SCOPES = frozenset(
    """
    global public home console graphql sessions.write documents.read documents.write rows.read rows.write
    embeddings.write files.read files.write locale.read avatars.read executions.write
    """.split()
)

_USER_SCOPES_MORE = frozenset(
    """
    account teams.read teams.write presences.read presences.write projects.read executions.read targets.read
    targets.write subscribers.write subscribers.read assistant.read rules.read
    """.split()
)

USER_SCOPES = GUEST_SCOPES | _USER_SCOPES_MORE

ADMIN_SCOPES = frozenset(
    """
    global graphql sessions.write teams.read teams.write documents.read documents.write rows.read rows.write
    embeddings.write files.read files.write buckets.read buckets.write users.read users.write presences.read
    presences.write databases.read databases.write collections.read collections.write tables.read tables.write
    platforms.read platforms.write mocks.read mocks.write project.policies.read project.policies.write
    project.oauth2.read project.oauth2.write templates.read templates.write projects.write keys.read
    keys.write devKeys.read devKeys.write webhooks.read webhooks.write project.read project.write locale.read
    avatars.read health.read functions.read functions.write sites.read sites.write log.read log.write
    executions.read executions.write rules.read rules.write migrations.read migrations.write vcs.read
    vcs.write targets.read targets.write providers.write providers.read messages.write messages.read
    topics.write topics.read subscribers.write subscribers.read tokens.read tokens.write schedules.read
    schedules.write stages.read stages.write insights.read insights.write reports.read reports.write
    """.split()
)

KEY_SCOPES = frozenset(
    """
    global health.read graphql
    """.split()
)

ROLE_SCOPES: dict[str, frozenset[str]] = {
    "admin": ADMIN_SCOPES,
    "developer": ADMIN_SCOPES,
    "owner": ADMIN_SCOPES | USER_SCOPES,
}
"""What the roles of an organization's members allow in its projects."""

MEMBER_SCOPES = frozenset({"teams.read", "projects.read"})
"""What every member of an organization may do, whatever the role."""

PROJECT_ALONE = frozenset(
    scope.name
    for scope in PROJECT_SCOPES
    if scope.category in ("Databases", "Storage", "Functions", "Sites", "Messaging") or scope.name.startswith("users.")
)
"""What nobody may do in the console, whose users belong to many organizations: there its members are all admins."""

KNOWN_SCOPES = (
    frozenset(scope.name for scope in (*PROJECT_SCOPES, *ORGANIZATION_SCOPES))
    | ADMIN_SCOPES
    | USER_SCOPES
    | KEY_SCOPES
    | frozenset({"root"})
)
"""All scopes that a route may name; `root` is held by nobody."""

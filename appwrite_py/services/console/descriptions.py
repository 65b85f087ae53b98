"""What a scope allows, in a sentence: its first part names things, its second part says what may be done with them."""

from __future__ import annotations

_THINGS = {
    "project": "the project, its variables and settings",
    "keys": "the project's API keys",
    "platforms": "the platforms that the project is used from",
    "mocks": "the phone numbers that stand in for real ones in tests",
    "policies": "the project's policies",
    "project.policies": "the project's policies",
    "project.oauth2": "the OAuth2 providers of the project",
    "templates": "the templates of the project's mails",
    "stages": "the stages of the project's onboarding",
    "users": "the project's users",
    "sessions": "the sessions of users",
    "teams": "teams and their memberships",
    "databases": "databases",
    "tables": "tables",
    "columns": "the columns of tables",
    "indexes": "indexes of tables",
    "rows": "the rows of tables",
    "embeddings": "embeddings of texts",
    "collections": "collections",
    "attributes": "the attributes of collections",
    "documents": "the documents of collections",
    "buckets": "storage buckets",
    "files": "files, and previews of them",
    "tokens": "tokens that give access to single files",
    "functions": "functions and their deployments",
    "executions": "executions of functions",
    "execution": "executions of functions",
    "sites": "sites and their deployments",
    "log": "the logs of sites",
    "providers": "providers of messages",
    "topics": "topics of messages",
    "subscribers": "the subscribers of topics",
    "targets": "the targets that messages are sent to",
    "messages": "messages",
    "rules": "the domains that lead to functions and sites",
    "webhooks": "webhooks",
    "locale": "countries, languages, currencies and the caller's place",
    "avatars": "initials, flags, QR codes and other small pictures",
    "health": "the health of the server",
    "assistant": "the assistant",
    "migrations": "migrations of data",
    "schedules": "schedules of functions and messages",
    "vcs": "version control: installations and repositories",
    "insights": "the advisor's insights",
    "reports": "the advisor's reports",
    "presences": "who is present, and in what state",
    "projects": "the organization's projects",
    "devKeys": "the development keys of projects",
}


def describe(scope: str) -> str:
    """`Read teams and their memberships.`"""
    thing, _, action = scope.rpartition(".")
    verb = "Read" if action == "read" else "Create, change and delete"
    return f"{verb} {_THINGS[thing]}."

"""The fixed parts of the document: what the services are, how callers identify themselves, what errors look like."""

from __future__ import annotations

from typing import Any

from appwrite_py.errors import CATALOGUE
from appwrite_py.platform.projects import CONSOLE

INTRODUCTION = """A self-hosted backend for web, mobile and server apps: accounts, teams, databases, files and more.

Every request names its project in `X-Appwrite-Project`. Callers are guests, users (a session or a JWT), API keys, or \
members of the organization that owns the project, who work in it with `X-Appwrite-Mode: admin`. Errors are JSON \
objects with `message`, `code`, `type` and `version`; `type` is the one to decide by. Which types a route answers with \
is told with its errors, as far as they are its own: all routes may also meet those that concern the caller, the \
project and the rate limit.

Bodies are JSON, or forms where they hold files. What is described here is the newest form of answers, which is \
sent without `X-Appwrite-Response-Format`; with this header older clients ask for the form of their version."""

SERVICES = {
    "account": "The signed-in user: sign-up, sessions, e-mail, password, preferences.",
    "advisor": "Findings about a project, with what to do about them.",
    "assistant": "Answers to questions about building with the API.",
    "avatars": "Pictures for people, countries, browsers, cards, links and QR codes.",
    "console": "What a console needs to know of this server.",
    "databases": "Databases with collections, attributes, indexes and documents.",
    "documentsDB": "Databases of documents without a schema.",
    "embeddings": "Vectors for texts.",
    "functions": "Code that runs on the server: deployments, variables, executions.",
    "graphql": "The API as a GraphQL schema.",
    "health": "Whether the server and its parts work.",
    "locale": "Countries, languages, currencies and phone codes, in the caller's language.",
    "messaging": "E-mail, text messages and push messages: providers, topics, messages.",
    "migrations": "Moving data from other places into a project and out of it.",
    "notifications": "Notifications of console users.",
    "organization": "The organization of a console user and its projects and keys.",
    "ping": "Finding out that a project is reached.",
    "presences": "Who is online.",
    "project": "The project itself: keys, platforms, variables, services, sign-in methods, policies.",
    "projects": "The projects of an organization.",
    "proxy": "Domains and what they lead to.",
    "sites": "Websites: deployments, variables, logs.",
    "storage": "Buckets and files.",
    "tablesDB": "Databases with tables, columns, indexes and rows.",
    "teams": "Groups of users and their roles.",
    "tokens": "Tokens that open single files to others.",
    "users": "The users of a project, managed by a server or an administrator.",
    "vcs": "Git installations and repositories.",
    "vectorsDB": "Databases that find rows by the nearness of their vectors.",
    "webhooks": "Addresses that are called when something happens.",
}


def _part(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}


CHUNK_HEADERS = [
    _part("Content-Range", "Which part of the file this is, as `bytes START-END/SIZE`; left out where it is whole."),
    _part("X-Appwrite-ID", "The id that the first part's answer had, for all parts behind it."),
]
RANGE_HEADER = _part("Range", "Which part of the file is wanted, as `bytes=START-END`.")


def _header(name: str, description: str) -> dict[str, str]:
    return {"type": "apiKey", "in": "header", "name": name, "description": description}


SECURITY_SCHEMES: dict[str, dict[str, str]] = {
    "Project": _header("X-Appwrite-Project", "The id of the project."),
    "Key": _header("X-Appwrite-Key", "The secret of an API key; what it may do is in its scopes."),
    "JWT": _header("X-Appwrite-JWT", "A JSON Web Token that stands for a user."),
    "Session": _header("X-Appwrite-Session", "The secret of a user's session, for rendering on a server."),
    "Cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": f"a_session_{CONSOLE}",
        "description": "The session's cookie. Its name ends in the id of the project that the user belongs to; "
        f"`{CONSOLE}` for the users of the console.",
    },
    "Mode": _header("X-Appwrite-Mode", "`admin`: a console user works in a project of an own organization."),
    "Organization": _header("X-Appwrite-Organization", "The id of the organization that a console user works in."),
    "Locale": _header("X-Appwrite-Locale", "The language of texts in answers, such as `en`."),
    "ImpersonateUserId": _header("X-Appwrite-Impersonate-User-Id", "The user to act as, by id."),
    "ImpersonateUserEmail": _header("X-Appwrite-Impersonate-User-Email", "The user to act as, by e-mail address."),
    "ImpersonateUserPhone": _header("X-Appwrite-Impersonate-User-Phone", "The user to act as, by phone number."),
}

ERROR_TYPES: dict[str, Any] = {"type": "string", "enum": sorted(CATALOGUE)}
ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What was wrong with a request.",
    "properties": {
        "message": {"type": "string", "description": "For people."},
        "code": {"type": "integer", "description": "The HTTP status."},
        "type": {
            "description": "For programs: one of these, and of others in later versions.",
            "anyOf": [{"$ref": "#/components/schemas/errorType"}, {"type": "string"}],
        },
        "version": {"type": "string", "description": "The version of the API."},
    },
    "required": ["message", "code", "type", "version"],
}

ERRORS = {
    "400": ("badRequest", "A parameter is invalid or missing, or the body cannot be read."),
    "401": ("unauthorized", "The caller lacks the scope, or the credentials are not valid."),
    "403": ("forbidden", "The service is switched off, the origin is unknown, or the user is blocked."),
    "404": ("notFound", "The project or the resource does not exist."),
    "409": ("conflict", "It exists already, or somebody else is changing it."),
    "429": ("tooManyRequests", "The rate limit is reached; see `X-RateLimit-Reset`."),
    "408": ("timedOut", "It took too long."),
    "410": ("gone", "It is no longer there."),
    "412": ("preconditionFailed", "Something has to be done or set up before."),
    "416": ("badRange", "The file has no such part."),
    "501": ("notAvailable", "This is switched off."),
    "503": ("unavailable", "The server lacks something that this needs."),
    "4XX": ("otherError", "Any other error of the client's."),
    "5XX": ("serverError", "An error of the server's."),
}


def error_responses() -> dict[str, Any]:
    """`components.responses`: one for each kind of error."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}
    made: dict[str, Any] = {name: {"description": text, "content": content} for name, text in ERRORS.values()}
    made["tooManyRequests"]["headers"] = {
        "X-RateLimit-Limit": {"description": "Attempts within the window.", "schema": {"type": "integer"}},
        "X-RateLimit-Remaining": {"description": "Attempts that are left.", "schema": {"type": "integer"}},
        "X-RateLimit-Reset": {"description": "Unix second at which the window ends.", "schema": {"type": "integer"}},
    }
    return made

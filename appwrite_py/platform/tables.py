"""Tables of tenancy: projects and what belongs to them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from appwrite_py.data.metadata import Json, Time, created, document, flag, line, metadata, sequence, updated, words

projects = Table(
    "projects",
    metadata,
    Column("id", Text, primary_key=True),
    sequence(),
    created(),
    updated(),
    # Counts every change that requests may have cached something of; see docs/decisions/0003-coherent-caches.md.
    Column("version", BigInteger, nullable=False, server_default="1"),
    line("name"),
    Column("search", Text, Computed("id || ' ' || name", persisted=True)),
    line("team_id"),
    line("region", "default"),
    line("status", "active"),
    words("labels"),
    document("details"),  # description, logo, url and legal data
    document("services"),  # switched-off service ids -> false
    document("protocols"),
    document("auth_methods"),
    document("policies"),
    document("smtp"),
    Column("smtp_password_sealed", LargeBinary),
    document("onboarding"),  # stage -> its status, since when and by whom
    Column("ping_count", BigInteger, nullable=False, server_default="0"),
    Column("pinged_at", Time),
    Column("accessed_at", Time),
    Index("projects_team", "team_id"),
)


def _project_key() -> list[PrimaryKeyConstraint | ForeignKeyConstraint]:
    return [
        PrimaryKeyConstraint("project_id", "id"),
        ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
    ]


keys = Table(
    "keys",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("name"),
    words("scopes"),
    Column("expire", Time),
    Column("accessed_at", Time),
    words("sdks"),
    # What the key belongs to: its project, or an organization (team) or account (user) of the console.
    line("owner_type", "project"),
    line("owner_id"),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("secret_sealed", LargeBinary, nullable=False),
    *_project_key(),
)

dev_keys = Table(
    "dev_keys",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("name"),
    Column("expire", Time),
    Column("accessed_at", Time),
    words("sdks"),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("secret_sealed", LargeBinary, nullable=False),
    *_project_key(),
)

platforms = Table(
    "platforms",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("name"),
    line("type"),
    line("hostname"),
    line("key"),
    *_project_key(),
)

variables = Table(
    "variables",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("resource_type", "project"),
    line("resource_id"),
    line("key"),
    Column("value_sealed", LargeBinary, nullable=False),
    flag("secret", False),
    Index("variables_key", "project_id", "resource_type", "resource_id", "key", unique=True),
    *_project_key(),
)

schedules = Table(
    "schedules",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("resource_type"),
    line("resource_id"),
    Column("resource_updated_at", Time, nullable=False),
    line("schedule"),
    flag("active", False),
    Column("next_at", Time),  # when it is due next; null while it is not active, and where that never comes
    line("region"),
    Column("data_sealed", LargeBinary),
    Index("schedules_due", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    *_project_key(),
)

# Where the requests to a domain lead. Nobody else has a domain that one project has
rules = Table(
    "rules",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    Column("domain", Text, nullable=False, unique=True),  # in lower case
    line("type"),  # api, deployment or redirect
    line("trigger", "manual"),
    line("redirect_url"),
    Column("redirect_status", Integer, nullable=False, server_default=text("301")),
    Column("function_id", Text),  # the function that it leads to, or that a redirection goes with
    line("branch"),
    line("status", "unverified"),  # or verified: only then it leads anywhere
    line("logs"),  # why it is not verified
    *_project_key(),
    ForeignKeyConstraint(["project_id", "function_id"], ["functions.project_id", "functions.id"], ondelete="CASCADE"),
    Index("rules_function", "project_id", "function_id", postgresql_where=text("function_id IS NOT NULL")),
)

# What a project is known by at an OAuth2 provider; the id is the provider's
oauth_clients = Table(
    "oauth_clients",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    flag("enabled", False),
    document("parameters"),  # those that are no secrets, by the names that the API uses
    Column("secrets_sealed", LargeBinary),  # the others, as a JSON object
    *_project_key(),
)

# Phone numbers that get no messages, but always have the same code; the id is the number
mock_phones = Table(
    "mock_phones",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("otp"),
    *_project_key(),
)

# Texts of mails that differ from the server's own; the id is `TEMPLATE-LOCALE`
email_templates = Table(
    "email_templates",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("template"),
    line("locale"),
    document("texts"),  # subject, message, senderName, senderEmail, replyToName, replyToEmail; those that are set
    *_project_key(),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("name"),
    line("url"),
    words("events"),  # names and patterns, compared with all names of an event
    flag("tls", False),
    line("auth_username"),
    Column("auth_password_sealed", LargeBinary),  # null where there is none
    Column("secret_sealed", LargeBinary, nullable=False),
    flag("enabled", True),
    Column("paused_at", Time),  # when failures switched it off; null while it is on, and where people switched it off
    line("logs"),  # of the last failure
    Column("attempts", BigInteger, nullable=False, server_default="0"),  # that failed since the last success
    *_project_key(),
)

# What is or was sent to a webhook, and what came back
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("webhook_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("event"),
    Column("number", BigInteger, nullable=False),  # of the outbox's row
    Column("payload", Json),
    line("user_id"),  # whose doing it was; empty for keys and guests
    line("replay_of"),  # the delivery that this one repeats; empty for the first one
    line("status", "waiting"),  # waiting, sent, failed or skipped
    Column("attempts", BigInteger, nullable=False, server_default="0"),
    Column("response_status", BigInteger, nullable=False, server_default="0"),  # 0 where nothing was answered
    line("response_headers"),  # the last answer's, cut to 4 KB, as its body is
    line("response_body"),
    line("error"),
    Column("duration_ms", BigInteger, nullable=False, server_default="0"),
    Column("finished_at", Time),
    PrimaryKeyConstraint("project_id", "webhook_id", "id"),
    ForeignKeyConstraint(["project_id", "webhook_id"], ["webhooks.project_id", "webhooks.id"], ondelete="CASCADE"),
    Index("webhook_deliveries_newest", "project_id", "webhook_id", text("seq DESC")),
    Index("webhook_deliveries_created", "created_at"),
    Index(
        "webhook_deliveries_once",
        "project_id",
        "webhook_id",
        "number",
        unique=True,
        postgresql_where=text("replay_of = ''"),
    ),
)

"""Tables of functions: what is deployed, how it was built, and what it was called for."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from appwrite_py.data.metadata import Time, created, document, flag, line, metadata, sequence, updated, words


def _of_function() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["project_id", "function_id"], ["functions.project_id", "functions.id"], ondelete="CASCADE"
    )


functions = Table(
    "functions",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("name"),
    line("runtime"),
    words("execute"),
    words("scopes"),
    words("events"),
    line("schedule"),
    line("schedule_id"),
    Column("timeout", Integer, nullable=False, server_default=text("15")),
    flag("enabled", True),
    flag("live", True),  # whether what is set here is what the active deployment was built with
    flag("logging", True),
    line("entrypoint"),
    line("commands"),
    line("version", "v5"),
    line("build_specification"),
    line("runtime_specification"),
    Column("deployment_retention", Integer, nullable=False, server_default=text("0")),  # days, 0 for ever
    line("deployment_id"),  # the active one
    Column("deployment_created_at", Time),
    line("latest_deployment_id"),
    Column("latest_deployment_created_at", Time),
    line("latest_deployment_status"),
    line("installation_id"),
    line("provider_repository_id"),
    line("provider_branch"),
    line("provider_root_directory"),
    flag("provider_silent_mode", False),
    words("provider_branches"),
    words("provider_paths"),
    Column("search", Text, Computed("id || ' ' || name || ' ' || runtime", persisted=True)),
    PrimaryKeyConstraint("project_id", "id"),
    ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
    Index("functions_events", "events", postgresql_using="gin"),
)

deployments = Table(
    "deployments",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("function_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("type", "manual"),  # manual, cli or vcs
    line("status", "waiting"),  # waiting, processing, building, ready, failed or canceled
    flag("activate", False),
    line("runtime"),
    line("entrypoint"),
    line("commands"),
    document("origin"),  # the repository and reference of a template that is still to be fetched
    line("source_blob"),  # where the archive lies; empty until it is whole
    Column("source_size", BigInteger, nullable=False, server_default=text("0")),
    flag("source_sealed", False),
    Column("chunks_total", Integer, nullable=False, server_default=text("1")),
    Column("chunks_uploaded", Integer, nullable=False, server_default=text("0")),
    line("build_blob"),
    Column("build_size", BigInteger, nullable=False, server_default=text("0")),
    flag("build_sealed", False),
    Column("total_size", BigInteger, Computed("source_size + build_size", persisted=True)),
    line("build_logs"),
    line("build_claim"),  # of the process that builds it: what another one still writes counts for nothing
    Column("build_attempts", Integer, nullable=False, server_default=text("0")),
    Column("build_started_at", Time),
    Column("build_ended_at", Time),
    Column("build_duration", BigInteger, nullable=False, server_default=text("0")),  # seconds, begun ones count
    Column("search", Text, Computed("id || ' ' || type || ' ' || status || ' ' || entrypoint", persisted=True)),
    PrimaryKeyConstraint("project_id", "id"),
    _of_function(),
    Index("deployments_function", "project_id", "function_id", "seq"),
    Index("deployments_waiting", "updated_at", postgresql_where=text("status = 'waiting'")),
    Index("deployments_source", "source_blob", postgresql_where=text("source_blob <> ''")),
    Index("deployments_build", "build_blob", postgresql_where=text("build_blob <> ''")),
)

deployment_chunks = Table(
    "deployment_chunks",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("deployment_id", Text, nullable=False),
    Column("number", Integer, nullable=False),  # from 0, in the order of the archive
    Column("blob", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    PrimaryKeyConstraint("project_id", "deployment_id", "number"),
    ForeignKeyConstraint(
        ["project_id", "deployment_id"], ["deployments.project_id", "deployments.id"], ondelete="CASCADE"
    ),
    Index("deployment_chunks_blob", "blob"),
)

executions = Table(
    "executions",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("function_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    words("permissions"),
    words("read_roles"),
    line("deployment_id"),
    line("trigger", "http"),  # http, schedule or event
    line("status", "waiting"),  # waiting, processing, completed, failed or scheduled
    line("method", "POST"),
    line("path", "/"),
    document("request_headers", "[]"),
    Column("status_code", Integer, nullable=False, server_default=text("0")),
    document("response_headers", "[]"),
    line("logs"),
    line("errors"),
    Column("duration", Float, nullable=False, server_default=text("0")),  # seconds
    Column("scheduled_at", Time),
    line("schedule_id"),
    line("user_id"),
    Column("call_sealed", LargeBinary),  # what an asynchronous one is called with, until it has run
    Column("event_number", BigInteger),  # the outbox's row that an event trigger follows
    PrimaryKeyConstraint("project_id", "id"),
    _of_function(),
    Index("executions_function", "project_id", "function_id", "seq"),
    Index("executions_created", "created_at"),
    Index("executions_readers", "read_roles", postgresql_using="gin"),
    Index(
        "executions_once",
        "project_id",
        "function_id",
        "event_number",
        unique=True,
        postgresql_where=text("event_number IS NOT NULL"),
    ),
)

"""The first schema: tenancy, people, the catalogue of databases, the outbox, rate limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from appwrite_py.data.metadata import Json, JsonText, TextArray, Time

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create all tables, and the project that console users and organizations belong to."""
    op.execute("CREATE SEQUENCE outbox_number_seq")
    op.execute("CREATE SCHEMA outbox_days")
    op.create_table(
        "event_readers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "outbox",
        sa.Column("number", sa.BigInteger(), server_default=sa.text("nextval('outbox_number_seq')"), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("roles", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("left_roles", TextArray(), nullable=True),
        sa.Column("payload", JsonText(), nullable=True),
        sa.Column("actor_type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("actor_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("audit", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("resource", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("ip", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("user_agent", sa.Text(), server_default=sa.text("''"), nullable=False),
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index(
        "outbox_audits",
        "outbox",
        ["project_id", "resource", sa.literal_column("(number + 0)")],
        unique=False,
        postgresql_where=sa.text("audit <> ''"),
    )
    op.create_index("outbox_created", "outbox", ["created_at"], unique=False, postgresql_using="brin")
    op.create_index("outbox_number", "outbox", ["number"], unique=False)
    op.create_table(
        "projects",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("search", sa.Text(), sa.Computed("id || ' ' || name", persisted=True), nullable=True),
        sa.Column("team_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("region", sa.Text(), server_default=sa.text("'default'"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'"), nullable=False),
        sa.Column("labels", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("details", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("services", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("protocols", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("auth_methods", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("policies", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("smtp", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("smtp_password_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("onboarding", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("ping_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("pinged_at", Time(), nullable=True),
        sa.Column("accessed_at", Time(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("projects_team", "projects", ["team_id"], unique=False)
    op.create_table(
        "rate_limits",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ends_at", Time(), nullable=False),
        sa.Column("count", sa.BigInteger(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("key", "ends_at"),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "rollups",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("done_until", Time(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "servers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("sockets", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("servers_seen", "servers", ["seen_at"], unique=False)
    op.create_table(
        "buckets",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("permissions", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("read_roles", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("create_roles", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("update_roles", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("delete_roles", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("file_security", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("maximum_file_size", sa.BigInteger(), nullable=False),
        sa.Column("allowed_file_extensions", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("compression", sa.Text(), server_default=sa.text("'none'"), nullable=False),
        sa.Column("encryption", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("antivirus", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("transformations", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "databases",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("type", sa.Text(), server_default=sa.text("'legacy'"), nullable=False),
        sa.Column("schema_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("schema_name"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "dev_keys",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("expire", Time(), nullable=True),
        sa.Column("accessed_at", Time(), nullable=True),
        sa.Column("sdks", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("secret_hash"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "email_templates",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("template", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("locale", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("texts", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "functions",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("runtime", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("execute", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("scopes", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("events", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("schedule", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("schedule_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("timeout", sa.Integer(), server_default=sa.text("15"), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("live", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("logging", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("entrypoint", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("commands", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("version", sa.Text(), server_default=sa.text("'v5'"), nullable=False),
        sa.Column("build_specification", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("runtime_specification", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("deployment_retention", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("deployment_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("deployment_created_at", Time(), nullable=True),
        sa.Column("latest_deployment_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("latest_deployment_created_at", Time(), nullable=True),
        sa.Column("latest_deployment_status", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("installation_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("provider_repository_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("provider_branch", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("provider_root_directory", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("provider_silent_mode", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("provider_branches", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("provider_paths", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "search", sa.Text(), sa.Computed("id || ' ' || name || ' ' || runtime", persisted=True), nullable=True
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("functions_events", "functions", ["events"], unique=False, postgresql_using="gin")
    op.create_table(
        "hourly_writes",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("database_id", sa.Text(), nullable=False),
        sa.Column("collection_id", sa.Text(), nullable=False),
        sa.Column("hour", Time(), nullable=False),
        sa.Column("writes", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "database_id", "collection_id", "hour"),
    )
    op.create_index("hourly_writes_hour", "hourly_writes", ["hour"], unique=False)
    op.create_table(
        "keys",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("scopes", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("expire", Time(), nullable=True),
        sa.Column("accessed_at", Time(), nullable=True),
        sa.Column("sdks", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("owner_type", sa.Text(), server_default=sa.text("'project'"), nullable=False),
        sa.Column("owner_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("secret_hash"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "mock_phones",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("otp", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "oauth_clients",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("parameters", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("secrets_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "oauth_flows",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("provider", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("success", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("failure", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("browser", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("secrets_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expire", Time(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
    )
    op.create_index("oauth_flows_expire", "oauth_flows", ["expire"], unique=False)
    op.create_table(
        "platforms",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("hostname", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("key", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "schedules",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("resource_type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("resource_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("resource_updated_at", Time(), nullable=False),
        sa.Column("schedule", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("next_at", Time(), nullable=True),
        sa.Column("region", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("data_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index(
        "schedules_due", "schedules", ["next_at"], unique=False, postgresql_where=sa.text("next_at IS NOT NULL")
    )
    op.create_table(
        "teams",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("prefs", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "transactions",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("operations", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("expires_at", Time(), nullable=False),
        sa.Column("owner_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("transactions_expires", "transactions", ["expires_at"], unique=False)
    op.create_table(
        "users",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email_verification", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("phone_verification", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("email_canonical", sa.Text(), nullable=True),
        sa.Column("email_is_free", sa.Boolean(), nullable=True),
        sa.Column("email_is_disposable", sa.Boolean(), nullable=True),
        sa.Column("email_is_corporate", sa.Boolean(), nullable=True),
        sa.Column("email_is_canonical", sa.Boolean(), nullable=True),
        sa.Column("status", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("reset", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("mfa", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("impersonator", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("labels", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("prefs", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("password_hash", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("password_algorithm", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("password_options", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("password_history", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("password_from", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("password_updated_at", Time(), nullable=True),
        sa.Column("recovery_codes_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("registered_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("accessed_at", Time(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("users_email", "users", ["project_id", "email"], unique=True)
    op.create_index("users_phone", "users", ["project_id", "phone"], unique=True)
    op.create_table(
        "variables",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("resource_type", sa.Text(), server_default=sa.text("'project'"), nullable=False),
        sa.Column("resource_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("key", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("value_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("variables_key", "variables", ["project_id", "resource_type", "resource_id", "key"], unique=True)
    op.create_table(
        "webhooks",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("events", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("tls", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("auth_username", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("auth_password_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("paused_at", Time(), nullable=True),
        sa.Column("logs", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "authenticators",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("used_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["project_id", "user_id"], ["users.project_id", "users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("authenticators_user", "authenticators", ["project_id", "user_id", "type"], unique=True)
    op.create_table(
        "challenges",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("expire", Time(), nullable=False),
        sa.ForeignKeyConstraint(["project_id", "user_id"], ["users.project_id", "users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("challenges_expire", "challenges", ["expire"], unique=False)
    op.create_index("challenges_user", "challenges", ["project_id", "user_id"], unique=False)
    op.create_table(
        "collections",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("database_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("row_security", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("permissions", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "database_id"], ["databases.project_id", "databases.id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project_id", "database_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "deployments",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("function_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("type", sa.Text(), server_default=sa.text("'manual'"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("activate", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("runtime", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("entrypoint", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("commands", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("origin", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("source_blob", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("source_size", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("source_sealed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("chunks_total", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("chunks_uploaded", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("build_blob", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("build_size", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("build_sealed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "total_size", sa.BigInteger(), sa.Computed("source_size + build_size", persisted=True), nullable=True
        ),
        sa.Column("build_logs", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("build_claim", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("build_attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("build_started_at", Time(), nullable=True),
        sa.Column("build_ended_at", Time(), nullable=True),
        sa.Column("build_duration", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "search",
            sa.Text(),
            sa.Computed("id || ' ' || type || ' ' || status || ' ' || entrypoint", persisted=True),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "function_id"], ["functions.project_id", "functions.id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index(
        "deployments_build", "deployments", ["build_blob"], unique=False, postgresql_where=sa.text("build_blob <> ''")
    )
    op.create_index("deployments_function", "deployments", ["project_id", "function_id", "seq"], unique=False)
    op.create_index(
        "deployments_source",
        "deployments",
        ["source_blob"],
        unique=False,
        postgresql_where=sa.text("source_blob <> ''"),
    )
    op.create_index(
        "deployments_waiting",
        "deployments",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "executions",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("function_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("permissions", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("read_roles", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("deployment_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("trigger", sa.Text(), server_default=sa.text("'http'"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("method", sa.Text(), server_default=sa.text("'POST'"), nullable=False),
        sa.Column("path", sa.Text(), server_default=sa.text("'/'"), nullable=False),
        sa.Column("request_headers", Json(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("status_code", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("response_headers", Json(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("logs", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("errors", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("duration", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("scheduled_at", Time(), nullable=True),
        sa.Column("schedule_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("user_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("call_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("event_number", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "function_id"], ["functions.project_id", "functions.id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("executions_created", "executions", ["created_at"], unique=False)
    op.create_index("executions_function", "executions", ["project_id", "function_id", "seq"], unique=False)
    op.create_index(
        "executions_once",
        "executions",
        ["project_id", "function_id", "event_number"],
        unique=True,
        postgresql_where=sa.text("event_number IS NOT NULL"),
    )
    op.create_index("executions_readers", "executions", ["read_roles"], unique=False, postgresql_using="gin")
    op.create_table(
        "files",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("bucket_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("folder", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("permissions", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("read_roles", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("update_roles", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("delete_roles", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("begun_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("blob", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("signature", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("mime_type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("size_original", sa.BigInteger(), nullable=False),
        sa.Column("size_packed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("size_actual", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("chunks_total", sa.BigInteger(), nullable=False),
        sa.Column("chunks_uploaded", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("compression", sa.Text(), server_default=sa.text("'none'"), nullable=False),
        sa.Column("encryption", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("transformed_at", Time(), nullable=True),
        sa.ForeignKeyConstraint(["project_id", "bucket_id"], ["buckets.project_id", "buckets.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "bucket_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("files_blob", "files", ["blob"], unique=False, postgresql_where=sa.text("blob <> ''"))
    op.create_index("files_pending", "files", ["updated_at"], unique=False, postgresql_where=sa.text("blob = ''"))
    op.create_index("files_readers", "files", ["read_roles"], unique=False, postgresql_using="gin")
    op.create_index("files_seq", "files", ["project_id", "bucket_id", "seq"], unique=False)
    op.create_table(
        "identities",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("provider_uid", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("provider_email", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("provider_access_token", sa.LargeBinary(), nullable=True),
        sa.Column("provider_access_token_expiry", Time(), nullable=True),
        sa.Column("provider_refresh_token", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["project_id", "user_id"], ["users.project_id", "users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("identities_email", "identities", ["project_id", "provider_email"], unique=False)
    op.create_index("identities_provider", "identities", ["project_id", "provider", "provider_uid"], unique=True)
    op.create_index("identities_user", "identities", ["project_id", "user_id"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("roles", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("confirmed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("invited_at", Time(), nullable=True),
        sa.Column("joined_at", Time(), nullable=True),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["project_id", "team_id"], ["teams.project_id", "teams.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["project_id", "user_id"], ["users.project_id", "users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("memberships_team_user", "memberships", ["project_id", "team_id", "user_id"], unique=True)
    op.create_index("memberships_user", "memberships", ["project_id", "user_id"], unique=False)
    op.create_table(
        "passkey_ceremonies",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("session_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("passkey_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("rp_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("origin", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("expire", Time(), nullable=False),
        sa.ForeignKeyConstraint(["project_id", "user_id"], ["users.project_id", "users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("passkey_ceremonies_expire", "passkey_ceremonies", ["expire"], unique=False)
    op.create_index("passkey_ceremonies_user", "passkey_ceremonies", ["project_id", "user_id"], unique=False)
    op.create_table(
        "passkeys",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("rp_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("transports", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("backed_up", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("accessed_at", Time(), nullable=True),
        sa.ForeignKeyConstraint(["project_id", "user_id"], ["users.project_id", "users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("passkeys_credential", "passkeys", ["project_id", "credential_id"], unique=True)
    op.create_index("passkeys_user", "passkeys", ["project_id", "user_id"], unique=False)
    op.create_table(
        "presences",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_project_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("metadata", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("permissions", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("read_roles", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("update_roles", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("delete_roles", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("source", sa.Text(), server_default=sa.text("'rest'"), nullable=False),
        sa.Column("expires_at", Time(), nullable=False),
        sa.Column("server_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("socket_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_project_id", "user_id"], ["users.project_id", "users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("presences_expiry", "presences", ["expires_at"], unique=False)
    op.create_index(
        "presences_server",
        "presences",
        ["server_id", "socket_id"],
        unique=False,
        postgresql_where=sa.text("server_id <> ''"),
    )
    op.create_index("presences_user", "presences", ["user_project_id", "user_id", "project_id"], unique=True)
    op.create_table(
        "rules",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("trigger", sa.Text(), server_default=sa.text("'manual'"), nullable=False),
        sa.Column("redirect_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("redirect_status", sa.Integer(), server_default=sa.text("301"), nullable=False),
        sa.Column("function_id", sa.Text(), nullable=True),
        sa.Column("branch", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'unverified'"), nullable=False),
        sa.Column("logs", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "function_id"], ["functions.project_id", "functions.id"], ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("domain"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index(
        "rules_function",
        "rules",
        ["project_id", "function_id"],
        unique=False,
        postgresql_where=sa.text("function_id IS NOT NULL"),
    )
    op.create_table(
        "sessions",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expire", Time(), nullable=False),
        sa.Column("provider", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("provider_uid", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("provider_access_token", sa.LargeBinary(), nullable=True),
        sa.Column("provider_access_token_expiry", Time(), nullable=True),
        sa.Column("provider_refresh_token", sa.LargeBinary(), nullable=True),
        sa.Column("ip", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("user_agent", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("device", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("country_code", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("factors", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("mfa_updated_at", Time(), nullable=True),
        sa.ForeignKeyConstraint(["project_id", "user_id"], ["users.project_id", "users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("secret_hash"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("sessions_expire", "sessions", ["expire"], unique=False)
    op.create_index("sessions_user", "sessions", ["project_id", "user_id"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("provider", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expire", Time(), nullable=False),
        sa.Column("ip", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("user_agent", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["project_id", "user_id"], ["users.project_id", "users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("tokens_expire", "tokens", ["expire"], unique=False)
    op.create_index("tokens_user", "tokens", ["project_id", "user_id"], unique=False)
    op.create_table(
        "transaction_operations",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("database_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("collection_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("document_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("data_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("base", sa.Text(), nullable=True),
        sa.Column("staged_at", Time(), nullable=False),
        sa.Column("vocabulary", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("roles", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("trusted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("user_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("actor_type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("actor_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("ip", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("user_agent", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "transaction_id"], ["transactions.project_id", "transactions.id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project_id", "transaction_id", "number"),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("event", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("payload", Json(), nullable=True),
        sa.Column("user_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("replay_of", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("response_status", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("response_headers", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("response_body", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("error", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("finished_at", Time(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "webhook_id"], ["webhooks.project_id", "webhooks.id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project_id", "webhook_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("webhook_deliveries_created", "webhook_deliveries", ["created_at"], unique=False)
    op.create_index(
        "webhook_deliveries_newest",
        "webhook_deliveries",
        ["project_id", "webhook_id", sa.literal_column("seq DESC")],
        unique=False,
    )
    op.create_index(
        "webhook_deliveries_once",
        "webhook_deliveries",
        ["project_id", "webhook_id", "number"],
        unique=True,
        postgresql_where=sa.text("replay_of = ''"),
    )
    op.create_table(
        "attributes",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("database_id", sa.Text(), nullable=False),
        sa.Column("collection_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("format", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("options", Json(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("array", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("encrypt", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("default", Json(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'available'"), nullable=False),
        sa.Column("error", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "database_id", "collection_id"],
            ["collections.project_id", "collections.database_id", "collections.id"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "database_id", "collection_id", "key"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "deployment_chunks",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("deployment_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "deployment_id"], ["deployments.project_id", "deployments.id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project_id", "deployment_id", "number"),
    )
    op.create_index("deployment_chunks_blob", "deployment_chunks", ["blob"], unique=False)
    op.create_table(
        "file_chunks",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("bucket_id", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "bucket_id", "file_id"],
            ["files.project_id", "files.bucket_id", "files.id"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "bucket_id", "file_id", "number"),
    )
    op.create_index("file_chunks_blob", "file_chunks", ["blob"], unique=False)
    op.create_table(
        "file_tokens",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("bucket_id", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("expire", Time(), nullable=True),
        sa.Column("accessed_at", Time(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "bucket_id", "file_id"],
            ["files.project_id", "files.bucket_id", "files.id"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("file_tokens_file", "file_tokens", ["project_id", "bucket_id", "file_id"], unique=False)
    op.create_table(
        "indexes",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("database_id", sa.Text(), nullable=False),
        sa.Column("collection_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("attributes", TextArray(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("lengths", Json(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("orders", Json(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'available'"), nullable=False),
        sa.Column("error", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "database_id", "collection_id"],
            ["collections.project_id", "collections.database_id", "collections.id"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "database_id", "collection_id", "key"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index(
        "indexes_processing", "indexes", ["seq"], unique=False, postgresql_where=sa.text("status = 'processing'")
    )
    op.create_table(
        "targets",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", Time(), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("provider_type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("identifier", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("expired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "session_id"],
            ["sessions.project_id", "sessions.id"],
            name="targets_session",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["project_id", "user_id"], ["users.project_id", "users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index("targets_identifier", "targets", ["project_id", "identifier"], unique=True)
    op.create_index(
        "targets_session",
        "targets",
        ["project_id", "session_id"],
        unique=False,
        postgresql_where=sa.text("session_id IS NOT NULL"),
    )
    op.create_index("targets_user", "targets", ["project_id", "user_id"], unique=False)
    op.execute("CREATE TABLE outbox_days.other PARTITION OF outbox DEFAULT")
    op.execute("INSERT INTO projects (id, name) VALUES ('console', 'Console')")


def downgrade() -> None:
    """Drop all tables."""
    op.drop_index("targets_user", table_name="targets")
    op.drop_index("targets_session", table_name="targets", postgresql_where=sa.text("session_id IS NOT NULL"))
    op.drop_index("targets_identifier", table_name="targets")
    op.drop_table("targets")
    op.drop_index("indexes_processing", table_name="indexes", postgresql_where=sa.text("status = 'processing'"))
    op.drop_table("indexes")
    op.drop_index("file_tokens_file", table_name="file_tokens")
    op.drop_table("file_tokens")
    op.drop_index("file_chunks_blob", table_name="file_chunks")
    op.drop_table("file_chunks")
    op.drop_index("deployment_chunks_blob", table_name="deployment_chunks")
    op.drop_table("deployment_chunks")
    op.drop_table("attributes")
    op.drop_index(
        "webhook_deliveries_once", table_name="webhook_deliveries", postgresql_where=sa.text("replay_of = ''")
    )
    op.drop_index("webhook_deliveries_newest", table_name="webhook_deliveries")
    op.drop_index("webhook_deliveries_created", table_name="webhook_deliveries")
    op.drop_table("webhook_deliveries")
    op.drop_table("transaction_operations")
    op.drop_index("tokens_user", table_name="tokens")
    op.drop_index("tokens_expire", table_name="tokens")
    op.drop_table("tokens")
    op.drop_index("sessions_user", table_name="sessions")
    op.drop_index("sessions_expire", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("rules_function", table_name="rules", postgresql_where=sa.text("function_id IS NOT NULL"))
    op.drop_table("rules")
    op.drop_index("presences_user", table_name="presences")
    op.drop_index("presences_server", table_name="presences", postgresql_where=sa.text("server_id <> ''"))
    op.drop_index("presences_expiry", table_name="presences")
    op.drop_table("presences")
    op.drop_index("passkeys_user", table_name="passkeys")
    op.drop_index("passkeys_credential", table_name="passkeys")
    op.drop_table("passkeys")
    op.drop_index("passkey_ceremonies_user", table_name="passkey_ceremonies")
    op.drop_index("passkey_ceremonies_expire", table_name="passkey_ceremonies")
    op.drop_table("passkey_ceremonies")
    op.drop_index("memberships_user", table_name="memberships")
    op.drop_index("memberships_team_user", table_name="memberships")
    op.drop_table("memberships")
    op.drop_index("identities_user", table_name="identities")
    op.drop_index("identities_provider", table_name="identities")
    op.drop_index("identities_email", table_name="identities")
    op.drop_table("identities")
    op.drop_index("files_seq", table_name="files")
    op.drop_index("files_readers", table_name="files", postgresql_using="gin")
    op.drop_index("files_pending", table_name="files", postgresql_where=sa.text("blob = ''"))
    op.drop_index("files_blob", table_name="files", postgresql_where=sa.text("blob <> ''"))
    op.drop_table("files")
    op.drop_index("executions_readers", table_name="executions", postgresql_using="gin")
    op.drop_index("executions_once", table_name="executions", postgresql_where=sa.text("event_number IS NOT NULL"))
    op.drop_index("executions_function", table_name="executions")
    op.drop_index("executions_created", table_name="executions")
    op.drop_table("executions")
    op.drop_index("deployments_waiting", table_name="deployments", postgresql_where=sa.text("status = 'waiting'"))
    op.drop_index("deployments_source", table_name="deployments", postgresql_where=sa.text("source_blob <> ''"))
    op.drop_index("deployments_function", table_name="deployments")
    op.drop_index("deployments_build", table_name="deployments", postgresql_where=sa.text("build_blob <> ''"))
    op.drop_table("deployments")
    op.drop_table("collections")
    op.drop_index("challenges_user", table_name="challenges")
    op.drop_index("challenges_expire", table_name="challenges")
    op.drop_table("challenges")
    op.drop_index("authenticators_user", table_name="authenticators")
    op.drop_table("authenticators")
    op.drop_table("webhooks")
    op.drop_index("variables_key", table_name="variables")
    op.drop_table("variables")
    op.drop_index("users_phone", table_name="users")
    op.drop_index("users_email", table_name="users")
    op.drop_table("users")
    op.drop_index("transactions_expires", table_name="transactions")
    op.drop_table("transactions")
    op.drop_table("teams")
    op.drop_index("schedules_due", table_name="schedules", postgresql_where=sa.text("next_at IS NOT NULL"))
    op.drop_table("schedules")
    op.drop_table("platforms")
    op.drop_index("oauth_flows_expire", table_name="oauth_flows")
    op.drop_table("oauth_flows")
    op.drop_table("oauth_clients")
    op.drop_table("mock_phones")
    op.drop_table("keys")
    op.drop_index("hourly_writes_hour", table_name="hourly_writes")
    op.drop_table("hourly_writes")
    op.drop_index("functions_events", table_name="functions", postgresql_using="gin")
    op.drop_table("functions")
    op.drop_table("email_templates")
    op.drop_table("dev_keys")
    op.drop_table("databases")
    op.drop_table("buckets")
    op.drop_index("servers_seen", table_name="servers")
    op.drop_table("servers")
    op.drop_table("rollups")
    op.drop_table("rate_limits")
    op.drop_index("projects_team", table_name="projects")
    op.drop_table("projects")
    op.drop_index("outbox_number", table_name="outbox")
    op.drop_index("outbox_created", table_name="outbox", postgresql_using="brin")
    op.drop_index("outbox_audits", table_name="outbox", postgresql_where=sa.text("audit <> ''"))
    op.drop_table("outbox")
    op.drop_table("event_readers")
    op.execute("DROP SCHEMA outbox_days")
    op.execute("DROP SEQUENCE outbox_number_seq")

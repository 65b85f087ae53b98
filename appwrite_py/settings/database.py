"""PostgreSQL, and what is kept in it for how long."""

from __future__ import annotations

from functools import cached_property
from urllib.parse import quote

from pydantic import AliasChoices, Field

from appwrite_py.settings.kinds import Section, Toggle, Words


class Database(Section):
    """Database."""

    database_url: Words = Field(
        "",
        alias="DATABASE_URL",
        description="PostgreSQL to use, as `postgresql://user:password@host:port/name`. Empty (and no `_APP_DB_HOST`): "
        "an embedded one in the data folder.",
    )
    db_host: Words = Field("", alias="_APP_DB_HOST", description="PostgreSQL host, where no `DATABASE_URL` is given.")
    db_port: int = Field(5432, alias="_APP_DB_PORT", description="PostgreSQL port.")
    db_name: str = Field("appwrite", alias="_APP_DB_SCHEMA", description="PostgreSQL database.")
    db_user: str = Field("appwrite", alias="_APP_DB_USER", description="PostgreSQL user.")
    db_password: str = Field("", alias="_APP_DB_PASS", description="PostgreSQL password.")
    pool_size: int = Field(
        16,
        validation_alias=AliasChoices("_APP_POOL_CLIENTS", "pool_size"),
        alias="_APP_POOL_CLIENTS",
        ge=2,
        le=500,
        description="Database connections of one server process.",
    )
    query_timeout_ms: int = Field(
        15_000, alias="APPWRITE_PY_QUERY_TIMEOUT_MS", ge=100, description="Longest run of one database query."
    )

    @cached_property
    def dsn(self) -> str:
        """The PostgreSQL that is configured; empty when the embedded one is to be used."""
        if self.database_url:
            return self.database_url.replace("postgresql+asyncpg://", "postgresql://", 1)
        if not self.db_host:
            return ""
        login = f"{quote(self.db_user, safe='')}:{quote(self.db_password, safe='')}"
        return f"postgresql://{login}@{self.db_host}:{self.db_port}/{quote(self.db_name, safe='')}"


class Background(Section):
    """Jobs, records and realtime."""

    jobs: Toggle = Field(
        "enabled",
        alias="APPWRITE_PY_JOBS",
        description="Do jobs (mails, messages, webhooks) in the server's processes. `disabled` leaves them to other "
        "servers and to `appwrite-py worker`.",
    )
    maintenance_interval_seconds: int = Field(
        3600, alias="_APP_MAINTENANCE_INTERVAL", ge=10, description="Time between two clean-ups of expired data."
    )
    usage_stats: Toggle = Field("enabled", alias="_APP_USAGE_STATS", description="Count usage.")
    usage_retention_seconds: int = Field(
        8_640_000,
        alias="_APP_MAINTENANCE_RETENTION_USAGE_HOURLY",
        ge=3600,
        description="How long the hourly sums of usage are kept.",
    )
    event_retention_seconds: int = Field(
        1_209_600,
        alias="_APP_MAINTENANCE_RETENTION_AUDIT",
        ge=60,
        description="How long recorded events, and with them audit logs, are shown. They are deleted by the day (UTC).",
    )
    realtime_backlog_bytes: int = Field(
        4_000_000,
        alias="APPWRITE_PY_REALTIME_BACKLOG_BYTES",
        ge=64_000,
        description="How much may wait for a realtime socket that does not take what it is sent; then it is cut off.",
    )

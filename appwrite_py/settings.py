"""Every setting of the server: its name in the environment, its default and what it is for.

The README's table and `.env.example` are made from this class. Names are Appwrite's (`_APP_*`) where Appwrite has one.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import AliasChoices, BeforeValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Toggle = Literal["enabled", "disabled"]
Words = Annotated[str, BeforeValidator(lambda value: "" if value is None else str(value).strip())]


class Settings(BaseSettings):
    """Read from the environment, then from a `.env` file in the working directory."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, populate_by_name=True)

    # --- where the server listens -------------------------------------------------------------------
    host: str = Field("127.0.0.1", alias="APPWRITE_PY_HOST", description="Address that `serve` listens on.")
    port: int = Field(8080, alias="APPWRITE_PY_PORT", ge=0, le=65535, description="Port that `serve` listens on.")
    workers: int = Field(1, alias="APPWRITE_PY_WORKERS", ge=1, le=128, description="Server processes of `serve`.")
    data_dir: Path = Field(
        Path("appwrite-data"),
        alias="APPWRITE_PY_DATA",
        description="Folder for the embedded database, the generated secrets and local files.",
    )

    # --- general ------------------------------------------------------------------------------------
    env: Literal["production", "development"] = Field(
        "production",
        alias="_APP_ENV",
        description="`development` serves the mock OAuth2 provider and allows requests to private networks.",
    )
    private_networks: Toggle = Field(
        "disabled",
        alias="APPWRITE_PY_PRIVATE_NETWORKS",
        description="Let projects' mail servers, OAuth2 providers and webhooks be on private and loopback addresses.",
    )
    locale: str = Field("en", alias="_APP_LOCALE", description="Default locale of messages.")
    domain: str = Field("localhost", alias="_APP_DOMAIN", description="Host name that the server is reached by.")
    domain_target_cname: Words = Field(
        "localhost", alias="_APP_DOMAIN_TARGET_CNAME", description="Host name that custom domains' CNAME records name."
    )
    domain_target_a: Words = Field(
        "127.0.0.1", alias="_APP_DOMAIN_TARGET_A", description="IPv4 address that A records of custom domains name."
    )
    domain_target_aaaa: Words = Field(
        "::1", alias="_APP_DOMAIN_TARGET_AAAA", description="IPv6 address that AAAA records of custom domains name."
    )
    domain_target_caa: Words = Field(
        "", alias="_APP_DOMAIN_TARGET_CAA", description="Certificate authority that CAA records of custom domains name."
    )
    domain_functions: Words = Field(
        "functions.localhost", alias="_APP_DOMAIN_FUNCTIONS", description="Domain below which functions get theirs."
    )
    domain_sites: Words = Field(
        "sites.localhost", alias="_APP_DOMAIN_SITES", description="Domain below which sites get theirs."
    )
    domains_nameservers: Words = Field(
        "", alias="_APP_DOMAINS_NAMESERVERS", description="Comma list of name servers that consoles tell users to use."
    )
    custom_domain_deny_list: Words = Field(
        "example.com,test.com,app.example.com",
        alias="_APP_CUSTOM_DOMAIN_DENY_LIST",
        description="Comma list of domains that no project may claim.",
    )
    openssl_key: str = Field(
        "",
        alias="_APP_OPENSSL_KEY_V1",
        description="Key that encrypts secrets at rest. Empty: one is made in the data folder at the first start.",
    )
    options_abuse: Toggle = Field(
        "enabled", alias="_APP_OPTIONS_ABUSE", description="Rate limits of the contract on or off."
    )
    graphql_max_batch_size: int = Field(
        10, alias="_APP_GRAPHQL_MAX_BATCH_SIZE", ge=1, le=100, description="Operations in one GraphQL request."
    )
    graphql_max_complexity: int = Field(
        250,
        alias="_APP_GRAPHQL_MAX_COMPLEXITY",
        ge=0,
        description="Fields that one GraphQL operation may ask for, where rate limits are on. 0: no limit.",
    )
    graphql_max_depth: int = Field(
        3,
        alias="_APP_GRAPHQL_MAX_DEPTH",
        ge=0,
        description="How deep objects in one GraphQL operation may be nested, where rate limits are on. 0: no limit.",
    )
    graphql_introspection: Toggle = Field(
        "enabled", alias="_APP_GRAPHQL_INTROSPECTION", description="Whether clients may ask for the GraphQL schema."
    )
    force_https: Toggle = Field(
        "disabled", alias="_APP_OPTIONS_FORCE_HTTPS", description="Redirect plain HTTP to HTTPS."
    )
    trusted_headers: Words = Field(
        "",
        alias="_APP_TRUSTED_HEADERS",
        description="Comma list of headers that carry the client's address, as set by your proxy (`x-forwarded-for`). "
        "Empty: the address of the connection.",
    )
    console_whitelist_root: Toggle = Field(
        "enabled", alias="_APP_CONSOLE_WHITELIST_ROOT", description="Only the first user may sign up in the console."
    )
    console_whitelist_emails: Words = Field(
        "", alias="_APP_CONSOLE_WHITELIST_EMAILS", description="Comma list of e-mails that may sign up in the console."
    )
    console_whitelist_ips: Words = Field(
        "", alias="_APP_CONSOLE_WHITELIST_IPS", description="Comma list of addresses that may sign up in the console."
    )
    console_hostnames: Words = Field(
        "", alias="_APP_CONSOLE_HOSTNAMES", description="Comma list of host names a console may be served from."
    )
    compression: Toggle = Field(
        "enabled", alias="_APP_COMPRESSION_ENABLED", description="Compress answers for clients that accept it."
    )
    compression_min_size_bytes: int = Field(
        1024, alias="_APP_COMPRESSION_MIN_SIZE_BYTES", ge=0, description="Answers below this size stay as they are."
    )
    body_limit_bytes: int = Field(
        12_582_912, alias="APPWRITE_PY_BODY_LIMIT_BYTES", ge=1024, description="Largest request body."
    )

    # --- database -----------------------------------------------------------------------------------
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

    # --- projects and storage -----------------------------------------------------------------------
    region: str = Field("default", alias="_APP_REGION", description="Region that projects are created in.")
    project_regions: Words = Field(
        "", alias="_APP_PROJECT_REGIONS", description="Comma list of regions that projects may be made in. Empty: all."
    )
    storage_limit_bytes: int = Field(
        30_000_000, alias="_APP_STORAGE_LIMIT", ge=1, description="Largest file a bucket takes."
    )
    compute_size_limit_bytes: int = Field(
        30_000_000, alias="_APP_COMPUTE_SIZE_LIMIT", ge=1, description="Largest deployment of a function or site."
    )
    compute_build_timeout_seconds: int = Field(
        2700, alias="_APP_COMPUTE_BUILD_TIMEOUT", ge=1, description="Longest build of a function or site."
    )
    compute_build_size_limit_bytes: int = Field(
        2_000_000_000,
        alias="_APP_COMPUTE_BUILD_SIZE_LIMIT",
        ge=0,
        description="Most that a build may write, and the largest package that may come of it. 0: no limit.",
    )
    compute_builds: int = Field(
        2,
        alias="APPWRITE_PY_COMPUTE_BUILDS",
        ge=1,
        le=100,
        description="Builds that one server process works on at once; others wait.",
    )
    functions_endpoint: Words = Field(
        "",
        alias="APPWRITE_PY_FUNCTIONS_ENDPOINT",
        description="Address of the API that functions and builds are told, such as `https://example.com/v1`. Empty: "
        "made of `_APP_DOMAIN`, and of the port where that is `localhost`.",
    )
    templates_url: Words = Field(
        "https://github.com",
        alias="APPWRITE_PY_TEMPLATES_URL",
        description="Server of the public Git repositories that deployments from templates are fetched from: GitHub, "
        "or one that offers archives as GitHub does (Gitea, Forgejo).",
    )
    functions_creation_limit: int = Field(
        50,
        alias="_APP_FUNCTIONS_CREATION_ABUSE_LIMIT",
        ge=1,
        description="Functions that may be created in one project in a day, where rate limits are on.",
    )
    compute_cpus: float = Field(
        0, alias="_APP_COMPUTE_CPUS", ge=0, description="Most CPUs of the sizes offered to functions. 0: no limit."
    )
    compute_memory_mb: int = Field(
        0,
        alias="_APP_COMPUTE_MEMORY",
        ge=0,
        description="Most memory (MB) of the sizes offered to functions. 0: no limit.",
    )
    compute_idle_seconds: int = Field(
        60,
        alias="_APP_COMPUTE_INACTIVE_THRESHOLD",
        ge=1,
        description="How long what a function runs in is kept warm after its last call.",
    )
    functions_runtimes: Words = Field(
        "",
        alias="_APP_FUNCTIONS_RUNTIMES",
        description="Comma list of the runtimes that are offered, such as `node-22,python-3.12`. Empty: all there are.",
    )
    functions_executor: Literal["process", "docker"] = Field(
        "process",
        alias="APPWRITE_PY_FUNCTIONS_EXECUTOR",
        description="What runs functions: `process` (Node and Python of this machine, in a sandbox) or `docker` "
        "(all runtimes, in containers).",
    )
    functions_images: Words = Field(
        "openruntimes",
        alias="APPWRITE_PY_FUNCTIONS_IMAGES",
        description="Where the images of the executor `docker` come from: an account at Docker Hub, or a registry and "
        "a path in it, such as `registry.example.com/openruntimes`.",
    )
    functions_docker_network: Words = Field(
        "",
        alias="APPWRITE_PY_FUNCTIONS_DOCKER_NETWORK",
        description="Docker network that functions' containers join, for a server that is in a container itself, and "
        "in the same network. Empty: one of their own, in which they do not reach each other.",
    )
    functions_programs: Words = Field(
        "",
        alias="APPWRITE_PY_FUNCTIONS_PROGRAMS",
        description="Comma list of paths of further Node and Python programs that run functions, besides those in "
        "`PATH`.",
    )
    functions_sandbox: Literal["auto", "bubblewrap", "user", "none"] = Field(
        "auto",
        alias="APPWRITE_PY_FUNCTIONS_SANDBOX",
        description="What holds functions' processes: `bubblewrap` (namespaces), `user` (a user of their own, where "
        "the server is root), `none` (limits only, for code that is trusted as the server is). `auto`: the first of "
        "the former two that works here, and no functions where neither does.",
    )
    functions_network: Toggle = Field(
        "enabled",
        alias="APPWRITE_PY_FUNCTIONS_NETWORK",
        description="Let functions use the network, and with it the API. Needs bubblewrap or Docker to be `disabled`.",
    )
    functions_processes: int = Field(
        16,
        alias="APPWRITE_PY_FUNCTIONS_PROCESSES",
        ge=1,
        le=1000,
        description="Most processes that one server process keeps for functions; the longest unused gives way. For "
        "calls that functions wait for there are half as many besides, at each depth of nesting.",
    )
    functions_processes_each: int = Field(
        2,
        alias="APPWRITE_PY_FUNCTIONS_PROCESSES_EACH",
        ge=1,
        le=100,
        description="Most processes of one deployment in one server process.",
    )
    functions_concurrency: int = Field(
        8,
        alias="APPWRITE_PY_FUNCTIONS_CONCURRENCY",
        ge=1,
        le=1000,
        description="Most calls that one process of a function works on at once.",
    )
    functions_queue: int = Field(
        500,
        alias="APPWRITE_PY_FUNCTIONS_QUEUE",
        ge=1,
        description="Most calls of one deployment that wait for a free process, in one server process.",
    )
    functions_sync_seconds: float = Field(
        30,
        alias="APPWRITE_PY_FUNCTIONS_SYNC_SECONDS",
        gt=0,
        le=900,
        description="Longest synchronous execution of a function; asynchronous ones have the function's `timeout`.",
    )
    functions_executions: int = Field(
        50,
        alias="APPWRITE_PY_FUNCTIONS_EXECUTIONS",
        ge=1,
        le=1000,
        description="Asynchronous executions, those of events and schedules among them, that one server process works "
        "on at once; others wait.",
    )
    execution_retention_seconds: int = Field(
        1_209_600,
        alias="_APP_MAINTENANCE_RETENTION_EXECUTION",
        ge=60,
        description="How long executions of functions are kept.",
    )
    usage_stats: Toggle = Field("enabled", alias="_APP_USAGE_STATS", description="Count usage.")
    event_retention_seconds: int = Field(
        1_209_600,
        alias="_APP_MAINTENANCE_RETENTION_AUDIT",
        ge=60,
        description="How long recorded events, and with them audit logs, are shown. They are deleted by the day (UTC).",
    )
    usage_retention_seconds: int = Field(
        8_640_000,
        alias="_APP_MAINTENANCE_RETENTION_USAGE_HOURLY",
        ge=3600,
        description="How long the hourly sums of usage are kept.",
    )
    jobs: Toggle = Field(
        "enabled",
        alias="APPWRITE_PY_JOBS",
        description="Do jobs (mails, messages, webhooks) in the server's processes. `disabled` leaves them to other "
        "servers and to `appwrite-py worker`.",
    )
    maintenance_interval_seconds: int = Field(
        3600, alias="_APP_MAINTENANCE_INTERVAL", ge=10, description="Time between two clean-ups of expired data."
    )

    realtime_backlog_bytes: int = Field(
        4_000_000,
        alias="APPWRITE_PY_REALTIME_BACKLOG_BYTES",
        ge=64_000,
        description="How much may wait for a realtime socket that does not take what it is sent; then it is cut off.",
    )

    # --- storage devices ----------------------------------------------------------------------------
    storage_device: Words = Field(
        "local",
        alias="_APP_STORAGE_DEVICE",
        description="Where files lie: `local` (the folder `storage` of the data folder), `s3` and all that speaks its "
        "protocol, `gcs` (Google Cloud Storage) or `azure` (Azure Blob Storage).",
    )
    storage_prefix: Words = Field(
        "appwrite-files",
        alias="APPWRITE_PY_STORAGE_PREFIX",
        description="Folder in the object store that all files are put below. It belongs to this server alone: what "
        "its database does not know is deleted there.",
    )
    storage_redirect: Toggle = Field(
        "disabled",
        alias="APPWRITE_PY_STORAGE_REDIRECT",
        description="Answer downloads with a redirect to a signed address of the object store, which is good for a "
        "short time. Files that are encrypted or compressed are passed through the server still.",
    )
    storage_s3_access_key: Words = Field("", alias="_APP_STORAGE_S3_ACCESS_KEY", description="ID of the S3 access key.")
    storage_s3_secret: Words = Field("", alias="_APP_STORAGE_S3_SECRET", description="Secret of the S3 access key.")
    storage_s3_region: Words = Field(
        "us-east-1", alias="_APP_STORAGE_S3_REGION", description="Region of the S3 bucket."
    )
    storage_s3_bucket: Words = Field("", alias="_APP_STORAGE_S3_BUCKET", description="Name of the S3 bucket.")
    storage_s3_endpoint: Words = Field(
        "",
        alias="_APP_STORAGE_S3_ENDPOINT",
        description="Address of a store that speaks the S3 protocol, without the bucket. Empty: AWS, in the region.",
    )
    storage_gcs_bucket: Words = Field(
        "", alias="APPWRITE_PY_STORAGE_GCS_BUCKET", description="Name of the bucket in Google Cloud Storage."
    )
    storage_gcs_credentials: Words = Field(
        "",
        alias="APPWRITE_PY_STORAGE_GCS_CREDENTIALS",
        description="Key of a service account at Google: the path of its JSON file, or the JSON text.",
    )
    storage_azure_account: Words = Field(
        "", alias="APPWRITE_PY_STORAGE_AZURE_ACCOUNT", description="Name of the storage account at Azure."
    )
    storage_azure_key: Words = Field(
        "", alias="APPWRITE_PY_STORAGE_AZURE_KEY", description="Key of the storage account, in base64."
    )
    storage_azure_container: Words = Field(
        "", alias="APPWRITE_PY_STORAGE_AZURE_CONTAINER", description="Container of the storage account."
    )

    # --- antivirus ----------------------------------------------------------------------------------
    storage_antivirus: Toggle = Field(
        "disabled",
        alias="_APP_STORAGE_ANTIVIRUS",
        description="Let clamd, ClamAV's daemon, look through uploads to buckets with `antivirus`.",
    )
    storage_antivirus_host: Words = Field(
        "clamav",
        alias="_APP_STORAGE_ANTIVIRUS_HOST",
        description="Host of clamd, or the path of its unix socket, beginning with `/`.",
    )
    storage_antivirus_port: int = Field(
        3310, alias="_APP_STORAGE_ANTIVIRUS_PORT", ge=1, le=65535, description="TCP port of clamd."
    )

    # --- pictures -----------------------------------------------------------------------------------
    storage_preview_limit_bytes: int = Field(
        20_000_000,
        alias="_APP_STORAGE_PREVIEW_LIMIT",
        ge=0,
        description="Largest image that previews are made of; of others they show a drawing.",
    )
    preview_cache_bytes: int = Field(
        268_435_456,
        alias="APPWRITE_PY_PREVIEW_CACHE_BYTES",
        ge=0,
        description="Room for finished previews, in the folder `cache` of the data folder. 0: each is made anew.",
    )
    photo_services: Words = Field(
        "https://www.gravatar.com/avatar/,https://seccdn.libravatar.org/avatar/",
        alias="APPWRITE_PY_PHOTO_SERVICES",
        description="Comma list of Gravatar-compatible services that are asked for users' photos, by a hash of their "
        "e-mail address. `none` asks nobody.",
    )
    browser: Words = Field(
        "",
        alias="APPWRITE_PY_BROWSER",
        description="Chromium that takes screenshots. Empty: one that is found in `PATH`. `none`: no screenshots.",
    )
    browser_sandbox: Toggle = Field(
        "enabled",
        alias="APPWRITE_PY_BROWSER_SANDBOX",
        description="Chromium's own sandbox, which needs user namespaces. Without it a page that breaks Chromium is "
        "held back by the rights of the server's user only.",
    )

    # --- mails and messages -------------------------------------------------------------------------
    system_email_name: Words = Field(
        "appwrite_py", alias="_APP_SYSTEM_EMAIL_NAME", description="Name that mails come from."
    )
    system_email_address: Words = Field(
        "",
        alias="_APP_SYSTEM_EMAIL_ADDRESS",
        description="Address that mails come from. Empty: `noreply@` and `_APP_DOMAIN`.",
    )
    smtp_host: Words = Field(
        "", alias="_APP_SMTP_HOST", description="Mail server. Empty: only projects with one of their own send mails."
    )
    smtp_port: int = Field(587, alias="_APP_SMTP_PORT", ge=1, le=65535, description="Port of the mail server.")
    smtp_secure: Literal["", "tls", "ssl"] = Field(
        "",
        alias="_APP_SMTP_SECURE",
        description="`tls` upgrades the connection to the mail server (STARTTLS), `ssl` begins with TLS. "
        "Empty: no encryption.",
    )
    smtp_username: Words = Field("", alias="_APP_SMTP_USERNAME", description="User at the mail server; empty for none.")
    smtp_password: str = Field("", alias="_APP_SMTP_PASSWORD", description="Password at the mail server.")
    sms_provider: Words = Field(
        "",
        alias="_APP_SMS_PROVIDER",
        description="Provider of text messages, as `sms://USER:SECRET@PROVIDER` (`twilio`, `textmagic`, `telesign`, "
        "`msg91`, `vonage`, `fast2sms`, `inforu`, or `mock?url=`). Several with commas, each with `?local=` and "
        "a country code, one with `?local=default`.",
    )
    sms_from: Words = Field("", alias="_APP_SMS_FROM", description="Number or name that text messages come from.")

    # --- webhooks -----------------------------------------------------------------------------------
    webhook_max_failed_attempts: int = Field(
        10,
        alias="_APP_WEBHOOK_MAX_FAILED_ATTEMPTS",
        ge=1,
        description="Events in a row that could not be delivered at once, after which a webhook is paused.",
    )
    security_email: Words = Field(
        "",
        alias="_APP_SYSTEM_SECURITY_EMAIL_ADDRESS",
        description="Address that webhooks' requests name for reports of abuse. Empty: the one that mails come from.",
    )

    # --- logs ---------------------------------------------------------------------------------------
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", alias="APPWRITE_PY_LOG_LEVEL", description="Lowest level of log lines."
    )
    log_format: Literal["pretty", "json"] = Field(
        "pretty", alias="_APP_LOGGING_FORMAT", description="Log lines for people or for machines."
    )
    access_log: Toggle = Field("disabled", alias="APPWRITE_PY_ACCESS_LOG", description="One log line per request.")

    @cached_property
    def allows_private_networks(self) -> bool:
        """Whether requests on behalf of projects may go to private and loopback addresses."""
        return self.private_networks == "enabled" or self.env == "development"

    @cached_property
    def sender_address(self) -> str:
        """The address that the server's own mails come from."""
        return self.system_email_address or f"noreply@{self.domain}"

    @cached_property
    def abuse(self) -> bool:
        """Whether rate limits are enforced."""
        return self.options_abuse == "enabled"

    @cached_property
    def dsn(self) -> str:
        """The PostgreSQL that is configured; empty when the embedded one is to be used."""
        if self.database_url:
            return self.database_url.replace("postgresql+asyncpg://", "postgresql://", 1)
        if not self.db_host:
            return ""
        login = f"{quote(self.db_user, safe='')}:{quote(self.db_password, safe='')}"
        return f"postgresql://{login}@{self.db_host}:{self.db_port}/{quote(self.db_name, safe='')}"


def split_words(text: str) -> list[str]:
    """The items of a comma list, trimmed, empty ones left out."""
    return [word.strip() for word in text.split(",") if word.strip()]

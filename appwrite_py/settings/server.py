"""The server itself: where it listens, what it is called, whom it trusts, what it logs."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field

from appwrite_py.settings.kinds import Section, Toggle, Words


class Listening(Section):
    """Where the server listens."""

    host: str = Field("127.0.0.1", alias="APPWRITE_PY_HOST", description="Address that `serve` listens on.")
    port: int = Field(8080, alias="APPWRITE_PY_PORT", ge=0, le=65535, description="Port that `serve` listens on.")
    workers: int = Field(1, alias="APPWRITE_PY_WORKERS", ge=1, le=128, description="Server processes of `serve`.")
    data_dir: Path = Field(
        Path("appwrite-data"),
        alias="APPWRITE_PY_DATA",
        description="Folder for the embedded database, the generated secrets and local files.",
    )


class General(Section):
    """General."""

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
    region: str = Field("default", alias="_APP_REGION", description="Region that projects are created in.")
    project_regions: Words = Field(
        "", alias="_APP_PROJECT_REGIONS", description="Comma list of regions that projects may be made in. Empty: all."
    )
    openssl_key: str = Field(
        "",
        alias="_APP_OPENSSL_KEY_V1",
        description="Key that encrypts secrets at rest. Empty: one is made in the data folder at the first start.",
    )
    options_abuse: Toggle = Field(
        "enabled", alias="_APP_OPTIONS_ABUSE", description="Rate limits of the contract on or off."
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
    compression: Toggle = Field(
        "enabled", alias="_APP_COMPRESSION_ENABLED", description="Compress answers for clients that accept it."
    )
    compression_min_size_bytes: int = Field(
        1024, alias="_APP_COMPRESSION_MIN_SIZE_BYTES", ge=0, description="Answers below this size stay as they are."
    )
    body_limit_bytes: int = Field(
        12_582_912, alias="APPWRITE_PY_BODY_LIMIT_BYTES", ge=1024, description="Largest request body."
    )

    @cached_property
    def allows_private_networks(self) -> bool:
        """Whether requests on behalf of projects may go to private and loopback addresses."""
        return self.private_networks == "enabled" or self.env == "development"

    @cached_property
    def abuse(self) -> bool:
        """Whether rate limits are enforced."""
        return self.options_abuse == "enabled"


class Domains(Section):
    """Domains."""

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


class Console(Section):
    """Console."""

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


class Graphql(Section):
    """GraphQL."""

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


class Logs(Section):
    """Logs."""

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", alias="APPWRITE_PY_LOG_LEVEL", description="Lowest level of log lines."
    )
    log_format: Literal["pretty", "json"] = Field(
        "pretty", alias="_APP_LOGGING_FORMAT", description="Log lines for people or for machines."
    )
    access_log: Toggle = Field("disabled", alias="APPWRITE_PY_ACCESS_LOG", description="One log line per request.")

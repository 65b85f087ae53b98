"""What `doctor` looks at in the database: can it be reached and used, does it fit this version and the key."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import asyncpg

from appwrite_py.data import migrate
from appwrite_py.data.embedded import EmbeddedPostgresError
from appwrite_py.data.programs import Account, Programs
from appwrite_py.kit.crypto import Vault
from appwrite_py.platform import keys
from appwrite_py.serving.database import OLDEST, embedded, explain, title_of
from appwrite_py.serving.findings import Finding, good, problem, remark
from appwrite_py.serving.problems import Problem
from appwrite_py.serving.secrets import secrets_file, server_key
from appwrite_py.settings import Settings

_ABOUT = "Database"
_OTHERS = 10  # connections that people, backups and PostgreSQL itself need besides
_FACTS = """
SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS shown,
  current_setting('server_encoding') AS encoding, current_setting('max_connections')::int AS connections,
  current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on' AS durable,
  has_database_privilege(current_database(), 'CREATE') AS may_create,
  pg_size_pretty(pg_database_size(current_database())) AS size"""


def database_findings(settings: Settings) -> Iterator[Finding]:
    """The database of the settings, or what there is of the embedded one."""
    if settings.dsn:
        yield from _content(settings.dsn, settings, f"PostgreSQL at {title_of(settings.dsn)}")
        return
    server = embedded(settings)
    cluster = server.folder / "data"
    made_by = cluster / "PG_VERSION"
    try:
        major = int(made_by.read_text()) if made_by.exists() else None
        programs = Programs.find(Account.for_server(cluster), major)
    except (EmbeddedPostgresError, OSError, ValueError) as cause:
        yield problem(_ABOUT, "the embedded PostgreSQL cannot be used", str(cause))
        return
    if dsn := server.running():
        yield from _content(dsn, settings, f"embedded PostgreSQL in {server.folder}")
    elif major is not None:
        yield good(_ABOUT, f"embedded PostgreSQL {programs.version} in {server.folder}; it is not running")
    else:
        yield good(_ABOUT, f"embedded PostgreSQL {programs.version}, to be made in {server.folder}")


def _content(dsn: str, settings: Settings, title: str) -> Iterator[Finding]:
    try:
        yield from asyncio.run(_ask(dsn, settings, title))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as cause:
        yield problem(_ABOUT, explain(dsn, cause), "Start it, or correct DATABASE_URL or _APP_DB_*.")


async def _ask(dsn: str, settings: Settings, title: str) -> list[Finding]:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        found = [*_facts(await connection.fetchrow(_FACTS), settings, title)]
        revision = await migrate.current(dsn)
        found.append(_revision(revision))
        if revision == migrate.HEAD:
            found += await key_findings(connection, settings)
        return found
    finally:
        await connection.close(timeout=2)


def _facts(facts: asyncpg.Record, settings: Settings, title: str) -> Iterator[Finding]:
    if facts["version"] < OLDEST:
        yield problem(_ABOUT, f"{title} is {facts['shown']}", f"Use PostgreSQL {OLDEST // 10000} or newer.")
    else:
        yield good(_ABOUT, f"{title}, version {facts['shown'].split()[0]}, {facts['size']}")
    if facts["encoding"] != "UTF8":
        yield problem(_ABOUT, f"it is encoded in {facts['encoding']}", "Make one with: createdb --encoding=UTF8")
    if not facts["may_create"]:
        yield problem(_ABOUT, "this user may not create schemas in it", "GRANT CREATE ON DATABASE … TO …")
    if not facts["durable"]:
        yield remark(_ABOUT, "fsync or full_page_writes is off", "Switch both on; a power cut may lose data otherwise.")
    needed = settings.pool_size * settings.workers + _OTHERS
    if needed > facts["connections"]:
        yield remark(
            _ABOUT,
            f"{settings.workers} worker(s) with {settings.pool_size} connections each may need more than the "
            f"{facts['connections']} that PostgreSQL allows",
            "Raise max_connections there, or lower _APP_POOL_CLIENTS.",
        )


def _revision(revision: str | None) -> Finding:
    if revision == migrate.HEAD:
        return good(_ABOUT, f"its schema is that of this version ({revision})")
    if revision is None:
        return remark(
            _ABOUT, "it holds no schema of ours yet", "`appwrite-py serve` or `appwrite-py migrate` makes it."
        )
    if migrate.knows(revision):
        return remark(
            _ABOUT, f"its schema is older ({revision}, not {migrate.HEAD})",
            "Back it up; then `appwrite-py migrate`, or `serve`, which does the same.",
        )  # fmt: skip
    return problem(_ABOUT, f"its schema ({revision}) is newer than this version", "Upgrade appwrite-py.")


async def key_findings(connection: asyncpg.Connection, settings: Settings) -> list[Finding]:
    """Whether the server's key opens what is kept encrypted."""
    row = await connection.fetchrow("SELECT * FROM keys LIMIT 1")
    if row is None:
        return []
    if not settings.openssl_key and not secrets_file(settings).exists():
        return [
            problem("Secrets", "the key of the secrets in the database is missing", "Bring back your backup of it.")
        ]
    try:
        keys.secret_of(row, Vault(server_key(settings)))
    except Problem:
        return []  # it cannot be read, which is said already
    except ValueError:
        return [problem("Secrets", "the key does not fit the database", "Bring back the key that it was used with.")]
    return [good("Secrets", "the key fits the database")]

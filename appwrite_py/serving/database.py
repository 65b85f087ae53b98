"""Which PostgreSQL is used: the configured one, or the embedded one, started and stopped here.

`serve` starts the embedded one for itself. Commands beside it use the one that already runs, and start it for their own
time when none does.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog

from appwrite_py.data.embedded import EmbeddedPostgres, EmbeddedPostgresError
from appwrite_py.serving.problems import Problem
from appwrite_py.settings import Settings

log = structlog.get_logger("appwrite_py.serving")
Progress = Callable[[str], None]
_LOOK_SECONDS = 2.0
_WAIT_SECONDS = 30
OLDEST = 140000


@dataclass(frozen=True)
class Database:
    """An address to connect to, and what to call it in front of people (there is no password in it)."""

    dsn: str
    title: str


def embedded(settings: Settings) -> EmbeddedPostgres:
    """The PostgreSQL of the data folder."""
    return EmbeddedPostgres(settings.data_dir / "postgres")


def title_of(dsn: str) -> str:
    """An address without its login and its options, for people; of one that cannot be read, as little as is safe."""
    try:
        parts = urlsplit(dsn)
    except ValueError:
        return "the given address"
    if "@" in parts.path or not parts.scheme:  # a password that should have been percent-encoded
        return "the given address"
    host = parts.netloc.rpartition("@")[2] or "local socket"
    return f"{host if ':' in host else f'{host}:5432'}{parts.path}"


@contextmanager
def open_database(settings: Settings, progress: Progress, *, own: bool = False) -> Iterator[Database]:
    """The database for as long as the block runs. `own`: never share the embedded one with a server that runs.

    Raises Problem, or EmbeddedPostgresError for the embedded one.
    """
    if settings.dsn:
        _wait_for(settings.dsn, progress)
        yield Database(settings.dsn, f"PostgreSQL at {title_of(settings.dsn)}")
        return
    server = embedded(settings)
    title = f"embedded PostgreSQL in {settings.data_dir}"
    if not own and (dsn := server.running()):
        yield Database(dsn, title)
        return
    try:
        with contextlib.suppress(OSError):  # `start` says why it cannot be used
            settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = Database(server.start(progress), title)
        with _kept_running(server) if own else contextlib.nullcontext():
            yield database
    finally:
        server.stop()


@contextmanager
def _kept_running(server: EmbeddedPostgres) -> Iterator[None]:
    """Start the server again when it ends while it is needed, as when the kernel kills it to make room."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK_SECONDS):
            if server.running() is None:
                log.error("PostgreSQL has ended and is started again")
                try:
                    server.start()
                except EmbeddedPostgresError as problem:
                    log.error("PostgreSQL does not start", problem=str(problem))

    watcher = threading.Thread(target=watch, name="postgres", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def bring_up_to_date(database: Database, progress: Progress) -> bool:
    """Migrate to this version's schema; False when it is there already. Raises Problem."""
    import asyncpg

    from appwrite_py.data import migrate

    async def work() -> bool:
        if await migrate.current(database.dsn) == migrate.HEAD:
            return False
        progress("Migrating the database")
        return await migrate.migrate(database.dsn)

    try:
        return asyncio.run(work())
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, RuntimeError) as cause:
        raise Problem(f"The database cannot be migrated: {cause}") from cause


def _wait_for(dsn: str, progress: Progress) -> None:
    """Wait for a server that is about to come up, as after a restart; other problems are told at once."""
    import asyncpg

    deadline, told = time.monotonic() + _WAIT_SECONDS, False
    while True:
        try:
            asyncio.run(_check(dsn))
            return
        except (OSError, asyncpg.CannotConnectNowError) as cause:
            if time.monotonic() > deadline:
                raise Problem(
                    f"PostgreSQL at {title_of(dsn)} does not answer: {cause}. Is it started, and is the address in "
                    "DATABASE_URL or _APP_DB_* right?"
                ) from cause
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as cause:
            raise Problem(explain(dsn, cause)) from cause
        if not told:
            progress(f"Waiting for PostgreSQL at {title_of(dsn)}")
            told = True
        time.sleep(0.5)


def explain(dsn: str, problem: Exception) -> str:
    """A refused connection in words that say what to do."""
    import asyncpg

    where = f"PostgreSQL at {title_of(dsn)}"
    if isinstance(problem, ValueError):
        why = problem if isinstance(problem, asyncpg.ClientConfigurationError) else "its port is no number"
        return (
            f"{where} cannot be used: {why}. An address has the form postgresql://user:password@host:port/name, "
            "with characters such as @ : / in the password percent-encoded."
        )
    if isinstance(problem, asyncpg.InvalidCatalogNameError):
        return f"{where} has no such database. Create it first: createdb {urlsplit(dsn).path.lstrip('/')}"
    if isinstance(problem, asyncpg.InvalidAuthorizationSpecificationError):
        return f"{where} refuses the login: {problem}. Check user and password in DATABASE_URL or _APP_DB_*."
    return f"{where} cannot be used: {problem}"


async def _check(dsn: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        version = int(await connection.fetchval("SHOW server_version_num"))
        encoding = await connection.fetchval("SHOW server_encoding")
    finally:
        await connection.close(timeout=2)
    if version < OLDEST:
        raise Problem(f"PostgreSQL at {title_of(dsn)} is too old; version {OLDEST // 10000} or newer is needed.")
    if encoding != "UTF8":
        raise Problem(f"The database at {title_of(dsn)} is encoded in {encoding}; create one with UTF8.")

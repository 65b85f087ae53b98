"""Logins for SQL as people get them: their connection string, whether it works, and what to do when it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from appwrite_py.data import sql_roles
from appwrite_py.serving.problems import Problem

_OF_THE_SERVER = ("user", "password", "passfile", "sslcert", "sslkey", "sslpassword", "application_name")


def address(dsn: str, name: str, password: str) -> str:
    """The address of the server's database for another login; certificates and options of the server's stay behind."""
    parts = urlsplit(dsn)
    hosts = parts.netloc.rpartition("@")[2]
    options = [pair for pair in parse_qsl(parts.query) if pair[0] not in _OF_THE_SERVER]
    login = f"{quote(name, safe='')}:{quote(password, safe='')}"
    return urlunsplit(("postgresql", f"{login}@{hosts}", parts.path, urlencode(options, safe="/"), ""))


async def tried(url: str) -> str:
    """Log in once: what keeps the login out, empty when it gets in."""
    import asyncpg

    try:
        connection = await asyncpg.connect(url, timeout=10)
        await connection.close(timeout=2)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        return (
            f"The login is made, but cannot connect: {problem}. With the embedded PostgreSQL restart `serve`; with "
            "your own, let it in in pg_hba.conf (scram-sha-256)."
        )
    return ""


@contextmanager
def told(name: str) -> Iterator[None]:
    """What keeps a login from being made, and what to do about it."""
    try:
        yield
    except sql_roles.RoleExists as cause:
        raise Problem(f"PostgreSQL has a role {name} already. Choose another one with --name.") from cause
    except sql_roles.MayNot as cause:
        raise Problem(
            f"The server's own login may not make roles: {cause.args[0]}. Let it, as a superuser of PostgreSQL: "
            "ALTER ROLE … CREATEROLE"
        ) from cause
    except sql_roles.Exposed as cause:
        raise Problem(
            f"The login would be able to read tables that are not the project's: {cause}. Something in PostgreSQL lets "
            "every role do that; take it back first. Nothing was made."
        ) from cause

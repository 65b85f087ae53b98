"""Where the set-up commands work: the database of the settings, migrated, and one unit of work that is committed once.

They work beside a server that runs as well as without one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import typer

from appwrite_py.commands import screen

if TYPE_CHECKING:
    from appwrite_py.data.pg import Work
    from appwrite_py.http.rules import Rule
    from appwrite_py.kit.crypto import Vault
    from appwrite_py.settings import Settings

T = TypeVar("T")


class Desk(NamedTuple):
    """What a set-up command works with."""

    settings: Settings
    vault: Vault
    work: Work
    dsn: str


def at_desk(job: Callable[[Desk], Awaitable[T]]) -> T:
    """Do a job and keep its changes; refused by the rules of the server, nothing has changed."""
    settings = screen.load_settings()
    with screen.told_plainly():
        from appwrite_py import errors
        from appwrite_py.serving.database import bring_up_to_date, open_database
        from appwrite_py.serving.secrets import server_key

        with open_database(settings, screen.progress) as database:
            bring_up_to_date(database, screen.progress)
            try:
                return asyncio.run(_do(job, settings, database.dsn, server_key(settings)))
            except errors.ApiError as refusal:
                screen.fail(refusal.message)


async def _do(job: Callable[[Desk], Awaitable[T]], settings: Settings, dsn: str, key: str) -> T:
    from appwrite_py.data.pg import Pool, Work
    from appwrite_py.kit.crypto import Vault

    pool = Pool(dsn, 2, timeout_ms=settings.query_timeout_ms)
    work = Work(pool)
    try:
        result = await job(Desk(settings, Vault(key), work, dsn))
        await work.commit()
        return result
    finally:
        await work.rollback()
        await pool.close()


def checked(rule: Rule, option: str, value: Any) -> Any:
    """A value that passes the rule which the API has for it; otherwise the command ends."""
    from appwrite_py.http.rules.base import Invalid

    try:
        return rule.check(value)
    except Invalid as problem:
        raise typer.BadParameter(str(problem), param_hint=option) from None


def show(rows: dict[str, str], secret: str = "") -> None:
    """What was made, and a secret that is shown this once."""
    from rich.markup import escape

    width = max(map(len, rows)) + 3
    for name, value in rows.items():
        screen.out().print(f"  [dim]{name:<{width}}[/]{escape(value)}")
    if secret:
        screen.out().print("\n  [dim]API key, shown only now:[/]\n")
        screen.out().print(secret, markup=False)

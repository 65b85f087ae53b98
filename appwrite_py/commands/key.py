"""`appwrite-py key …`"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from appwrite_py.commands import desk, screen

if TYPE_CHECKING:
    from appwrite_py.commands.desk import Desk
    from appwrite_py.platform.keys import NewKey

group = typer.Typer(no_args_is_help=True)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}

_EPILOG = """\
**Examples**

`appwrite-py key create --project shop` a key that may do everything in the project

`appwrite-py key create --project shop --name Importer --scopes databases.read,rows.write --expire 30d`

The secret is printed once. Scopes are listed in the API reference of a running server, at /docs.
"""


@group.callback()
def _group() -> None:
    pass


@group.command(epilog=_EPILOG)
def create(
    project: Annotated[str, typer.Option(help="Id of the project.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "Command line",
    scopes: Annotated[
        list[str] | None, typer.Option(help="What it may do; comma lists, or several times.", show_default="everything")
    ] = None,
    expire: Annotated[
        str | None, typer.Option(help="When it ends: 90m, 12h, 30d, or a date.", show_default="never")
    ] = None,
    key_id: Annotated[str, typer.Option("--id", help="Its id.", show_default="a new one")] = "unique()",
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Make an API key of a project."""
    from appwrite_py.http import rules

    desk.checked(rules.CustomId(), "--id", key_id)
    desk.checked(rules.Text(128), "--name", name)
    wanted, ends = _scopes(scopes or []), _moment(expire)

    async def job(at: Desk) -> NewKey:
        from appwrite_py import errors
        from appwrite_py.platform import setup
        from appwrite_py.serving.problems import Problem

        try:
            return await setup.create_key(at.work, at.vault, project, name, wanted, key_id=key_id, expire=ends)
        except errors.PROJECT_NOT_FOUND as cause:
            raise Problem(
                f"There is no project {project} in this database. Is it that of your server? (APPWRITE_PY_DATA, "
                "DATABASE_URL, working directory)"
            ) from cause

    made = desk.at_desk(job)
    if as_json:
        screen.as_json({"project": project, "keyId": made.row["id"], "key": made.secret})
        return
    until = made.row["expire"].isoformat(timespec="seconds") if made.row["expire"] else "never"
    desk.show({"Project": project, "Key": made.row["id"], "Scopes": str(len(wanted)), "Expires": until}, made.secret)


def _scopes(given: list[str]) -> list[str]:
    from appwrite_py.auth.scopes import PROJECT_SCOPES
    from appwrite_py.settings import split_words

    known = [scope.name for scope in PROJECT_SCOPES]
    wanted = [name for words in given for name in split_words(words)]
    if unknown := [name for name in wanted if name not in known]:
        raise typer.BadParameter(f"there is no scope {', '.join(unknown)}", param_hint="--scopes")
    return wanted or known


def _moment(text: str | None) -> datetime | None:
    """A moment ahead: a span from now, or an ISO 8601 date."""
    from appwrite_py.kit import clock

    if text is None:
        return None
    try:
        if span := re.fullmatch(r"(\d{1,6})([mhd])", text):
            moment = clock.now() + timedelta(**{_UNITS[span[2]]: int(span[1])})
        else:
            moment = clock.parse(text)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is neither a span like 30d nor a date", param_hint="--expire") from None
    if moment <= clock.now():
        raise typer.BadParameter(f"{text} is over", param_hint="--expire")
    return moment

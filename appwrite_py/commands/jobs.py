"""`appwrite-py jobs …`"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from appwrite_py.commands import desk, screen

if TYPE_CHECKING:
    from appwrite_py.commands.desk import Desk
    from appwrite_py.jobs.desk import Job, Status

group = typer.Typer(no_args_is_help=True)
Name = Annotated[str | None, typer.Option(help="Only jobs of this name.", show_default="all")]
Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
_STYLES = {"waiting": "cyan", "running": "green", "held": "bold red"}

_LIST = """\
**Examples**

`appwrite-py jobs list` what is held, runs and waits

`appwrite-py jobs list --status held --name mail` the mails that were given up, and why

`appwrite-py jobs list --json | jq '.jobs[].problem'`

A job that fails is tried eight times in some two hours, then it is held until you retry or discard it.
"""
_RETRY = """\
**Examples**

`appwrite-py jobs retry 4711 4712`

`appwrite-py jobs retry --all --name mail` once the mail server works again
"""
_DISCARD = """\
**Examples**

`appwrite-py jobs discard 4711`

`appwrite-py jobs discard $(appwrite-py jobs list --status held --json | jq '.jobs[].id')`

What the job would have done is not done. A job that runs is left alone.
"""


@group.callback()
def _group() -> None:
    pass


@group.command("list", epilog=_LIST)
def list_jobs(
    status: Annotated[
        str | None, typer.Option(help="Only `waiting`, `running` or `held` ones.", show_default="all")
    ] = None,
    name: Name = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List the jobs of the queue, those that are held first, with what was wrong the last time."""
    from appwrite_py.jobs.desk import STATUSES, count, find

    if status is not None and status not in STATUSES:
        raise typer.BadParameter(f"is one of {', '.join(STATUSES)}", param_hint="--status")

    async def job(at: Desk) -> tuple[list[Job], dict[Status, int]]:
        return await find(at.work, status=status, name=name, limit=limit), await count(at.work, name)

    found, counts = desk.at_desk(job)
    if as_json:
        screen.as_json({"counts": counts, "jobs": [one._asdict() for one in found]})
    else:
        _show(found, counts)


@group.command(epilog=_RETRY)
def retry(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Ids of held jobs.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are held.")] = False,
    name: Name = None,
    as_json: Json = False,
) -> None:
    """Queue held jobs again, with all their attempts."""
    from appwrite_py.jobs import desk as queue

    if bool(ids) == everything:
        raise typer.BadParameter("give ids, or --all", param_hint="ID")

    async def job(at: Desk) -> list[int]:
        return await queue.retry(at.work, ids or None, name)

    _told("retried", desk.at_desk(job), ids or [], "is queued again", "held", as_json=as_json)


@group.command(epilog=_DISCARD)
def discard(
    ids: Annotated[list[int], typer.Argument(metavar="ID...", help="Ids of jobs that are held or wait.")],
    as_json: Json = False,
) -> None:
    """Delete jobs without doing them."""
    from appwrite_py.jobs import desk as queue

    async def job(at: Desk) -> list[int]:
        return await queue.discard(at.work, ids)

    _told("discarded", desk.at_desk(job), ids, "is discarded", "held or waiting", as_json=as_json)


def _told(field: str, done: list[int], asked: list[int], what: str, wanted: str, *, as_json: bool) -> None:
    """What was done; asked for what cannot be done, the command fails after having done the rest."""
    if as_json:
        screen.as_json({field: done})
    for one in () if as_json else done:
        screen.out().print(f"  The job {one} {what}.", markup=False)
    if not done and not asked and not as_json:
        screen.out().print("  No job is held.")
    if missing := [str(one) for one in asked if one not in done]:
        screen.fail(f"No job with this id is {wanted}: {', '.join(missing)}. See: appwrite-py jobs list")


def _show(found: list[Job], counts: dict[Status, int]) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from appwrite_py.kit import clock

    if found:
        table = Table("Id", "Name", "Status", "Attempts", "Added", "Due", "Last problem", box=box.SIMPLE)
        now = clock.now()
        for one in found:
            due = "" if one.due is None else _in(one.due - now)
            table.add_row(
                str(one.id), escape(one.name), f"[{_STYLES[one.status]}]{one.status}[/]", str(one.attempts),
                _ago(one.created, now), due, escape(one.problem),
            )  # fmt: skip
        screen.out().print(table, soft_wrap=False)
    screen.out().print("  " + ", ".join(f"{number} {status}" for status, number in counts.items()))


def _ago(moment: datetime, now: datetime) -> str:
    return f"{_span(now - moment)} ago"


def _in(span: timedelta) -> str:
    return f"in {_span(span)}" if span > timedelta() else "now"


def _span(span: timedelta) -> str:
    """A span in its largest unit."""
    seconds = max(int(span.total_seconds()), 0)
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"

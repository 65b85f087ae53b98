"""`appwrite-py schema …`"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from appwrite_py.commands import screen

if TYPE_CHECKING:
    from appwrite_py.commands.remote import Remote

group = typer.Typer(no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="The file; - stands for standard input or output.")]
Endpoint = Annotated[str, typer.Option(envvar="APPWRITE_ENDPOINT", help="Where the server's API is.")]
Project = Annotated[str, typer.Option(envvar="APPWRITE_PROJECT", help="Id of the project.")]
Key = Annotated[
    str,
    typer.Option(
        "--key", envvar="APPWRITE_KEY", help="API key with tables.read and, to push, tables.write.", metavar="KEY"
    ),
]
Database = Annotated[
    str | None, typer.Option(help="Id of the database.", show_default="the file's, or the only one there is")
]
Partial = Annotated[bool, typer.Option("--partial", help="Leave tables alone that the file does not name.")]
Json = Annotated[bool, typer.Option("--json", help="Print the plan as one line of JSON.")]
DEFAULT = "http://localhost:8080/v1"

_CONNECTION = """
Endpoint, project and key can stand in `APPWRITE_ENDPOINT`, `APPWRITE_PROJECT` and `APPWRITE_KEY`.
"""
_PULL = f"""\
**Examples**

`appwrite-py schema pull schema.json --project shop --key standard_…`

`appwrite-py schema pull - | jq '.tables[].id'`

The file is made to be edited and to be kept with your code.
{_CONNECTION}"""
_PLAN = f"""\
**Examples**

`appwrite-py schema plan schema.json` shows what `push` would do

`appwrite-py schema plan schema.json --check` exits with 2 when there is something to do: for CI

`appwrite-py schema plan schema.json --endpoint https://api.example.com/v1 --project live`

To rename a column, write its new key, and the old one as `renamedFrom`; it may stay there afterwards.
{_CONNECTION}"""
_PUSH = f"""\
**Examples**

`appwrite-py schema push schema.json --create` makes the database, too, if there is none

`appwrite-py schema push schema.json` asks before it does anything that loses data

`appwrite-py schema push schema.json --yes --allow-loss` for scripts that mean it

All steps are taken in one transaction, or none.
{_CONNECTION}"""
_SIGNS = {"create": ("+", "green"), "delete": ("-", "red"), "rename": ("→", "yellow")}


@group.callback()
def _group() -> None:
    pass


@group.command(epilog=_PULL)
def pull(file: File, project: Project, key: Key, endpoint: Endpoint = DEFAULT, database: Database = None) -> None:
    """Write a database's tables, columns and indexes into a file."""
    remote = _remote(endpoint, project, key)
    database_id = database or (_wanted(file).get("databaseId") if file.exists() else None) or _only(remote)
    found = _asked(remote, "GET", database_id)
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    if str(file) == "-":
        sys.stdout.write(text)
        return
    try:
        file.write_text(text)
    except OSError as problem:
        screen.fail(f"{file} cannot be written: {problem.strerror}")
    screen.err().print(f"  {len(found['tables'])} tables of {database_id} in {file}", markup=False)


@group.command(epilog=_PLAN)
def plan(
    file: File,
    project: Project,
    key: Key,
    endpoint: Endpoint = DEFAULT,
    database: Database = None,
    partial: Partial = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with 2 when there is something to do.")] = False,
    as_json: Json = False,
) -> None:
    """Show the steps from the database as it is to the file, and what they would cost. Nothing is changed."""
    remote, wanted = _remote(endpoint, project, key), _wanted(file)
    found = _asked(remote, "POST", database or wanted["databaseId"] or _only(remote), wanted, partial=partial)
    screen.as_json(found) if as_json else _show(found)
    if check and found["steps"]:
        raise typer.Exit(2)


@group.command(epilog=_PUSH)
def push(
    file: File,
    project: Project,
    key: Key,
    endpoint: Endpoint = DEFAULT,
    database: Database = None,
    partial: Partial = False,
    create: Annotated[
        bool, typer.Option("--create", help="Make the database first if there is none; takes databases.write.")
    ] = False,
    allow_loss: Annotated[bool, typer.Option("--allow-loss", help="Agree to losing what the plan says.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Make the database what the file says."""
    remote, wanted = _remote(endpoint, project, key), _wanted(file)
    database_id = database or wanted["databaseId"] or _only(remote)
    if create:
        _create(remote, database_id)
    planned = _asked(remote, "POST", database_id, wanted, partial=partial)
    if not as_json:
        _show(planned)
    if planned["loss"]:
        _consent(allow_loss, yes or str(file) == "-")
    if planned["steps"]:
        planned = _asked(remote, "POST", database_id, wanted, partial=partial, apply=True, allowLoss=planned["loss"])
    if as_json:
        screen.as_json(planned)
    elif planned["applied"]:
        screen.out().print(f"\n  [green]✓[/] done, in {database_id}")


def _consent(given: bool, silent: bool) -> None:
    """Go on only if the loss is meant: said in advance, or now."""
    if silent or not sys.stdin.isatty():
        if not given:
            screen.fail("Data would be lost, as the plan says. Nothing was changed. To agree to that: --allow-loss")
    elif not typer.confirm("  Data will be lost, as the plan says. Go on?", err=True):
        screen.fail("Nothing was changed.")


# --- the server -----------------------------------------------------------------------------------------------------
def _remote(endpoint: str, project: str, key: str) -> Remote:
    from appwrite_py.commands.remote import Remote

    return Remote(endpoint, project, key)


def _only(remote: Remote) -> str:
    """The project's database, if it has one."""
    from appwrite_py.commands.remote import Refused

    try:
        found = [one["$id"] for one in remote.call("GET", "tablesdb")["databases"]]
    except Refused as refusal:
        screen.fail(refusal.message)
    if len(found) != 1:
        screen.fail(f"Name one of the project's databases with --database: {', '.join(found) or 'it has none'}")
    return str(found[0])


def _create(remote: Remote, database_id: str) -> None:
    """Make the database unless it is there."""
    from appwrite_py.commands.remote import Refused

    try:
        remote.call("POST", "tablesdb", body={"databaseId": database_id, "name": database_id})
    except Refused as refusal:
        if refusal.type != "database_already_exists":
            screen.fail(refusal.message)
    else:
        screen.err().print(f"  The database {database_id} is made.", markup=False)


def _asked(remote: Remote, method: str, database_id: str, wanted: Any = None, **more: bool) -> Any:
    from appwrite_py.commands.remote import Refused

    body = None if wanted is None else {"tables": wanted["tables"], **more}
    try:
        return remote.call(method, "tablesdb", database_id, "schema", body=body)
    except Refused as refusal:
        hint = f" (database {database_id}; `schema push --create` makes it)"
        advice = hint if refusal.type == "database_not_found" else ""
        screen.fail(refusal.message + advice)


# --- the file --------------------------------------------------------------------------------------------------------
def _wanted(file: Path) -> dict[str, Any]:
    """What a file says: `tables`, and the `databaseId` that it was pulled from, if any."""
    try:
        found = json.loads(sys.stdin.read() if str(file) == "-" else file.read_text())
    except OSError as problem:
        screen.fail(f"{file} cannot be read: {problem.strerror}")
    except ValueError as problem:
        screen.fail(f"{file} is no JSON: {problem}")
    if not isinstance(found, dict) or not isinstance(found.get("tables"), list):
        screen.fail(f'{file} is no schema: it has to be an object with a list of "tables", as `schema pull` writes it')
    return {"databaseId": None} | found


# --- the plan --------------------------------------------------------------------------------------------------------
def _show(found: dict[str, Any]) -> None:
    from rich.markup import escape

    out = screen.out()
    for step in found["steps"]:
        sign, color = next((s for verb, s in _SIGNS.items() if step["action"].startswith(verb)), ("~", "yellow"))
        style = "bold red" if step["loss"] else color
        out.print(f"  [{color}]{sign}[/] [{style}]{escape(step['text'])}[/]")
    lossy = sum(step["loss"] for step in found["steps"])
    if not found["steps"]:
        out.print("  Nothing to do.")
        return
    count = len(found["steps"])
    cost = f", [bold red]{lossy} of them {'loses' if lossy == 1 else 'lose'} data[/]" if lossy else ", no data is lost"
    out.print(f"\n  {count} {'step' if count == 1 else 'steps'}{cost}")

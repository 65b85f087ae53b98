"""`appwrite-py sql-role …`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from appwrite_py.commands import desk, screen

if TYPE_CHECKING:
    from appwrite_py.commands.desk import Desk

group = typer.Typer(no_args_is_help=True)
Project = Annotated[str, typer.Option(help="Id of the project.")]
Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]

_EPILOG = """\
**Examples**

`appwrite-py sql-role create --project shop` a login `shop_reader`

`appwrite-py sql-role create --project shop --name metabase --connections 10 --timeout 300`

`psql "$(appwrite-py sql-role create --project shop --json | jq -r .url)"`

The password is printed once. The login reads all rows of the project's databases, those of databases and tables made
later, too; row permissions do not apply to it. It can neither write nor read anything else of the server's.
"""


class _Made(NamedTuple):
    url: str
    problem: str


@group.callback()
def _group() -> None:
    pass


@group.command(epilog=_EPILOG)
def create(
    project: Project,
    name: Annotated[str | None, typer.Option(help="Name of the login.", show_default="PROJECT_reader")] = None,
    connections: Annotated[int, typer.Option(min=1, max=100, help="Connections it may have at once.")] = 5,
    timeout: Annotated[
        int, typer.Option(min=1, max=86400, help="Seconds a statement may take, unless its session sets another limit.")
    ] = 60,
    as_json: Json = False,
) -> None:
    """Make a PostgreSQL login that reads a project's databases, and nothing else."""
    import secrets

    login = _checked(name or f"{project}_reader")
    password = secrets.token_urlsafe(24)

    async def job(at: Desk) -> _Made:
        from appwrite_py.data import sql_roles
        from appwrite_py.kit import scram
        from appwrite_py.platform import tenancy
        from appwrite_py.serving import sql_logins

        await tenancy.find(at.work, project)
        with sql_logins.told(login):
            await sql_roles.create(
                at.work, project, login, scram.verifier(password), connections=connections, timeout_seconds=timeout
            )
        await at.work.commit()
        url = sql_logins.address(at.dsn, login, password)
        return _Made(url, await sql_logins.tried(url))

    made = desk.at_desk(job)
    if as_json:
        screen.as_json({"project": project, "name": login, "password": password, "url": made.url})
    else:
        desk.show({"Project": project, "Login": login, "Password": password})
        screen.out().print("\n  [dim]Connection string, shown only now:[/]\n")
        screen.out().print(made.url, markup=False)
    if made.problem:
        screen.err().print(f"! {made.problem}", style="yellow", markup=False)


@group.command("list")
def list_all(project: Project, as_json: Json = False) -> None:
    """List a project's logins, with the connections that they have now and may have at once."""

    async def job(at: Desk) -> list[dict[str, object]]:
        from dataclasses import asdict

        from appwrite_py.data import sql_roles
        from appwrite_py.platform import tenancy

        await tenancy.find(at.work, project)
        return [asdict(one) for one in await sql_roles.find(at.work, project)]

    found = desk.at_desk(job)
    if as_json:
        screen.as_json({"project": project, "logins": found})
        return
    for one in found:
        screen.out().print(f"  {one['name']}   {one['used']} of {one['connections']} connections", markup=False)
    if not found:
        screen.out().print(f"  The project {project} has no logins.", markup=False)


@group.command()
def delete(
    project: Project, name: Annotated[str, typer.Option(help="Name of the login.")], as_json: Json = False
) -> None:
    """Delete a login; sessions that are open can read nothing any more."""

    async def job(at: Desk) -> None:
        from appwrite_py.data import sql_roles
        from appwrite_py.platform import tenancy
        from appwrite_py.serving.problems import Problem

        await tenancy.find(at.work, project)
        if not await sql_roles.delete(at.work, project, name):
            raise Problem(
                f"The project {project} has no login {name}. See: appwrite-py sql-role list --project {project}"
            )

    desk.at_desk(job)
    if as_json:
        screen.as_json({"project": project, "name": name})
    else:
        screen.out().print(f"  The login {name} is deleted.", markup=False)


def _checked(name: str) -> str:
    import re

    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,62}", name) or name.lower().startswith("pg_"):
        raise typer.BadParameter(
            "must be 1 to 63 letters, digits, _ . or -, beginning with a letter, and not with pg_", param_hint="--name"
        )
    return name

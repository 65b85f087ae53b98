"""`appwrite-py project …`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from appwrite_py.commands import desk, screen

if TYPE_CHECKING:
    from appwrite_py.commands.desk import Desk

group = typer.Typer(no_args_is_help=True)

_EPILOG = """\
**Examples**

`appwrite-py project create --id shop` a project, without a key

`appwrite-py project create --id shop --name 'The shop' --key` with an API key that may do everything in it

`appwrite-py project create --id shop --key --json > shop.json` for scripts

Without `--organization` the project goes to the organization `default`, which is made when it is first needed;
`appwrite-py console-user create` lets somebody in.
"""


class _Made(NamedTuple):
    id: str
    name: str
    organization: str
    key: str


@group.callback()
def _group() -> None:
    pass


@group.command(epilog=_EPILOG)
def create(
    project_id: Annotated[
        str, typer.Option("--id", help="Its id: a-z, 0-9 and hyphen, 36 at most.", show_default="a new one")
    ] = "unique()",
    name: Annotated[str | None, typer.Option(help="Its name.", show_default="the id")] = None,
    organization: Annotated[str | None, typer.Option(help="Id of the organization.", show_default="default")] = None,
    region: Annotated[str, typer.Option(help="Region.", show_default="_APP_REGION")] = "default",
    key: Annotated[bool, typer.Option("--key", help="Make an API key with all scopes, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Make a project."""
    from appwrite_py.http import rules

    desk.checked(rules.ProjectId(), "--id", project_id)
    if name is not None:
        desk.checked(rules.Text(128), "--name", name)

    async def job(at: Desk) -> _Made:
        from appwrite_py.auth.scopes import PROJECT_SCOPES
        from appwrite_py.commands.organizations import organization as found
        from appwrite_py.kit import ids
        from appwrite_py.platform import setup

        team_id = await found(at.work, organization)
        new_id = ids.unique() if project_id == "unique()" else project_id
        row = await setup.create_project(
            at.work, at.settings, name or new_id, team_id, project_id=new_id, region=region
        )
        secret = ""
        if key:
            scopes = [scope.name for scope in PROJECT_SCOPES]
            secret = (await setup.create_key(at.work, at.vault, new_id, "Full access", scopes)).secret
        return _Made(new_id, row["name"], team_id, secret)

    made = desk.at_desk(job)
    if as_json:
        screen.as_json({"project": made.id} | ({"key": made.key} if key else {}))
    else:
        desk.show({"Project": made.id, "Name": made.name, "Organization": made.organization}, made.key)

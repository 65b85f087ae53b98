"""`appwrite-py console-user …`"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from appwrite_py.commands import desk, screen

if TYPE_CHECKING:
    from appwrite_py.commands.desk import Desk

group = typer.Typer(no_args_is_help=True)

_EPILOG = """\
**Examples**

`appwrite-py console-user create --email me@example.com` asks for the password

`printf %s "$PASSWORD" | appwrite-py console-user create --email me@example.com --password-stdin` for scripts

The person becomes an owner of the organization, and so of its projects. The sign-up settings (`_APP_CONSOLE_…`) do not
apply here.
"""


class _Made(NamedTuple):
    id: str
    organization: str


@group.callback()
def _group() -> None:
    pass


@group.command(epilog=_EPILOG)
def create(
    email: Annotated[str, typer.Option(help="E-mail address to sign in with.")],
    name: Annotated[str, typer.Option(help="Name of the person.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    organization: Annotated[str | None, typer.Option(help="Id of the organization.", show_default="default")] = None,
    user_id: Annotated[str, typer.Option("--id", help="Id of the user.", show_default="a new one")] = "unique()",
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Make a user of the console, who owns an organization."""
    from appwrite_py.http import rules

    desk.checked(rules.Email(), "--email", email)
    desk.checked(rules.CustomId(), "--id", user_id)
    desk.checked(rules.Text(128, min=0), "--name", name)
    password = _password(password_stdin)

    async def job(at: Desk) -> _Made:
        from appwrite_py.auth.passwords import hash_password
        from appwrite_py.commands.organizations import organization as found
        from appwrite_py.identity import memberships, users
        from appwrite_py.kit import clock, ids
        from appwrite_py.platform.projects import CONSOLE

        new = users.NewUser(
            ids.unique() if user_id == "unique()" else user_id, name, email, password=await hash_password(password)
        )
        team_id = await found(at.work, organization)
        await users.create(at.work, CONSOLE, new, clock.now())
        await memberships.join(at.work, CONSOLE, team_id, new.id, [memberships.OWNER], clock.now())
        return _Made(new.id, team_id)

    made = desk.at_desk(job)
    if as_json:
        screen.as_json({"user": made.id, "email": email.lower(), "organization": made.organization})
    else:
        desk.show({"User": made.id, "E-mail": email.lower(), "Organization": made.organization})


def _password(from_stdin: bool) -> str:
    from appwrite_py.http import rules

    if from_stdin:
        text = sys.stdin.readline().rstrip("\r\n")
    else:
        text = typer.prompt("Password (8 characters or more)", hide_input=True, confirmation_prompt=True, err=True)
    desk.checked(rules.Password(), "--password-stdin" if from_stdin else "password", text)
    return text

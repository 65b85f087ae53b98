"""All commands together, and what happens when one cannot do its work."""

from __future__ import annotations

from typing import Annotated

import typer

from appwrite_py import __version__
from appwrite_py.commands import (
    console_user,
    doctor,
    functions,
    jobs,
    key,
    migrate,
    openapi,
    project,
    schema,
    serve,
    sql_role,
    worker,
)
from appwrite_py.kit import garbage

_EPILOG = """\
**First steps**

`appwrite-py serve` starts the server, with a database of its own unless one is configured

`appwrite-py project create --id shop --key` makes a project and an API key

`appwrite-py doctor` says what is wrong when something is

Settings are environment variables, or lines of a file `.env` in the working directory.
"""

app = typer.Typer(
    name="appwrite-py",
    help="A self-hosted backend that speaks the Appwrite API: one process over PostgreSQL.",
    epilog=_EPILOG,
    rich_markup_mode="markdown",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"appwrite-py {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


for _module in (serve, worker, migrate, openapi, doctor):
    _module.add(app)
for _name, _group, _help in (
    ("console-user", console_user.group, "People who sign in to the console."),
    ("project", project.group, "Projects."),
    ("key", key.group, "API keys."),
    ("schema", schema.group, "Tables, columns and indexes as a file."),
    ("functions", functions.group, "Functions of a folder, for work on them."),
    ("jobs", jobs.group, "Background work that waits, runs or has failed."),
    ("sql-role", sql_role.group, "Logins for reading with SQL."),
):
    app.add_typer(_group, name=_name, help=_help, no_args_is_help=True)


def main() -> None:
    """Run the command line."""
    garbage.starting()
    app()

"""`appwrite-py functions …`"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from appwrite_py.commands import screen

if TYPE_CHECKING:
    from appwrite_py.compute.executors.base import Outcome
    from appwrite_py.compute.sandbox import Sandbox
    from appwrite_py.serving.dev.server import Tell
    from appwrite_py.serving.dev.source import Source

group = typer.Typer(no_args_is_help=True)
_DEV = """\
**Examples**

`appwrite-py functions dev` the function in this folder; then `curl localhost:PORT/any/path?name=Ada`

`appwrite-py functions dev functions/hello --port 3000 --install` once, to install what it needs first

`appwrite-py functions dev . --env GREETING=Hi --runtime python-3.12 --entrypoint src/main.py`

`appwrite-py functions dev . --endpoint http://localhost:8080/v1 --project shop --key standard_…` for one that works
with the API

`curl localhost:PORT -H 'x-appwrite-trigger: event' -H 'x-appwrite-event: users.ada.create' -d '{"$id": "ada"}'` as an
event would call it

What is not given is taken from an `appwrite.config.json` (or `appwrite.json`) of the Appwrite CLI, here or above,
that names the folder. Variables come from there, from a file `.env` in the folder, and from `--env`, which wins.

Each request is a call, whatever its path and method, as on a function's domain. What the function logs is shown here.
Each change of a file begins anew. The folder is read only to the function where bubblewrap holds it, as on a server.
"""


@group.callback()
def _group() -> None:
    pass


@group.command(epilog=_DEV)
def dev(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with the function's code.")] = Path(),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    runtime: Annotated[str, typer.Option(help="Such as `node-22`.", show_default="what the folder says")] = "",
    entrypoint: Annotated[str, typer.Option(help="File with the handler.", show_default="what the folder says")] = "",
    env: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A variable; as often as needed.")] = None,
    install: Annotated[bool, typer.Option("--install", help="Run the install command in the folder first.")] = False,
    endpoint: Annotated[
        str, typer.Option(envvar="APPWRITE_ENDPOINT", help="APPWRITE_FUNCTION_API_ENDPOINT for the function.")
    ] = "",
    project: Annotated[
        str, typer.Option(envvar="APPWRITE_PROJECT", help="APPWRITE_FUNCTION_PROJECT_ID for the function.")
    ] = "",
    key: Annotated[
        str,
        typer.Option(
            "--key", envvar="APPWRITE_KEY", metavar="KEY", help="API key that calls bring as `x-appwrite-key`."
        ),
    ] = "",
) -> None:
    """Run a function of a folder on this machine, again after each change: without a server, project or database."""
    variables = dict(_variable(text) for text in env or ())
    with screen.told_plainly():
        from appwrite_py.compute.runtimes import Runtimes
        from appwrite_py.kit import logs
        from appwrite_py.serving.dev.install import install as run_install
        from appwrite_py.serving.dev.server import Api, Dev, serve
        from appwrite_py.serving.dev.source import Wishes, read_source
        from appwrite_py.settings import Settings

        logs.configure("warning", "pretty")
        offered = Runtimes(Settings(_env_file=None, functions_executor="process")).offered  # type: ignore[call-arg]
        wishes = Wishes(runtime, entrypoint, variables)
        work = Dev(lambda: read_source(folder.resolve(), wishes, offered), Api(endpoint, project, key), _tell())
        if install:
            screen.progress(work.source.commands or "Installing")
            run_install(work.source, work.sandbox, work.environment)
        if not serve(work, host, port):
            screen.fail("The function could not be served; the lines above say why.")


def _variable(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise typer.BadParameter(f"{text!r} is not of the form NAME=VALUE", param_hint="--env")
    return name, value


# --- what is shown ----------------------------------------------------------------------------------------
def _tell() -> Tell:
    from appwrite_py.serving.dev.server import Tell

    return Tell(ready=_greet, changed=_changed, loaded=_loaded, called=_called, failed=_failed)


def _greet(url: str, source: Source, sandbox: Sandbox) -> None:
    out = screen.out()
    out.print()
    out.print(f"  [bold]{_escaped(source.name)}[/] [dim]at[/] [bold cyan]{url}[/]")
    out.print(f"  {source.folder / source.entrypoint}, {source.runtime.key}", style="dim", markup=False)
    if source.instead_of:
        out.print(f"  This machine does not have {source.instead_of}.", style="yellow", markup=False)
    if source.told_by:
        out.print(f"  As {source.told_by} says.", style="dim", markup=False)
    if not sandbox.hides_files:
        out.print("  Without bubblewrap it can read all that you can read.", style="dim")
    out.print("  Ctrl-C stops it.", style="dim")
    out.file.flush()


def _changed(names: Sequence[str]) -> None:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    screen.out().print(f"\n↻ {', '.join(names[:3])}{more}", style="cyan", markup=False)
    screen.out().file.flush()


def _loaded(outcome: Outcome) -> None:
    if outcome.status == 204:
        screen.out().print("✓ ready", style="green", markup=False)
    else:
        screen.out().print("✗ The handler cannot be loaded.", style="bold red", markup=False)
    _lines(outcome)


def _called(method: str, target: str, outcome: Outcome) -> None:
    style = "green" if outcome.status < 400 else "yellow" if outcome.status < 500 else "bold red"
    screen.out().print(f"\n{outcome.status}", style=style, end="")
    screen.out().print(f" {method} {target}", markup=False, end="")
    screen.out().print(f" {outcome.duration * 1000:.0f} ms", style="dim")
    _lines(outcome)


def _failed(text: str) -> None:
    screen.out().print(f"✗ {text}", style="bold red", markup=False)
    screen.out().file.flush()


def _lines(outcome: Outcome) -> None:
    for text, style in ((outcome.logs, ""), (outcome.errors, "red")):
        for line in text.splitlines():
            screen.out().print(f"  {line}", style=style, markup=False)
    screen.out().file.flush()


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)

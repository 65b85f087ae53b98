"""`appwrite-py serve`"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from appwrite_py import __version__
from appwrite_py.commands import screen

if TYPE_CHECKING:
    from appwrite_py.serving.database import Database

_EPILOG = """\
**Examples**

`appwrite-py serve` on http://localhost:8080, with an embedded PostgreSQL in ./appwrite-data

`appwrite-py serve --host 0.0.0.0 --port 80 --workers 4` for the network, on four cores

`DATABASE_URL=postgresql://me:secret@db/appwrite appwrite-py serve` over your own PostgreSQL

`appwrite-py serve --reload` while you work on the server's code

Ctrl-C or SIGTERM stops it once the requests in flight are answered, a second Ctrl-C at once.
"""


def add(app: typer.Typer) -> None:
    """Make it a command."""
    app.command(epilog=_EPILOG)(serve)


def serve(
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen on; 0.0.0.0 for all.", show_default="APPWRITE_PY_HOST or 127.0.0.1"),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port; 0 takes a free one.", show_default="APPWRITE_PY_PORT or 8080")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Server processes.", show_default="APPWRITE_PY_WORKERS or 1")
    ] = None,
    reload: Annotated[bool, typer.Option("--reload", help="Start again when the server's code changes.")] = False,
) -> None:
    """Start the server, and the database with it unless one is configured."""
    started = time.perf_counter()
    settings = screen.load_settings(host=host, port=port, workers=workers)
    with screen.told_plainly():
        from appwrite_py.kit import logs
        from appwrite_py.serving.serve import serve as run

        logs.configure(settings.log_level, settings.log_format)
        for_machines = settings.log_format == "json"

        def ready(url: str, database: Database) -> None:
            (_log if for_machines else _greet)(url, database, time.perf_counter() - started)

        if not run(settings, _note if for_machines else screen.progress, ready, reload=reload):
            screen.fail("The server could not start; the lines above say why.")


def _greet(url: str, database: Database, seconds: float) -> None:
    from rich.table import Table

    table = Table.grid(padding=(0, 3))
    table.add_row("  [dim]API[/]", f"[bold cyan]{url}/v1[/]")
    table.add_row("  [dim]Reference[/]", f"{url}/docs")
    table.add_row("  [dim]Database[/]", _escaped(database.title))
    table.add_row("  [dim]Next[/]", "appwrite-py project create --id my-project --key")
    screen.out().print()
    screen.out().print(f"  [bold]appwrite_py {__version__}[/] [dim]ready in[/] {seconds:.1f} s")
    screen.out().print()
    screen.out().print(table)
    screen.out().print()
    screen.out().print("  [dim]Ctrl-C stops it.[/]")
    screen.out().file.flush()


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _logger() -> Any:
    import structlog

    return structlog.get_logger("appwrite_py.serve")


def _log(url: str, database: Database, seconds: float) -> None:
    _logger().info("ready", url=url, database=database.title, version=__version__, seconds=round(seconds, 2))


def _note(text: str) -> None:
    _logger().info(text)

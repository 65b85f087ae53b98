"""`appwrite-py doctor`"""

from __future__ import annotations

import typer

from appwrite_py.commands import screen

_EPILOG = """\
Nothing is changed. The exit code is 1 when there is a problem, 0 otherwise; remarks are no problems.

`appwrite-py doctor --json` prints one line of JSON for each finding.
"""
_SIGNS = {"good": "[green]✓[/]", "remark": "[yellow]![/]", "problem": "[bold red]✗[/]"}


def add(app: typer.Typer) -> None:
    """Make it a command."""
    app.command(epilog=_EPILOG)(doctor)


def doctor(
    as_json: bool = typer.Option(False, "--json", help="Print a line of JSON for each finding."),
) -> None:
    """Check settings, secrets, database, disk and port, and say what to do about what is wrong."""
    from dataclasses import asdict

    from rich.markup import escape

    from appwrite_py.serving.checks import findings

    problems = 0
    settings = screen.load_settings()
    for finding in findings(settings):
        problems += finding.level == "problem"
        if as_json:
            screen.as_json(asdict(finding))
            continue
        screen.out().print(f"  {_SIGNS[finding.level]} [bold]{finding.about:<10}[/] {escape(finding.text)}")
        if finding.advice:
            screen.out().print(f"    {'':<10} [cyan]→[/] {escape(finding.advice)}")
    if not as_json:
        word = "problem" if problems == 1 else "problems"
        screen.out().print(f"\n  {problems} {word}." if problems else "\n  No problems.")
    raise typer.Exit(1 if problems else 0)

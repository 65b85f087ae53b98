"""`appwrite-py migrate`"""

from __future__ import annotations

import typer

from appwrite_py.commands import screen

_EPILOG = """\
`serve` does this by itself. Run it apart when several servers share a database, before the first of the new version
starts:

`DATABASE_URL=postgresql://me:secret@db/appwrite appwrite-py migrate`
"""


def add(app: typer.Typer) -> None:
    """Make it a command."""
    app.command(epilog=_EPILOG)(migrate)


def migrate() -> None:
    """Bring the database to this version's schema."""
    settings = screen.load_settings()
    with screen.told_plainly():
        from appwrite_py.serving.database import bring_up_to_date, open_database

        with open_database(settings, screen.progress) as database:
            changed = bring_up_to_date(database, screen.progress)
    screen.out().print("The database is migrated." if changed else "The database is up to date.")

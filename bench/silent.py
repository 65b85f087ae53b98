"""This server without events: documents are created as ever, but nothing is recorded, and no reader is woken.

What `python -m bench events` holds the product against. Everything else is the same code.
"""

from __future__ import annotations

from functools import partial

from appwrite_py.commands.main import main
from appwrite_py.data import changes
from appwrite_py.events.wakes import Wakes


def silence() -> None:
    """Let creates be recorded nowhere."""
    changes.insert = partial(changes.insert, silent=True)
    Wakes.said = lambda self: None  # type: ignore[method-assign]


if __name__ == "__main__":
    silence()
    main()

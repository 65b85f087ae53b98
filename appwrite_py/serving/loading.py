"""The code of the application, loaded while the database starts."""

from __future__ import annotations

import importlib
import threading


def load_application() -> threading.Thread:
    """Begin to load it. To be joined before the database is migrated: both import SQLAlchemy.

    Modules that import each other are found half made when two threads import them at once.
    """
    thread = threading.Thread(target=importlib.import_module, args=("appwrite_py.app",), daemon=True)
    thread.start()
    return thread

"""Which files of a folder have changed, but for what nobody writes by hand."""

from __future__ import annotations

import os
from pathlib import Path

_LEFT_OUT = {
    ".git", ".hg", ".idea", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".svn", ".venv", ".vscode", "__pycache__",
    "node_modules", "runtime-env", "venv",
}  # fmt: skip
_MOST_FILES = 5000


class Watch:
    """The files of a folder, by their times and sizes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = self._look()

    def changed(self) -> list[str]:
        """Those that have changed, come or gone since the last look. To be called in a thread."""
        before, self._seen = self._seen, self._look()
        return sorted(name for name in before.keys() | self._seen if before.get(name) != self._seen.get(name))

    def _look(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        places = [str(self._folder)]
        while places and len(found) < _MOST_FILES:
            try:
                entries = list(os.scandir(places.pop()))
            except OSError:  # it has just gone
                continue
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _LEFT_OUT:
                        places.append(entry.path)
                elif not entry.name.endswith(("~", ".swp")):
                    self._note(entry, found)
        return found

    def _note(self, entry: os.DirEntry[str], found: dict[str, tuple[int, int]]) -> None:
        try:
            seen = entry.stat()
        except OSError:
            return
        found[os.path.relpath(entry.path, self._folder)] = seen.st_mtime_ns, seen.st_size

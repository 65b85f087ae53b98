"""Folders of the server that lie where others may write, too, such as below /tmp."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def open_place(folder: Path) -> Path:
    """Make a folder that is ours alone, and through which others can pass. Raises PermissionError if it is theirs.

    Whoever had made it before us could put links in the place of what we are going to write there.
    """
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise PermissionError(f"{folder} is not a folder of the server's user alone")
    return folder

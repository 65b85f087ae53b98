"""The source of a deployment from a template: a folder of a public repository, packed as if it had been uploaded."""

from __future__ import annotations

from pathlib import Path

from appwrite_py.compute import archives
from appwrite_py.compute.archives import BadArchive
from appwrite_py.compute.builds import MOST_FILES, BuildFailed, check_size, in_thread
from appwrite_py.compute.repositories import FetchFailed, Origin
from appwrite_py.compute.repositories import fetch as fetch_archive
from appwrite_py.data.pg import Record
from appwrite_py.kit.outbound import Outbound
from appwrite_py.settings import Settings

_MOST_BYTES = 1_000_000_000


async def fetch(outbound: Outbound, settings: Settings, row: Record, place: Path, to: Path) -> None:
    """Write the source to a new file. Raises BuildFailed."""
    origin = Origin(**row["origin"])
    whole, folder = place / "repository.tar.gz", place / "repository"
    folder.mkdir(mode=0o700)
    try:
        await fetch_archive(outbound, origin, whole)
        await in_thread(
            lambda stopped: archives.unpack(
                whole, folder, most_bytes=_MOST_BYTES, most_files=MOST_FILES, stopped=stopped
            )
        )
        source = _part(folder, origin)
        await in_thread(lambda stopped: archives.pack(source, to, stopped=stopped))
        check_size(to, settings.compute_size_limit_bytes)
    except (FetchFailed, BadArchive) as cause:
        raise BuildFailed(str(cause)) from cause


def _part(folder: Path, origin: Origin) -> Path:
    """The folder that is wanted, in the one folder that archives of repositories consist of."""
    found = list(folder.iterdir())
    if len(found) != 1 or found[0].is_symlink() or not found[0].is_dir():
        raise BadArchive("The archive of the repository does not consist of one folder.")
    part = (found[0] / origin.folder).resolve()
    if not part.is_relative_to(found[0].resolve()) or not part.is_dir():
        raise BadArchive(f"The repository {origin.url} has no folder {origin.folder}.")
    return part

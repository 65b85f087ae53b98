"""Source code in public Git repositories, fetched as archives over HTTP: no Git, and no account anywhere.

It is spoken to as GitHub is, which Gitea and Forgejo are, too: `/OWNER/NAME/archive/REFERENCE.tar.gz`, and Git's own
list of references.
"""

from __future__ import annotations

import asyncio
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from appwrite_py.kit.outbound import Outbound

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 200_000_000
"""Of a whole repository's archive, of which a template is a small part."""
_LIST_BYTES = 20_000_000
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}\Z")
_REFERENCE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./*+-]{0,127}\Z")
_NUMBER = re.compile(r"\d+")
_FOLDERS = {"branch": "refs/heads/", "tag": "refs/tags/", "commit": ""}


class FetchFailed(Exception):
    """The source cannot be had; the message says why, to whoever has asked for it."""


class Origin(NamedTuple):
    """Which part of which repository. `kind`: what the reference is, a branch, a tag or a commit.

    A tag may have stars, as in `0.2.*`: the highest version that fits is taken.
    """

    url: str
    owner: str
    repository: str
    folder: str
    kind: str
    reference: str

    @staticmethod
    def of(server: str, owner: str, repository: str, folder: str, kind: str, reference: str) -> Origin | None:
        """None where there can be no such repository, folder or reference."""
        parts = [part for part in folder.split("/") if part not in ("", ".")]
        names_fit = all(_NAME.match(name) and name.strip(".") for name in (owner, repository))
        if not names_fit or ".." in parts or not _REFERENCE.match(reference) or ".." in reference:
            return None
        return Origin(f"{server.rstrip('/')}/{owner}/{repository}", owner, repository, "/".join(parts), kind, reference)


async def fetch(outbound: Outbound, origin: Origin, to: Path) -> str:
    """Write the archive of a repository to a new file; the reference that it is of. Raises FetchFailed."""
    import httpx

    try:
        async with outbound.client(follow_redirects=True, max_redirects=5) as client:
            reference = origin.reference
            if origin.kind == "tag" and "*" in reference:
                reference = await _newest_tag(client, origin)
            url = f"{origin.url}/archive/{quote(_FOLDERS[origin.kind] + reference)}.tar.gz"
            await _download(client, url, to)
            return reference
    except (httpx.HTTPError, httpx.InvalidURL) as cause:
        raise FetchFailed(
            f"The repository {origin.url} cannot be reached: {str(cause) or type(cause).__name__}."
        ) from cause


async def _download(client: httpx.AsyncClient, url: str, to: Path) -> None:
    size = 0
    async with client.stream("GET", url, timeout=60) as answer:
        _check(answer, url)
        with to.open("xb") as file:
            async for piece in answer.aiter_raw(1 << 18):
                size += len(piece)
                if size > MOST_BYTES:
                    raise FetchFailed(f"The archive of the repository is larger than {MOST_BYTES} bytes.")
                await asyncio.to_thread(file.write, piece)


async def _newest_tag(client: httpx.AsyncClient, origin: Origin) -> str:
    """The highest version among the tags that fit the reference."""
    url = f"{origin.url}.git/info/refs"
    listed = b""
    async with client.stream("GET", url, params={"service": "git-upload-pack"}, timeout=60) as answer:
        _check(answer, url)
        async for piece in answer.aiter_bytes(1 << 16):
            listed += piece
            if len(listed) > _LIST_BYTES:
                raise FetchFailed("The repository has too many references.")
    names = re.findall(rb"^[0-9a-f]{44,72} refs/tags/([^\s^\0]+)$", listed, re.MULTILINE)
    tags = {name.decode("utf-8", "replace") for name in names}
    fitting = [tag for tag in tags if fnmatchcase(tag, origin.reference) and _REFERENCE.match(tag)]
    if not fitting:
        raise FetchFailed(f"The repository {origin.url} has no tag {origin.reference}.")
    newest: str = max(fitting, key=lambda tag: [int(number) for number in _NUMBER.findall(tag)])
    return newest


def _check(answer: httpx.Response, url: str) -> None:
    if answer.status_code == 404:
        raise FetchFailed(f"There is nothing at {url}: it does not exist, or is not public.")
    if answer.status_code != 200:
        raise FetchFailed(f"{url} answers with the status {answer.status_code}.")

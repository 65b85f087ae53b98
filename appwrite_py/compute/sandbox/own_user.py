"""A user id for each program, where the server is root and there are no namespaces."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from appwrite_py.compute.sandbox.base import FUNCTION, Command, Limits, Mount
from appwrite_py.compute.sandbox.launching import dropped, environment_file, limited, plain_environment
from appwrite_py.compute.sandbox.plain import Sandbox
from appwrite_py.compute.sandbox.processes import kill_owned
from appwrite_py.compute.sandbox.users import new_user


class OwnUser(Sandbox):
    """A user id for each program: it can read what everybody may, and neither the server's data nor others' code."""

    kind = "user"
    hides_files = True

    def new_user(self) -> int | None:
        """One that nobody else has, as far as the machine's range of ids goes."""
        return new_user()

    def give(self, folder: Path, user: int | None, *, writable: bool = False) -> None:
        """To the user, and to no other."""
        super().give(folder, user, writable=writable)
        if user is not None:
            folder.chmod(folder.stat().st_mode & 0o770)

    def root(self, data: Path) -> Path:
        """Outside of the data folder, which is the server's alone, and another one for each of those."""
        name = hashlib.sha256(os.fsencode(data.absolute())).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"appwrite-py-functions-{name}"

    def command(
        self, argv: Sequence[str], folder: Path, *, limits: Limits = Limits(), network: bool = True,
        env: Mapping[str, str] | None = None, writable: bool = False, inside: Path = FUNCTION,
        mounts: Sequence[Mount] = (), user: int | None = None,
    ) -> Command:  # fmt: skip
        """As that of its base; `inside` has no effect.

        Programs that only read share the user's group, and not its id: one is not to end with another.
        """
        who = user if user is not None and writable else new_user()
        temporary = self._temporary(who)
        descriptors, prefix = environment_file({"HOME": str(temporary), "TMPDIR": str(temporary)} | dict(env or {}))
        inner = [*limited(limits), *dropped(who, who if user is None else user), *prefix, *argv]
        outside = plain_environment(Path(os.devnull))
        command = Command(inner, outside, folder, descriptors, partial(kill_owned, who), temporary=temporary)
        return self._grouped(command, limits)

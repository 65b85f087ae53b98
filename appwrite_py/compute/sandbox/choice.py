"""Which sandbox a server takes: one that was tried out on its machine, and none only where it was asked for."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from appwrite_py.compute.cgroups import find_groups
from appwrite_py.compute.sandbox.bubblewrap import Bubblewrap
from appwrite_py.compute.sandbox.own_user import OwnUser
from appwrite_py.compute.sandbox.plain import Sandbox
from appwrite_py.settings import Settings

_AUTO: Sequence[type[Sandbox]] = (Bubblewrap, OwnUser)
_KINDS: Sequence[type[Sandbox]] = (*_AUTO, Sandbox)
_TRIED_AGAIN_SECONDS = 60.0
_MOST_WORDS = 200
WHAT_TO_DO = (
    "Install bubblewrap and let the server make user namespaces, run the server as root, or run functions in Docker "
    "(APPWRITE_PY_FUNCTIONS_EXECUTOR=docker). APPWRITE_PY_FUNCTIONS_SANDBOX=none does without, for code that is "
    "trusted as the server itself is."
)


class NoSandbox(Exception):
    """Nothing on this machine holds functions as the settings want it; the message says why, and what to do."""


class Choice:
    """The sandbox of one server process, tried out when it is first wanted. To be called in a thread.

    Where none works, nothing is tried for a while, as that takes some processes.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, threading.Lock()
        self._made: Sandbox | None = None
        self._fault, self._again_at = "", 0.0

    def __call__(self) -> Sandbox:
        """Raises NoSandbox."""
        with self._lock:
            if self._made is None:
                self._made = self._tried()
            return self._made

    def _tried(self) -> Sandbox:
        if self._fault and time.monotonic() < self._again_at:
            raise NoSandbox(self._fault)
        try:
            return make_sandbox(self._settings)
        except NoSandbox as cause:
            self._fault, self._again_at = str(cause), time.monotonic() + _TRIED_AGAIN_SECONDS
            raise


def make_sandbox(settings: Settings) -> Sandbox:
    """The kind that the settings name, or the best that works here. It is tried out. Raises NoSandbox."""
    wanted = settings.functions_sandbox
    groups = find_groups()
    hidden = (settings.data_dir.absolute(), Path.cwd() / ".env")
    reasons = []
    for kind in _AUTO if wanted == "auto" else [kind for kind in _KINDS if kind.kind == wanted]:
        sandbox = kind(groups, hidden)
        reason = _why_not(sandbox)
        if not reason:
            return sandbox
        reasons.append(f"{kind.kind}: {reason}")
    raise NoSandbox(f"There is no sandbox for functions on this server ({'; '.join(reasons)}). {WHAT_TO_DO}")


def check_network(settings: Settings, sandbox: Sandbox) -> None:
    """Raises NoSandbox where functions are to have no network, and the sandbox cannot keep them from it."""
    if settings.functions_network == "disabled" and not sandbox.hides_network:
        raise NoSandbox(
            "APPWRITE_PY_FUNCTIONS_NETWORK is disabled, but of the sandboxes only bubblewrap keeps functions from the "
            "network, and it is not what runs them here. Install it, or run functions in Docker."
        )


def _why_not(sandbox: Sandbox) -> str:
    """Why it does not work here; empty when it does."""
    if sandbox.kind == "none":
        return ""
    if sandbox.kind == "user" and os.geteuid() != 0:
        return "the server is not root"
    tools = ["setpriv", "prlimit"] if os.geteuid() == 0 else ["prlimit"]
    for tool in [*(["bwrap"] if sandbox.kind == "bubblewrap" else []), *tools]:
        if not shutil.which(tool):
            return f"{tool} is not installed"
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said:
        os.chmod(folder, 0o755)  # noqa: S103 (it is empty)
        try:
            command = sandbox.command(
                ["/bin/sh", "-c", '[ "$TRIED" = yes ]'], Path(folder), env={"TRIED": "yes"}, network=False
            )
            contained = command.start(stdout=subprocess.DEVNULL, stderr=said)
        except OSError as cause:
            return cause.strerror or type(cause).__name__
        with contextlib.suppress(subprocess.TimeoutExpired):
            contained.process.wait(10)
        if contained.kill() == 0:
            return ""
        said.seek(0)
        lines = said.read(4096).decode(errors="replace").splitlines()
        return lines[0].partition(". ")[0][:_MOST_WORDS].rstrip(".") if lines else "a trial has failed"

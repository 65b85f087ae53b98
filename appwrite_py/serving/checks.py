"""What `doctor` looks at, before a server is started or while it runs: settings, folder, key, port, and the database.

Every finding says what to do; none of the checks changes a thing.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from appwrite_py.serving.database_checks import database_findings
from appwrite_py.serving.docker import check_docker
from appwrite_py.serving.findings import Finding, good, problem, remark
from appwrite_py.serving.problems import Problem
from appwrite_py.serving.storage import check_storage
from appwrite_py.settings import Settings

_OWN_PREFIX = "APPWRITE_PY_"
_OF_COMPOSE = {f"{_OWN_PREFIX}{name}" for name in ("IMAGE", "MEMORY", "POSTGRES_IMAGE", "PUBLISH")}
_LITTLE_DISK_BYTES = 1 << 30
_NO_DISK_BYTES = 200 << 20
_SHORT_KEY = 16
_HELD_BY = {"bubblewrap": "bubblewrap", "user": "users of their own"}
_PUBLISHED_KEYS = {"your-secret-key"}  # the example of Appwrite's own documentation


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything there is to say, in the order in which it matters to a start."""
    yield from _settings()
    yield from _folder(settings.data_dir)
    yield from _storage(settings)
    yield from _functions(settings)
    yield from _secrets(settings)
    yield from _port(settings)
    yield from database_findings(settings)


# --- settings -------------------------------------------------------------------------------------------
def _settings() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield good("Settings", f"valid; Python {version}")
    known = {field.alias for field in Settings.model_fields.values()}
    given = {name.upper() for name in (*os.environ, *_names_in(Path(".env")))}
    for name in sorted(name for name in given - known - _OF_COMPOSE if name.startswith(_OWN_PREFIX)):
        if not name.startswith(f"{_OWN_PREFIX}TEST_"):
            yield remark("Settings", f"There is no setting {name}", "Correct its name; README.md lists all of them.")
    env = Path(".env")
    if env.exists() and env.stat().st_mode & 0o044:
        yield remark("Settings", ".env can be read by other users of this machine", "chmod 600 .env")


def _names_in(env: Path) -> list[str]:
    try:
        lines = env.read_text(errors="replace").splitlines()
    except OSError:
        return []
    return [line.partition("=")[0].strip().removeprefix("export ").strip() for line in lines if "=" in line]


# --- data folder and secrets ------------------------------------------------------------------------------
def _folder(folder: Path) -> Iterator[Finding]:
    place = folder.absolute()
    while not os.path.exists(place):  # False, too, for what this user may not look at
        place = place.parent
    if not place.is_dir():
        yield problem("Data", f"{place} is no folder", "Choose another folder with APPWRITE_PY_DATA.")
        return
    if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        yield problem(
            "Data",
            f"This user may not write in {place}",
            f"Choose another folder with APPWRITE_PY_DATA, or run as the owner: ls -ld {place}",
        )
        return
    free = shutil.disk_usage(place).free
    text = f"{folder.absolute()}{'' if place == folder.absolute() else ', to be made'}; {free / 1e9:.1f} GB free"
    if free < _NO_DISK_BYTES:
        yield problem("Data", text, "Make room: PostgreSQL stops when the disk is full.")
    elif free < _LITTLE_DISK_BYTES:
        yield remark("Data", text, "Make room before it is full; PostgreSQL stops then.")
    else:
        yield good("Data", text)


def _storage(settings: Settings) -> Iterator[Finding]:
    try:
        check_storage(settings)
    except Problem as cause:
        yield problem("Files", str(cause), "docs/storage-devices.md says what each device needs.")
        return
    kind = settings.storage_device.lower()
    yield good("Files", "in the data folder" if kind == "local" else f"in a store ({kind}); it was not asked")


def _functions(settings: Settings) -> Iterator[Finding]:
    try:
        engine = check_docker(settings)
    except Problem as cause:
        yield problem("Functions", str(cause), "docs/functions.md says what Docker needs.")
        return
    if engine:
        yield _containers(settings, engine)
    else:
        yield _processes(settings)


def _containers(settings: Settings, engine: str) -> Finding:
    """Which engine runs functions; a remark where they are told an address of the API that is likely not to be one."""
    from appwrite_py.platform.endpoint import endpoint, is_guessed

    if not settings.functions_docker_network or not is_guessed(settings):
        return good("Functions", f"in containers of {engine}")
    return remark(
        "Functions",
        f"in containers of {engine}; they are told that the API is at {endpoint(settings)}, which is so only where "
        "this server's port is published there under the same number",
        "Set APPWRITE_PY_FUNCTIONS_ENDPOINT to the server's address in that network, such as http://server:8080/v1.",
    )


def _processes(settings: Settings) -> Finding:
    """What holds functions that run in processes of this machine, and the runtimes there are. It is tried out."""
    from appwrite_py.compute.runtimes import Runtimes
    from appwrite_py.compute.sandbox import NoSandbox, check_network, make_sandbox

    try:
        sandbox = make_sandbox(settings)
        check_network(settings, sandbox)
    except NoSandbox as cause:
        return remark(
            "Functions",
            f"They cannot be run here. {cause}",
            "docs/functions.md says more, under What runs them; docs/docker.md for containers.",
        )
    runtimes = ", ".join(Runtimes(settings, lambda: sandbox).offered)
    if not runtimes:
        return remark("Functions", "There is no runtime for them", "Install Node, or see _APP_FUNCTIONS_RUNTIMES.")
    if not sandbox.hides_files:
        advice = "Leave this to servers whose functions are all your own, or set APPWRITE_PY_FUNCTIONS_SANDBOX=auto."
        return remark("Functions", f"{runtimes}; without a sandbox: they can read all that the server can", advice)
    return good("Functions", f"{runtimes}; held by {_HELD_BY[sandbox.kind]}")


def _secrets(settings: Settings) -> Iterator[Finding]:
    from appwrite_py.serving.secrets import secrets_file, server_key

    key, path = settings.openssl_key, secrets_file(settings)
    if key in _PUBLISHED_KEYS or 0 < len(key) < _SHORT_KEY:
        yield remark(
            "Secrets", "_APP_OPENSSL_KEY_V1 is easy to guess",
            "Choose a long random one before the first start; what the old one encrypted cannot be read with another.",
        )  # fmt: skip
    elif key:
        yield good("Secrets", "the key is given by _APP_OPENSSL_KEY_V1")
    elif not os.path.exists(path):
        yield good("Secrets", f"a key will be made at the first start, in {path}")
    else:
        try:
            server_key(settings)
            yield good("Secrets", f"the key is in {path}, readable by its owner alone; keep it with your backups")
        except Problem as cause:
            yield problem("Secrets", str(cause), "docs/operations.md says more, under Secrets.")


# --- port -----------------------------------------------------------------------------------------------
def _port(settings: Settings) -> Iterator[Finding]:
    from appwrite_py.serving.listen import bind

    where = f"{settings.host}:{settings.port}"
    if _answers(settings):
        yield good("Port", f"a server of this kind answers at {where}")
        return
    try:
        bind(settings.host, settings.port).close()
        yield good("Port", f"{where} is free")
    except Problem as cause:
        yield problem("Port", f"{where} cannot be used", str(cause))


def _answers(settings: Settings) -> bool:
    import http.client

    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    try:
        connection = http.client.HTTPConnection(host, settings.port, timeout=2)
        connection.request("GET", "/v1/ping", headers={"X-Appwrite-Project": "console"})
        return connection.getresponse().read() == b"Pong!"
    except (OSError, http.client.HTTPException):
        return False

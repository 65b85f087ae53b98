"""What package managers find when a build runs its commands: where they keep downloads, and where they install to.

Python packages get an environment of their own, `runtime-env`, as in Appwrite's containers. pip is not part of it: the
interpreter's own one installs into it, which takes a tenth of the time, and leaves nothing that is to be packed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from appwrite_py.compute import archives
from appwrite_py.compute.runtimes import Runtime
from appwrite_py.compute.sandbox import PATH

ENVIRONMENT = "runtime-env"
_CAN_INSTALL_ELSEWHERE = (22, 3)
_MODULE = """\
import os, sys

os.execv({program!r}, [{program!r}, "-m", "pip", "--python", sys.executable, *sys.argv[1:]])
"""


def command(runtime: Runtime, commands: str) -> list[str]:
    """What runs the commands of a build, in the folder of the package."""
    shell = shutil.which("bash", path="/bin:/usr/bin") or "/bin/sh"
    run = 'exec "$1" -c "$2"'
    if not _has_environment(runtime):
        return ["/bin/sh", "-c", run, "build", shell, commands]
    how = "--copies --without-pip" if _has_pip(str(runtime.program)) else "--copies"
    script = f'"$3" -m venv {how} {ENVIRONMENT} || exit 1; {run}'
    return ["/bin/sh", "-c", script, "build", shell, commands, str(runtime.program)]


def variables(runtime: Runtime, commands: str, home: Path, kept: Path) -> dict[str, str]:
    """The environment for that. `home`: the package's folder, and `kept`: the cache's, both as seen from inside."""
    places = [str(runtime.program.parent)] if runtime.program else []
    found = {
        "npm_config_cache": f"{kept}/npm",
        "npm_config_update_notifier": "false",
        "YARN_CACHE_FOLDER": f"{kept}/yarn",
        "BUN_INSTALL_CACHE_DIR": f"{kept}/bun",
        "XDG_CACHE_HOME": f"{kept}/xdg",
        "XDG_STATE_HOME": f"{kept}/state",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    if "pnpm" in commands:  # npm warns of what only pnpm knows
        found["npm_config_store_dir"] = f"{kept}/pnpm"
    if _has_environment(runtime):
        found["VIRTUAL_ENV"] = str(home / ENVIRONMENT)
        places.insert(0, str(home / ENVIRONMENT / "bin"))
    return found | {"PATH": ":".join([*places, PATH])}


def prepare(package: Path, runtime: Runtime, home: Path) -> None:
    """Put into a package what the commands may call. It takes a moment; to be called in a thread."""
    if not _has_environment(runtime):
        return
    environment = package / ENVIRONMENT
    if environment.is_symlink() or environment.is_file():
        environment.unlink()
    archives.remove(environment)  # one that was uploaded is of another machine
    if not _has_pip(str(runtime.program)):
        return
    module = environment / "lib" / f"python{runtime.version}" / "site-packages" / "pip"
    for folder in (module, environment / "bin"):
        folder.mkdir(parents=True)
    (module / "__main__.py").write_text(_MODULE.format(program=str(runtime.program)))
    for name in ("pip", "pip3"):
        program = environment / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{home / ENVIRONMENT}/bin/python" -m pip "$@"\n')
        program.chmod(0o755)


def clear(package: Path) -> None:
    """Take out of the package what only the commands needed. Nothing outside of it is touched."""
    environment, inside = package / ENVIRONMENT, package.resolve()
    for pattern in ("lib/python*/site-packages/pip", "lib/python*/site-packages/pip-*", "bin/pip*"):
        for found in [] if environment.is_symlink() else list(environment.glob(pattern)):
            if not found.parent.resolve().is_relative_to(inside):
                continue
            if found.is_dir() and not found.is_symlink():
                archives.remove(found)
            else:
                found.unlink(missing_ok=True)


def _has_environment(runtime: Runtime) -> bool:
    return runtime.language.startswith("python") and runtime.program is not None


@cache
def _has_pip(program: str) -> bool:
    """Whether a Python has a pip that can install into other environments."""
    try:
        told = subprocess.run(
            [program, "-I", "-m", "pip", "--version"], capture_output=True, text=True, timeout=30, check=False,
            stdin=subprocess.DEVNULL, env={"PATH": PATH},
        ).stdout  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = re.match(r"pip (\d+)\.(\d+)", told)
    return found is not None and (int(found[1]), int(found[2])) >= _CAN_INSTALL_ELSEWHERE

"""Whether the Docker engine answers that functions are to run in, before anything is started."""

from __future__ import annotations

import asyncio

from appwrite_py.serving.problems import Problem
from appwrite_py.settings import Settings

HELP = (
    "Start the engine, let this user use it, or say with DOCKER_HOST where it is. "
    "APPWRITE_PY_FUNCTIONS_EXECUTOR=process does without Docker, for functions in Node and Python."
)


def check_docker(settings: Settings) -> str:
    """Which engine runs functions; nothing where none is to. Raises Problem, which says what can be done."""
    if settings.functions_executor != "docker":
        return ""
    from appwrite_py.compute.docker.engine import EngineFault, check

    try:
        return asyncio.run(check(settings))
    except EngineFault as cause:
        raise Problem(f"Functions are to run in containers, but: {cause} {HELP}") from cause

"""What runs functions, and what builds them: one file for each kind."""

from __future__ import annotations

from collections.abc import Callable

from appwrite_py.compute.builds import Builder, Builds
from appwrite_py.compute.docker.engine import Engine
from appwrite_py.compute.docker_builds import DockerBuilds
from appwrite_py.compute.executors.base import Executor
from appwrite_py.compute.executors.docker import DockerExecutor
from appwrite_py.compute.executors.process import ProcessExecutor
from appwrite_py.compute.sandbox import Sandbox
from appwrite_py.settings import Settings


def make_compute(settings: Settings, sandbox: Callable[[], Sandbox]) -> tuple[Executor, Builder]:
    """What the settings name, with what builds for it. Nothing is started yet."""
    if settings.functions_executor == "docker":
        engine = Engine(settings)
        return DockerExecutor(settings, engine), DockerBuilds(settings, engine)
    return ProcessExecutor(settings, sandbox), Builds(settings, sandbox)

"""The Docker engine: the connection to it, its images, its network, and what is left there from other times."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog

from appwrite_py.compute.docker.owner import HOME, PROCESS, Owner
from appwrite_py.compute.runtimes import Runtime
from appwrite_py.settings import Settings

if TYPE_CHECKING:
    from aiodocker import Docker, DockerError

NETWORK = "appwrite-py-functions"
_CONNECT_SECONDS = 10.0
_PULL_SECONDS = 900.0
_FAULT_SECONDS = 20.0
"""How long it is remembered that an image could not be pulled."""
_CONFLICT = 409
_NOT_FOUND = 404
_UNREACHABLE = 900
"""The status that the library gives to a connection that failed."""

_log = structlog.get_logger(__name__)


class EngineFault(Exception):
    """The engine cannot do something; the message says why, without anything that is secret."""


class Engine:
    """An engine, as the variables DOCKER_HOST or DOCKER_CONTEXT name it, or the one of this machine."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Docker | None = None
        self._pulls: dict[str, asyncio.Task[None]] = {}
        self._faults: dict[str, tuple[float, str]] = {}
        self._lock = asyncio.Lock()
        self.owner = Owner(settings.data_dir.absolute())
        self.cpus = 1.0
        """Of the machine that it runs on."""

    @property
    def client(self) -> Docker:
        """The connection; see `open`."""
        assert self._client is not None, "the engine is not open"
        return self._client

    async def open(self) -> None:
        """Connect, and remove what is left of servers that are no more; nothing if it is open. Raises EngineFault."""
        async with self._lock:
            if self._client is not None:
                return
            client, told = await _connected()
            try:
                self.cpus = float(told.get("NCPU") or 1)
                await asyncio.to_thread(self.owner.open)
                await self._clear(client)
                if self._settings.functions_network == "enabled" and not self._settings.functions_docker_network:
                    await _make_network(client)
            except BaseException:
                await client.close()
                await asyncio.to_thread(self.owner.close)
                raise
            self._client = client

    async def close(self) -> None:
        """Leave it. Containers must have been removed."""
        async with self._lock:
            for task in self._pulls.values():
                task.cancel()
            if self._client is not None:
                await self._client.close()
                await asyncio.to_thread(self.owner.close)
            self._client = None

    async def clear(self) -> None:
        """Remove the containers of server processes that are no more."""
        await self._clear(self.client)

    async def _clear(self, client: Docker) -> None:
        with told("list containers"):
            filters = {"label": [f"{HOME}={self.owner.home}"]}
            found = await client.containers.list(all=True, filters=_encoded(filters))
            gone: set[str] = set()
            for container in found:
                process = container["Labels"].get(PROCESS, "")
                if await asyncio.to_thread(self.owner.is_gone, process):
                    gone.add(process)
                    _log.info("a container was left behind, and is removed", container=container.id[:12])
                    with ignored(_NOT_FOUND, _CONFLICT):
                        await container.delete(force=True, v=True)
        await asyncio.to_thread(self._forget_others)

    def _forget_others(self) -> None:
        for process in self.owner.others():
            if self.owner.is_gone(process):
                self.owner.forget(process)

    # --- images -------------------------------------------------------------------------------------------
    def image_of(self, runtime: Runtime) -> str:
        """The image that runs functions of a runtime."""
        return f"{self._settings.functions_images}/{runtime.image.rpartition('/')[2]}"

    async def need(self, image: str, seconds: float) -> None:
        """Wait until the engine has an image, which is pulled where it has not. Raises EngineFault."""
        if await self._has(image):
            return
        when, why = self._faults.get(image, (0.0, ""))
        if time.monotonic() < when + _FAULT_SECONDS:
            raise EngineFault(why)
        task = self._pulls.get(image)
        if task is None:
            _log.info("an image is pulled", image=image)
            self._pulls[image] = task = asyncio.create_task(self._pull(image), name=f"pull {image}")
            task.add_done_callback(lambda done: self._pulls.pop(image, None) and None)
        try:
            await asyncio.wait_for(asyncio.shield(task), seconds)
        except TimeoutError as cause:
            raise EngineFault(f"The image {image} is still being pulled. Try again later.") from cause

    async def _has(self, image: str) -> bool:
        with told("look for an image"):
            try:
                await self.client.images.inspect(image)
            except _docker_error() as cause:
                if cause.status != _NOT_FOUND:
                    raise
                return False
        return True

    async def _pull(self, image: str) -> None:
        try:
            async with asyncio.timeout(_PULL_SECONDS):
                with told(f"pull the image {image}"):
                    async for _ in self.client.images.pull(image, stream=True):
                        pass  # how far it has come
        except (EngineFault, TimeoutError) as fault:
            why = str(fault) or f"The image {image} cannot be pulled in {_PULL_SECONDS:.0f} seconds."
            self._faults[image] = time.monotonic(), why
            _log.warning("an image could not be pulled", image=image, reason=why)
            raise EngineFault(why) from fault


async def check(settings: Settings) -> str:
    """Which engine there is. Raises EngineFault where none answers."""
    client, info = await _connected()
    await client.close()
    network = settings.functions_docker_network
    return f"Docker {info.get('ServerVersion', '')}" + (f", network {network}" if network else "")


async def _connected() -> tuple[Docker, dict[str, Any]]:
    import aiodocker

    try:
        client = aiodocker.Docker()
    except (AssertionError, ValueError, OSError, aiodocker.DockerError) as cause:
        raise EngineFault(
            "No Docker engine was found: there is neither DOCKER_HOST nor a socket of one on this machine."
        ) from cause
    # Streams of containers stay open, each on a connection of its own: the usual limit would make others wait for ever
    client.connector._limit = 0
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            with told("be asked about itself"):
                return client, dict(await client.system.info())
    except BaseException as fault:
        await client.close()
        if isinstance(fault, TimeoutError):
            raise EngineFault(f"The Docker engine has not answered in {_CONNECT_SECONDS:.0f} seconds.") from fault
        raise


async def _make_network(client: Docker) -> None:
    """One whose members do not reach each other."""
    config = {
        "Name": NETWORK,
        "Driver": "bridge",
        "CheckDuplicate": True,
        "Options": {"com.docker.network.bridge.enable_icc": "false"},
    }
    with told("make a network"):
        if not any(found["Name"] == NETWORK for found in await client.networks.list(filters={"name": NETWORK})):
            with ignored(_CONFLICT):
                await client.networks.create(config)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Faults of the library become EngineFault."""
    import aiodocker
    import aiohttp

    try:
        yield
    except aiodocker.DockerError as cause:
        if cause.status == _UNREACHABLE:
            how = cause.message.removeprefix("Cannot connect to Docker Engine ")
            raise EngineFault(f"The Docker engine cannot be reached {how}.") from cause
        raise EngineFault(f"The Docker engine cannot {what}: {cause.message}") from cause
    except (aiohttp.ClientError, OSError) as cause:
        raise EngineFault(f"The Docker engine cannot {what}: {str(cause) or type(cause).__name__}") from cause


@contextmanager
def ignored(*statuses: int) -> Iterator[None]:
    """Answers of the engine with one of these statuses are as good as others."""
    import aiodocker

    try:
        yield
    except aiodocker.DockerError as cause:
        if cause.status not in statuses:
            raise


def _docker_error() -> type[DockerError]:
    import aiodocker  # which takes a moment, and most servers do without

    return aiodocker.DockerError


def _encoded(filters: dict[str, list[str]]) -> str:
    return json.dumps(filters)

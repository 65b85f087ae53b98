"""One container: made, filled, started, listened to, and removed, whatever happens in between.

Nothing of this machine is mounted into it, so that it does not matter where the engine runs: what it needs is sent
there, and what is wanted of it is asked for.
"""

from __future__ import annotations

import asyncio
import secrets
import shlex
import tarfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appwrite_py.compute.docker.engine import NETWORK, Engine, EngineFault, ignored, told
from appwrite_py.compute.runtimes import Runtime
from appwrite_py.settings import Settings

if TYPE_CHECKING:
    from aiodocker.containers import DockerContainer
    from aiodocker.stream import Stream
    from aiohttp import ClientResponse

PORT = 3000
CODE = "mnt/code"
"""Where the images of open-runtimes look for code, and leave what they have built."""
METADATA = "usr/local/server/src/function/.open-runtimes"
HOST = "host.docker.internal"
"""What containers call the machine that the engine runs on."""
_SERVER = "/usr/local/server"
_GONE = (404, 409)
_PIECE = 1 << 18
_MOST_CHARACTERS = 4000
_PATIENCE_SECONDS = 30.0
_RIGHTS = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETGID", "SETUID", "KILL")
"""What package managers and servers need to be root among their own files."""


@dataclass(slots=True, frozen=True)
class Recipe:
    """What a container is made with. `network`: whether it has any but its own loopback."""

    runtime: Runtime
    command: Sequence[str]
    environment: Mapping[str, str]
    cpus: float
    memory_mb: int
    network: bool
    processes: int = 512
    temporary_mb: int = 0
    """Of memory, for a `/tmp` that is not on the disk; 0 for one that is."""
    keeps_output: bool = False
    """Whether the engine keeps the end of what it prints."""
    serves: bool = False
    """Whether it listens on the port."""


class Container:
    """A container of this server, which it may be too early or too late for."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self._name = f"appwrite-py-{engine.owner.process}-{secrets.token_hex(6)}"
        self._made: asyncio.Task[DockerContainer] | None = None
        self.address: tuple[str, int] | None = None
        """Where its port is; None where there is no way to it but through the engine."""

    @property
    def _own(self) -> DockerContainer:
        assert self._made is not None, "it has not been made"
        return self._made.result()

    async def make(self, recipe: Recipe, image: str) -> None:
        """Make it; it does not run yet. Raises EngineFault."""
        config = _config(self._engine, self._settings, recipe, image)
        with told("make a container"):
            self._made = asyncio.create_task(self._engine.client.containers.create(config, name=self._name))
            await asyncio.shield(self._made)

    async def start(self) -> None:
        """Run it. Raises EngineFault."""
        with told("start a container"):
            await self._own.start()

    async def remove(self) -> None:
        """End it, and leave nothing of it. Raises EngineFault where that cannot be done now."""
        if self._made is None:
            return
        # An engine that is at it would otherwise finish it later
        await asyncio.wait({self._made}, timeout=_PATIENCE_SECONDS)
        with told("remove a container"), ignored(*_GONE):
            await self._engine.client.containers.container(self._name).delete(force=True, v=True)

    async def exited(self) -> tuple[int, bool]:
        """Wait until it has ended: the exit code, and whether memory ran out. Raises EngineFault."""
        with told("wait for a container"):
            code = (await self._own.wait())["StatusCode"]
            state = (await self._own.show())["State"]
            return int(code), bool(state.get("OOMKilled"))

    async def output(self, most_lines: int, since: float = 0) -> str:
        """The end of what it has printed, since a time of the clock. Raises EngineFault."""
        with told("read what a container has printed"):
            found = await self._own.log(stdout=True, stderr=True, tail=most_lines, since=f"{since:.3f}")
            return "".join(found).strip()[-_MOST_CHARACTERS:]

    def attached(self) -> Stream:
        """What it prints from now on."""
        return self._own.attach(stdout=True, stderr=True, stdin=False)

    async def locate(self) -> None:
        """Find out where its port is, once it runs. Raises EngineFault."""
        if self._settings.functions_network == "disabled":
            return
        network = self._settings.functions_docker_network
        with told("look at a container"):
            found = (await self._own.show())["NetworkSettings"]
        if network:
            address = found["Networks"].get(network, {}).get("IPAddress", "")
            self.address = (address, PORT) if address else None
        else:
            ports = found["Ports"].get(f"{PORT}/tcp") or [{}]
            self.address = ("127.0.0.1", int(ports[0]["HostPort"])) if "HostPort" in ports[0] else None
        if self.address is None:
            raise EngineFault("The container has no address. It may have ended at once.")

    async def run(self, *command: str) -> Stream:
        """Run a program in it, without a terminal; its ends. Raises EngineFault."""
        with told("run a program in a container"):
            made = await self._own.exec(list(command), stdin=True, stdout=True, stderr=False, tty=False)
            stream = made.start(detach=False)
            await stream._init()
            return stream

    # --- files --------------------------------------------------------------------------------------------
    async def put(self, files: Mapping[str, Path | bytes], folder: str = "/") -> None:
        """Write files, named by their paths from the folder. Raises EngineFault."""
        with told("send files to a container"):
            await self._send(folder, _tar(files))

    async def put_archive(self, archive: Path, folder: str) -> None:
        """Unpack a tar.gz file in a folder. Raises EngineFault."""
        with told("send files to a container"):
            await self._send(folder, _pieces(archive))

    async def _send(self, folder: str, data: AsyncIterator[bytes]) -> None:
        async with self._archive("PUT", folder, data):
            pass

    async def get(self, path: str, to: Path, most_bytes: int) -> bool:
        """Write a file of it to a new one, unless there is none. Raises EngineFault, ValueError for one too large."""
        whole = to.with_name(f"{to.name}.tar")
        try:
            with told("read a file of a container"):
                await self._download(path, whole, most_bytes + (1 << 20))
            return await asyncio.to_thread(_taken_out, whole, to)
        except EngineFault as fault:
            if getattr(fault.__cause__, "status", 0) in _GONE:
                return False
            raise
        finally:
            whole.unlink(missing_ok=True)

    async def _download(self, path: str, to: Path, most_bytes: int) -> None:
        async with self._archive("GET", path) as answer:
            with to.open("xb") as file:
                async for piece in answer.content.iter_chunked(_PIECE):
                    await asyncio.to_thread(file.write, piece)
                    if file.tell() > most_bytes:
                        raise ValueError("too large")

    @asynccontextmanager
    async def _archive(
        self, method: str, path: str, data: AsyncIterator[bytes] | None = None
    ) -> AsyncIterator[ClientResponse]:
        """The library would have all of it in memory."""
        where = f"containers/{self._own.id}/archive"
        async with self._engine.client._query(where, method, params={"path": path}, data=data, timeout=None) as answer:
            try:
                yield answer
            finally:
                answer.close()  # else the engine goes on sending, and does not remove the container meanwhile

    async def size(self) -> int:
        """How many bytes it has written to the disk. Raises EngineFault."""
        with told("look at a container"):
            return int((await self._own.show(size="true")).get("SizeRw") or 0)


def metadata(entrypoint: str) -> bytes:
    """What the images note in a build, for one that was built without them."""
    return f"OPEN_RUNTIMES_ENTRYPOINT={shlex.quote(entrypoint)}\nOPEN_RUNTIMES_CLEANUP=none\n".encode()


@dataclass(slots=True)
class _Chosen:
    host: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


def _config(engine: Engine, settings: Settings, recipe: Recipe, image: str) -> dict[str, Any]:
    memory = recipe.memory_mb << 20
    network = _network(settings, recipe)
    return {
        "Image": image,
        "Entrypoint": list(recipe.command),
        "Cmd": [],
        "WorkingDir": _SERVER,
        "Env": [f"{name}={value}" for name, value in recipe.environment.items()],
        "Labels": engine.owner.labels,
        "Tty": False,
        **network.more,
        "HostConfig": {
            "Memory": memory,
            "MemorySwap": memory,
            "NanoCpus": int(min(recipe.cpus, engine.cpus) * 1e9) if recipe.cpus else 0,
            "PidsLimit": recipe.processes,
            "Init": True,
            "CapDrop": ["ALL"],
            "CapAdd": list(_RIGHTS),
            "SecurityOpt": ["no-new-privileges"],
            "Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}],
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "1"}}
            if recipe.keeps_output
            else {"Type": "none"},
            "Tmpfs": {"/tmp": f"rw,exec,nosuid,nodev,size={recipe.temporary_mb}m"}  # noqa: S108 - of the container
            if recipe.temporary_mb
            else {},
            **network.host,
        },
    }


def _network(settings: Settings, recipe: Recipe) -> _Chosen:
    if not recipe.network:
        return _Chosen({"NetworkMode": "none"})
    named = settings.functions_docker_network
    host: dict[str, Any] = {"NetworkMode": named or NETWORK, "ExtraHosts": [f"{HOST}:host-gateway"]}
    if named or not recipe.serves:
        return _Chosen(host)
    host["PortBindings"] = {f"{PORT}/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}
    return _Chosen(host, {"ExposedPorts": {f"{PORT}/tcp": {}}})


# --- archives ---------------------------------------------------------------------------------------------
async def _tar(files: Mapping[str, Path | bytes]) -> AsyncIterator[bytes]:
    for name, content in files.items():
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o644, int(time.time())
        yield member.tobuf(tarfile.PAX_FORMAT)
        if isinstance(content, bytes):
            yield content
        else:
            async for piece in _pieces(content):
                yield piece
        yield b"\0" * (-size % tarfile.BLOCKSIZE)
    yield b"\0" * (2 * tarfile.BLOCKSIZE)


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece


def _taken_out(whole: Path, to: Path) -> bool:
    """The one file of an archive. What comes from a container may be anything."""
    with suppress(tarfile.TarError, EOFError, OSError), tarfile.open(whole, "r:") as archive:
        member = archive.next()
        source = archive.extractfile(member) if member is not None and member.isreg() else None
        if source is None:
            return False
        with source, to.open("xb") as file:
            while piece := source.read(_PIECE):
                file.write(piece)
        return True
    return False

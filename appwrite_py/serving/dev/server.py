"""A function of a folder behind HTTP: each request is a call of it, as on a function's domain, and each is told.

It runs as it does when it is deployed: by the same servers, in bubblewrap where that works here, else with limits only.
A user of its own, as servers may take, is not tried: what is in somebody's folder need not be readable to others.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from appwrite_py.compute.executors.base import Call, Headers, Outcome, Unit
from appwrite_py.compute.executors.process import ProcessExecutor
from appwrite_py.compute.sandbox import NoSandbox, Sandbox, make_sandbox
from appwrite_py.compute.specifications import DEFAULT
from appwrite_py.kit import ids
from appwrite_py.kit.tasks import beside
from appwrite_py.kit.urls import target_of
from appwrite_py.services.functions import environment
from appwrite_py.serving.dev.source import Source
from appwrite_py.serving.dev.watch import Watch
from appwrite_py.serving.listen import bind, url_of
from appwrite_py.serving.problems import Problem
from appwrite_py.settings import Settings

_LOOK_SECONDS = 0.3
_LOAD_SECONDS = 60.0
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
_OF_CONNECTION = {"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
_OF_SERVER = "x-open-runtimes-"


@dataclass(slots=True, frozen=True)
class Api:
    """The API that the function calls, for functions that do; empty for others."""

    endpoint: str = ""
    project: str = ""
    key: str = ""


@dataclass(slots=True, frozen=True)
class Tell:
    """Who is told what happens: the address once it answers, changes, how loading went, and each call."""

    ready: Callable[[str, Source, Sandbox], None]
    changed: Callable[[Sequence[str]], None]
    loaded: Callable[[Outcome], None]
    called: Callable[[str, str, Outcome], None]
    failed: Callable[[str], None]


class Dev:
    """One function that is worked on. `read` looks at its folder, again after each change; it may raise Problem."""

    def __init__(self, read: Callable[[], Source], api: Api, tell: Tell) -> None:
        self._read, self._api, self._tell = read, api, tell
        self.source = read()
        self._settings = Settings(_env_file=None)  # type: ignore[call-arg] # a file `.env` here is the function's
        self._executor: ProcessExecutor | None = None
        self._number = 0

    @cached_property
    def sandbox(self) -> Sandbox:
        """What holds the function. It is tried out, which takes a moment."""
        try:
            return make_sandbox(self._settings.model_copy(update={"functions_sandbox": "bubblewrap"}))
        except NoSandbox:
            return make_sandbox(self._settings.model_copy(update={"functions_sandbox": "none"}))

    @property
    def environment(self) -> dict[str, str]:
        """What the function finds in its environment: its variables, and the server's own, which win."""
        source, api = self.source, self._api
        deployment = {"id": "dev", "type": "manual", "entrypoint": source.entrypoint, "origin": None}
        function = {"id": source.id, "name": source.name, "project_id": api.project}
        settings = self._settings.model_copy(update={"functions_endpoint": api.endpoint} if api.endpoint else {})
        of = environment.Setting({"region": "default"}, function, deployment, source.runtime, DEFAULT)
        return source.variables | environment.own(settings, of)

    def application(self, url: str) -> Starlette:
        """What answers requests. The function runs as long as the application does."""

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            with tempfile.TemporaryDirectory(prefix="appwrite-py-dev-") as folder:
                changes = {"data_dir": Path(folder), "functions_network": "enabled", "functions_processes_each": 1}
                self._executor = ProcessExecutor(self._settings.model_copy(update=changes), lambda: self.sandbox)
                async with self._executor.running(), beside(self._watching(), "changes"):
                    self._tell.ready(url, self.source, await asyncio.to_thread(lambda: self.sandbox))
                    yield

        return Starlette(routes=[Route("/{path:path}", self._answer, methods=_METHODS)], lifespan=lifespan)

    # --- calls --------------------------------------------------------------------------------------------
    async def _answer(self, request: Request) -> Response:
        target = target_of(request.scope)
        execution_id = ids.unique()
        call = Call(
            execution_id, request.method, target, self._headers(request, execution_id), await request.body(),
            self.source.timeout,
        )  # fmt: skip
        outcome = await self._run(call)
        self._tell.called(request.method, target, outcome)
        response = Response(outcome.body, outcome.status)
        for name, value in [*outcome.headers, ("x-appwrite-execution-id", execution_id)]:
            if name.lower() not in _OF_CONNECTION:
                response.headers.append(name, value)
        return response

    def _headers(self, request: Request, execution_id: str) -> Headers:
        client = request.client.host if request.client else ""
        own = {
            "x-appwrite-trigger": "http", "x-appwrite-event": "", "x-appwrite-execution-id": execution_id,
            "x-appwrite-key": self._api.key, "x-appwrite-user-id": "", "x-appwrite-client-ip": client,
            "x-appwrite-country-code": "", "x-appwrite-continent-code": "", "x-appwrite-continent-eu": "false",
        }  # fmt: skip
        # What is sent wins: it stands for events, schedules and users that there are none of here
        given = {"x-appwrite-user-jwt": "", **own, **dict(request.headers.items())}
        return [(name, value) for name, value in given.items() if not name.startswith(_OF_SERVER)]

    async def _run(self, call: Call) -> Outcome:
        assert self._executor is not None
        source = self.source
        unit = Unit(
            f"dev/function/{self._number}", source.runtime, source.entrypoint, DEFAULT, self.environment,
            folder=source.folder,
        )  # fmt: skip
        return await self._executor.run(unit, call)

    # --- changes ------------------------------------------------------------------------------------------
    async def _watching(self) -> None:
        watch = await asyncio.to_thread(Watch, self.source.folder)
        await self._load()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if changed := await asyncio.to_thread(watch.changed):
                self._tell.changed(changed)
                await self._again()

    async def _again(self) -> None:
        """Begin anew with what lies there now."""
        assert self._executor is not None
        before, self._number = self._number, self._number + 1
        try:
            self.source = self._read()
        except Problem as problem:
            self._tell.failed(str(problem))
        await self._load()
        await self._executor.stop(f"dev/function/{before}")

    async def _load(self) -> None:
        """Load the handler before anybody calls, as that may go wrong."""
        self._tell.loaded(await self._run(Call("load", timeout=_LOAD_SECONDS, only_load=True)))


def serve(dev: Dev, host: str, port: int) -> bool:
    """Serve until a signal says stop. Raises Problem."""
    from appwrite_py.serving.process import run

    bound = bind(host, port)
    with bound:
        return run(dev.application(url_of(bound)), bound, lambda: None)

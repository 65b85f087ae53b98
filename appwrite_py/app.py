"""The composition root: settings become resources, services become one ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from appwrite_py import __version__
from appwrite_py.auth.abuse import RateLimits
from appwrite_py.auth.identify import Gate
from appwrite_py.auth.secrets import Tokens
from appwrite_py.background import background
from appwrite_py.compute.executors import make_compute
from appwrite_py.compute.runtimes import Runtimes
from appwrite_py.compute.sandbox import Choice
from appwrite_py.data.pg import Pool
from appwrite_py.data.store import Store
from appwrite_py.events.history import History
from appwrite_py.events.payloads import Payloads
from appwrite_py.events.wakes import Wakes
from appwrite_py.files.antivirus import make_scanner
from appwrite_py.files.content import Contents
from appwrite_py.files.devices import make_device
from appwrite_py.files.intake import Intake
from appwrite_py.files.lookups import Lookups
from appwrite_py.files.push_links import PushLinks
from appwrite_py.files.renditions import Renditions
from appwrite_py.files.shares import Secrets
from appwrite_py.http.context import Resources
from appwrite_py.http.graphql import Graph
from appwrite_py.http.hosts import Hosts
from appwrite_py.http.pages import add_pages
from appwrite_py.http.pipeline import Pipeline
from appwrite_py.http.registry import Service
from appwrite_py.http.server import Backend
from appwrite_py.http.visits import Visits
from appwrite_py.kit.crypto import Vault
from appwrite_py.kit.outbound import Outbound
from appwrite_py.platform.projects import Projects
from appwrite_py.services import all_services
from appwrite_py.services.functions.domains import visit
from appwrite_py.services.realtime.endpoint import PATH, Realtime
from appwrite_py.settings import Settings

_IO_THREADS = 16


def make_resources(settings: Settings, dsn: str, key: str) -> Resources:
    """Everything that requests share. Nothing is connected yet; `key` encrypts secrets at rest."""
    pool = Pool(dsn, settings.pool_size // 2, timeout_ms=settings.query_timeout_ms)
    lookups = Pool(
        dsn, settings.pool_size - settings.pool_size // 2, timeout_ms=settings.query_timeout_ms, planned_once=True
    )
    vault = Vault(key)
    tokens = Tokens(vault.derive("user jwt"), vault.derive("ephemeral key"))
    projects = Projects(pool)
    store = Store(pool, lookups, vault)
    wakes = Wakes(lookups, dsn)
    sandbox = Choice(settings)
    executor, builds = make_compute(settings, sandbox)
    return Resources(
        settings=settings,
        pool=pool,
        lookups=lookups,
        vault=vault,
        tokens=tokens,
        projects=projects,
        gate=Gate(lookups, projects, tokens),
        limits=RateLimits(lookups),
        store=store,
        outbound=Outbound(allow_private=settings.allows_private_networks),
        contents=Contents(make_device(settings), vault),
        files=Lookups(lookups),
        intake=Intake(pool),
        scanner=make_scanner(settings),
        shares=Secrets(vault.derive("file token")),
        push_links=PushLinks(vault.derive("push link")),
        renditions=Renditions(
            settings.data_dir / "cache" / "previews", vault, settings.preview_cache_bytes, processes=settings.workers
        ),
        payloads=Payloads(lookups, store.catalogue),
        history=History(lookups),
        wakes=wakes,
        hosts=Hosts(settings, lookups, wakes),
        runtimes=Runtimes(settings, sandbox),
        executor=executor,
        builds=builds,
    )


@asynccontextmanager
async def opened(settings: Settings, dsn: str, key: str) -> AsyncIterator[Resources]:
    """The resources for as long as the block runs, which must be most of what the process does."""
    resources = make_resources(settings, dsn, key)
    # Mostly for files: those threads wait for the disk, and by default there are as few as there are processors
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_IO_THREADS, thread_name_prefix="io"))
    finding = asyncio.create_task(asyncio.to_thread(resources.runtimes.find))
    await resources.pool.start()
    await resources.lookups.start()
    await finding
    try:
        yield resources
    finally:
        await resources.gate.settled()
        await resources.lookups.close()
        await resources.pool.close()


def create_app(settings: Settings, dsn: str, key: str, services: list[Service] | None = None) -> Backend:
    """The application over the PostgreSQL at `dsn`, which must be migrated. `services` default to all there are."""

    @asynccontextmanager
    async def lifespan(app: Backend) -> AsyncIterator[None]:
        async with opened(settings, dsn, key) as resources:
            app.pipeline = Pipeline(resources)
            resources.graph = Graph(app.pipeline, app.api_routes, settings)
            app.visits = Visits(resources, visit)
            app.state.resources = resources
            realtime = Realtime(resources)
            async with background(resources, dsn, jobs=settings.jobs == "enabled"), realtime.running():
                app.sockets = {PATH: realtime.serve}
                yield
                app.sockets = {}
            app.pipeline = app.visits = None

    served = all_services() if services is None else services
    app = Backend(
        settings,
        served,
        title="appwrite_py",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    add_pages(app, served)
    return app

"""The composition root: settings become resources, services become one ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, nullcontext

from appwrite_py import __version__
from appwrite_py.auth.abuse import RateLimits
from appwrite_py.auth.identify import Gate
from appwrite_py.auth.secrets import Tokens
from appwrite_py.data.pg import Pool
from appwrite_py.data.store import Store
from appwrite_py.events import writes
from appwrite_py.files.antivirus import make_scanner
from appwrite_py.files.content import Contents
from appwrite_py.files.devices import make_device
from appwrite_py.files.intake import Intake
from appwrite_py.files.lookups import Lookups
from appwrite_py.files.push_links import PushLinks
from appwrite_py.files.renditions import Renditions
from appwrite_py.files.renditions import swept as renditions_swept
from appwrite_py.files.shares import Secrets
from appwrite_py.http.context import Resources
from appwrite_py.http.pages import add_pages
from appwrite_py.http.pipeline import Pipeline
from appwrite_py.http.registry import Service
from appwrite_py.http.server import Backend
from appwrite_py.jobs.maintenance import maintained
from appwrite_py.jobs.worker import working
from appwrite_py.kit.crypto import Vault
from appwrite_py.kit.outbound import Outbound
from appwrite_py.platform import deliveries, leftovers
from appwrite_py.platform.projects import Projects
from appwrite_py.services import all_services
from appwrite_py.services.databases.jobs import indexes_built
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
    return Resources(
        settings=settings,
        pool=pool,
        lookups=lookups,
        vault=vault,
        tokens=tokens,
        projects=projects,
        gate=Gate(lookups, projects, tokens),
        limits=RateLimits(lookups),
        store=Store(pool, lookups, vault),
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
    )


def create_app(settings: Settings, dsn: str, key: str, services: list[Service] | None = None) -> Backend:
    """The application over the PostgreSQL at `dsn`, which must be migrated. `services` default to all there are."""

    @asynccontextmanager
    async def lifespan(app: Backend) -> AsyncIterator[None]:
        resources = make_resources(settings, dsn, key)
        # Mostly for files: those threads wait for the disk, and by default there are as few as there are processors
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_IO_THREADS, thread_name_prefix="io"))
        await resources.pool.start()
        await resources.lookups.start()
        app.pipeline = Pipeline(resources)
        app.state.resources = resources
        built = indexes_built(resources.pool, resources.store.catalogue, dsn)
        device = resources.contents.device
        handlers = {
            deliveries.MAIL: deliveries.mail_job(resources.pool, resources.vault, settings, resources.outbound),
            deliveries.SMS: deliveries.sms_job(resources.vault, settings),
            leftovers.BLOBS: leftovers.blobs_job(device, resources.renditions),
            leftovers.FOLDER: leftovers.folder_job(device, resources.renditions),
        }
        jobs = working(dsn, handlers) if settings.jobs == "enabled" else nullcontext()
        chores = [writes.roll_up, leftovers.swept(device), renditions_swept(resources.renditions)]
        async with maintained(resources.pool, settings, chores), built, jobs:
            yield
        app.pipeline = None
        await resources.gate.settled()
        await resources.lookups.close()
        await resources.pool.close()

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

"""From settings to a server that answers: the socket, the database, the key, the processes, in this order."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import appwrite_py
from appwrite_py.serving.database import Database, Progress, bring_up_to_date, open_database
from appwrite_py.serving.docker import check_docker
from appwrite_py.serving.listen import bind, url_of
from appwrite_py.serving.loading import load_application
from appwrite_py.serving.secrets import server_key
from appwrite_py.serving.signals import Stopped
from appwrite_py.serving.storage import check_storage
from appwrite_py.settings import Settings

Ready = Callable[[str, Database], None]


def serve(settings: Settings, progress: Progress, ready: Ready, *, reload: bool = False) -> bool:
    """Serve until a signal says stop. `ready` is told the URL and the database once requests are answered.

    False when the application could not be started; the log says why. Raises Problem and EmbeddedPostgresError.
    """
    check_storage(settings)
    check_docker(settings)
    bound = bind(settings.host, settings.port)
    url = url_of(bound)
    settings = settings.model_copy(update={"port": bound.getsockname()[1]})  # functions are told where the API is
    try:
        with bound:
            run = _supervised if settings.workers > 1 or reload else _alone
            return run(settings, bound, progress, lambda database: ready(url, database), reload)
    except Stopped:
        return True


def _alone(
    settings: Settings, bound: socket.socket, progress: Progress, ready: Callable[[Database], None], _: bool
) -> bool:
    """Everything in this process. The code of the application loads while PostgreSQL starts."""
    loading = load_application()
    with open_database(settings, progress, own=True) as database:
        loading.join()
        bring_up_to_date(database, progress)
        key = server_key(settings)
        from appwrite_py.app import create_app
        from appwrite_py.serving.process import run

        return run(create_app(settings, database.dsn, key), bound, lambda: ready(database))


def _supervised(
    settings: Settings, bound: socket.socket, progress: Progress, ready: Callable[[Database], None], reload: bool
) -> bool:
    """Workers, and this process as their parent; it is the one that has started PostgreSQL and stops it last."""
    from appwrite_py.serving.supervisor import Supervisor
    from appwrite_py.serving.worker import Orders

    with open_database(settings, progress, own=True) as database:
        supervisor = Supervisor(bound, settings.workers, Path(appwrite_py.__file__).parent if reload else None)
        try:
            bring_up_to_date(database, progress)
            orders: Orders = {
                "settings": settings.model_dump(mode="json", by_alias=True),
                "dsn": database.dsn,
                "key": server_key(settings),
                "socket": bound.fileno(),
            }
            return supervisor.run(orders, lambda: ready(database))
        finally:
            supervisor.stop()

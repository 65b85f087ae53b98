"""One folder per Appwrite service. `all_services` is the list that `app.py` serves."""

from __future__ import annotations

from appwrite_py.http.registry import Service


def all_services() -> list[Service]:
    """Every service, imported only here, so that the layers below know none of them."""
    from appwrite_py.services.account import service as account
    from appwrite_py.services.avatars import service as avatars
    from appwrite_py.services.console import service as console
    from appwrite_py.services.databases import service as databases
    from appwrite_py.services.functions import service as functions
    from appwrite_py.services.graphql import service as graphql
    from appwrite_py.services.health import service as health
    from appwrite_py.services.locale import service as locale
    from appwrite_py.services.mock import service as mock
    from appwrite_py.services.organization import service as organization
    from appwrite_py.services.ping import service as ping
    from appwrite_py.services.presences import service as presences
    from appwrite_py.services.project import service as project
    from appwrite_py.services.projects import service as projects
    from appwrite_py.services.proxy import service as proxy
    from appwrite_py.services.realtime import service as realtime
    from appwrite_py.services.storage import service as storage
    from appwrite_py.services.teams import service as teams
    from appwrite_py.services.users import service as users
    from appwrite_py.services.webhooks import service as webhooks

    rooms = (
        ping, health, console, projects, organization, project, account, mock, databases, teams, users, avatars, locale,
        storage, webhooks, presences, realtime, functions, proxy, graphql,
    )  # fmt: skip
    return [service for room in rooms for service in room.services]

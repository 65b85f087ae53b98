"""One folder per Appwrite service. `all_services` is the list that `app.py` serves."""

from __future__ import annotations

from appwrite_py.http.registry import Service


def all_services() -> list[Service]:
    """Every service, imported only here, so that the layers below know none of them."""
    from appwrite_py.services.ping import service as ping

    return [*ping.services]

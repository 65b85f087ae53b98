"""The world that the routes are called in, one for each worker."""

from __future__ import annotations

import pytest

from appwrite_py.http.registry import Route
from appwrite_py.services import all_services
from tests.client import Api
from tests.conformance.world import World

_worlds: dict[int, World] = {}


def in_order(route: Route) -> tuple[bool, int]:
    """What deletes comes last, and the innermost first."""
    return (True, -route.path.count("/")) if route.verb == "DELETE" else (False, 0)


# The mock provider answers as a provider does, also when it fails
OURS = [service for service in all_services() if service.name != "mock"]
ROUTES = sorted((route for service in OURS for route in service.routes), key=in_order)


@pytest.fixture
def world(api: Api) -> World:
    found = _worlds.get(id(api))
    if found is None or not found.stands:
        found = _worlds[id(api)] = World.create(api, ROUTES)
    return found

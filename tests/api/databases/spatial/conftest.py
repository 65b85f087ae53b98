"""The places that most of the tests of points, lines and polygons only read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.databases.spatial.tools import KINDS, PLACES
from tests.api.databases.tools import create, make_notes
from tests.client import Api, Sandbox


@pytest.fixture(scope="module")
def world(console: Any) -> Sandbox:
    """Four places that nobody changes, once for each module; the last one is nowhere."""
    sandbox = Sandbox.create(console)
    indexes = [{"key": f"by_{key}", "type": "spatial", "attributes": [key]} for key in ("spot", "way", "area")]
    make_notes(sandbox, attributes=KINDS, indexes=indexes)
    for document_id, data in PLACES.items():
        create(sandbox.key, document_id, **data).ok(201)
    return sandbox


@pytest.fixture
def key(world: Sandbox) -> Api:
    return world.key

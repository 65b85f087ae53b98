"""A project that all tests of the service use, and a site to fetch from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.avatars.site import OnlySite, Site, serving
from tests.client import Api, Console, Sandbox


@pytest.fixture(scope="module")
def project(console: Console) -> Sandbox:
    return Sandbox.create(console)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


@pytest.fixture
def guarded(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server reaches no private addresses but the site, and that by its name only."""
    monkeypatch.setattr(api.resources, "outbound", OnlySite())

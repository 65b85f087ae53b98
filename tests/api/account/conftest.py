"""An OpenID provider on loopback, and servers with other settings than usual."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from appwrite_py.app import create_app
from tests.api.account.oauth2_world import set_up
from tests.api.account.oidc_server import OidcServer, serving
from tests.client import Api, Console, Sandbox
from tests.conftest import settings_for_tests
from tests.mailbox import Mailbox


@pytest.fixture(scope="session")
def oidc() -> Iterator[OidcServer]:
    """The provider."""
    with serving() as provider:
        yield provider


@pytest.fixture
def project(console: Console, oidc: OidcServer) -> Sandbox:
    """A fresh project whose users can sign in at the provider."""
    return set_up(Sandbox.create(console), oidc)


@pytest.fixture(scope="session")
def production(dsn: str) -> Iterator[Console]:
    """A console user of a server in production, which calls public addresses only."""
    settings = settings_for_tests(env="production", private_networks="disabled")
    with TestClient(create_app(settings, dsn, "key-of-the-tests"), raise_server_exceptions=False) as http:
        yield Console.sign_up(Api(http))


@pytest.fixture(scope="module")
def unmailed(served: Callable[..., Api]) -> Callable[[Api], Api]:
    """Let a caller talk to a server that has no mail server."""
    return lambda caller: served(caller, smtp_host="")


@pytest.fixture(scope="module")
def limited(served: Callable[..., Api], mailbox: Mailbox) -> Callable[[Api], Api]:
    """Let a caller talk to a server that counts attempts, and takes the client's address from its proxy."""
    return lambda caller: served(
        caller, options_abuse="enabled", trusted_headers="x-forwarded-for", smtp_host=mailbox.host,
        smtp_port=mailbox.port,
    )  # fmt: skip

"""Requests that the server makes because somebody told it where to: they reach the public internet only.

A name is resolved once and the address that was checked is the one that is connected to, so a name that changes its
address in between does not get past the check.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from appwrite_py.kit.addresses import is_public

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 10.0
_LOOKUPS_AT_ONCE = 16


@cache
def _lookups() -> ThreadPoolExecutor:
    """Threads of their own: a name server that does not answer holds one for half a minute, and files need the rest."""
    return ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="lookups")


class Refused(OSError):
    """The address is not one of the public internet, or there is none."""


async def resolved(host: str, port: int = 0) -> list[str]:
    """The IP addresses of a host, whatever they are. Raises Refused where it has none."""
    try:
        look = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(_lookups(), look)
    except (OSError, UnicodeError) as cause:
        raise Refused(f"The host {host} is not known.") from cause
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Outbound:
    """The way out. `allow_private` opens private and loopback addresses, for development and closed networks."""

    def __init__(self, *, allow_private: bool = False) -> None:
        self._allow_private = allow_private
        self._tls: dict[bool, ssl.SSLContext] = {}

    async def addresses(self, host: str, port: int) -> list[str]:
        """The IP addresses of a host that may be called. Raises Refused where one of them may not."""
        addresses = await resolved(host, port)
        if not self._allow_private and not all(map(is_public, addresses)):
            raise Refused(
                f"The host {host} has a private address. Set APPWRITE_PY_PRIVATE_NETWORKS=enabled to allow those."
            )
        return addresses

    def client(self, *, verified: bool = True, **options: Any) -> httpx.AsyncClient:
        """An HTTP client that calls public addresses only; to be closed by the caller. It follows no redirects.

        `verified`: whether TLS certificates are checked.
        """
        import httpx

        transport = httpx.AsyncHTTPTransport(verify=self._context(verified))
        transport._pool = self._connections(verified)  # httpx hands no network backend on
        return httpx.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS, **options)

    def _context(self, verified: bool) -> ssl.SSLContext:
        """Made once, as reading all certificates takes its time."""
        if verified not in self._tls:
            made = ssl.create_default_context()
            if not verified:
                made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
            self._tls[verified] = made
        return self._tls[verified]

    def _connections(self, verified: bool) -> Any:
        import httpcore

        outbound = self

        class Checked(httpcore.AnyIOBackend):
            async def connect_tcp(
                self,
                host: str,
                port: int,
                timeout: float | None = None,  # noqa: ASYNC109 - as httpcore has it
                local_address: str | None = None,
                socket_options: Iterable[Any] | None = None,
            ) -> httpcore.AsyncNetworkStream:
                try:
                    addresses = await outbound.addresses(host, port)
                except Refused as refused:
                    raise httpcore.ConnectError(str(refused)) from refused
                failed: Exception | None = None
                for address in addresses:
                    try:
                        return await super().connect_tcp(address, port, timeout, local_address, socket_options)
                    except (httpcore.ConnectError, httpcore.ConnectTimeout) as cause:
                        failed = cause
                raise failed or httpcore.ConnectError(f"The host {host} has no address.")

        return httpcore.AsyncConnectionPool(ssl_context=self._context(verified), network_backend=Checked())

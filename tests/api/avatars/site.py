"""A web site on loopback that answers what a test has put there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from appwrite_py.kit.outbound import Outbound

PUBLIC = "site.test"
Content = bytes | Callable[[], Iterator[bytes]]


@dataclass
class Site:
    """Paths and what they answer; `asked` are the paths that were requested, `headers` the last request's headers."""

    port: int = 0
    pages: dict[str, tuple[int, dict[str, str], Content]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def put(self, path: str, content: Content, type_: str = "image/png", status: int = 200, **headers: str) -> str:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = status, {"content-type": type_} | more, content
        return self.url(path)

    def redirect(self, path: str, to: str) -> str:
        return self.put(path, b"", status=302, location=to)


class OnlySite(Outbound):
    """The way out of a server that may not reach private addresses, to which the site looks like a public one."""

    def __init__(self) -> None:
        super().__init__(allow_private=False)

    async def addresses(self, host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if host == PUBLIC else await super().addresses(host, port)


@contextmanager
def serving() -> Iterator[Site]:
    """A site while the context lasts."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            site.asked.append(self.path)
            site.headers = {name.lower(): value for name, value in self.headers.items()}
            status, headers, content = site.pages.get(path, (404, {"content-type": "text/plain"}, b"nothing"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if isinstance(content, bytes):
                self.send_header("content-length", str(len(content)))
            self.end_headers()
            try:
                for part in [content] if isinstance(content, bytes) else content():
                    self.wfile.write(part)
            except OSError:
                pass  # the server has seen enough

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        site.port = http.server_port
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield site
        http.shutdown()
        thread.join()

"""A real HTTP server on loopback that takes the text messages of the provider `mock`."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote


@dataclass
class Textbox:
    """The server. `setting` is the `_APP_SMS_PROVIDER` that sends to it; `status` is what it answers."""

    status: int = 200
    messages: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._arrived = threading.Condition()
        box = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with box._arrived:
                    box.messages.append(body | {"user": self.headers["X-Username"], "key": self.headers["X-Key"]})
                    box._arrived.notify_all()
                self.send_response(box.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def setting(self) -> str:
        url = f"http://127.0.0.1:{self._server.server_port}/"
        return f"sms://user:secret@mock?url={quote(url, safe='')}"

    def __enter__(self) -> Textbox:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, to: str, seconds: float = 20) -> str:
        """The text of the next message to a number; it is taken out of the box."""
        deadline = time.monotonic() + seconds
        with self._arrived:
            while True:
                for message in self.messages:
                    if message["to"] == to:
                        self.messages.remove(message)
                        return str(message["message"])
                left = deadline - time.monotonic()
                assert left > 0, f"no message to {to} has arrived; there are {self.messages}"
                self._arrived.wait(left)

"""The mails of the started server, for scripts that run in another process: GET /?to=ADDRESS waits for the next one."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.mailbox import Letter, Mailbox


@contextmanager
def served(mails: Mailbox) -> Iterator[str]:
    """The address to ask, for as long as it is needed."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            [to] = parse_qs(urlsplit(self.path).query)["to"]
            try:
                status, answer = 200, json.dumps(_shown(mails.wait(to)))
            except AssertionError as missing:
                status, answer = 404, str(missing)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{http.server_port}/"
        finally:
            http.shutdown()


def _shown(letter: Letter) -> dict[str, object]:
    """What a mail holds for its reader: a link, or a code."""
    shown: dict[str, object] = {"subject": letter.subject, "text": letter.text}
    if letter.links:
        return shown | {"link": letter.link, "query": letter.query}
    return shown | ({"code": letter.code} if re.search(r"\b\d{6}\b", letter.text) else {})

"""The server in the image: as much of the protocol of open-runtimes as the executor has to do with, and no more."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

FUNCTION = "/usr/local/server/src/function"
SECRET = os.environ["OPEN_RUNTIMES_SECRET"]


def load():
    path = os.path.join(FUNCTION, os.environ["OPEN_RUNTIMES_ENTRYPOINT"])
    spec = importlib.util.spec_from_file_location("function", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    main = None

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        self.answer()
        self.close_connection = True

    def answer(self):
        if self.path == "/__opr/health":
            return self.send(200, {}, b"OK")
        if self.headers.get("x-open-runtimes-secret") != SECRET:
            return self.send(500, {}, b"Unauthorized.")
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        name = self.headers["x-open-runtimes-log-id"]
        files = {}
        if self.headers["x-open-runtimes-logging"] == "enabled":
            files = {kind: open(f"/mnt/logs/{name}_{kind}.log", "a", 1) for kind in ("logs", "errors")}  # noqa: SIM115

        def write(kind, words):
            if kind in files:
                files[kind].write(" ".join(map(str, words)) + "\n")

        lowered = [(name.lower(), value) for name, value in self.headers.items()]
        context = SimpleNamespace(
            req=SimpleNamespace(
                method=self.command, path=self.path, body=body,
                headers=[(k, v) for k, v in lowered if not k.startswith("x-open-runtimes-")],
            ),
            log=lambda *words: write("logs", words), error=lambda *words: write("errors", words),
            text=lambda text, status=200, headers={}: (status, headers, text.encode()),
            json=lambda value, status=200: (status, {"content-type": "application/json"}, json.dumps(value).encode()),
        )  # fmt: skip
        seconds = int(self.headers["x-open-runtimes-timeout"])
        found = []

        def work():
            try:
                if Handler.main is None:
                    Handler.main = load()
                found.append(Handler.main(context))
            except Exception:
                context.error(traceback.format_exc())
                found.append((500, {}, b""))

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(None if os.environ.get("NEVER_LATE") else seconds)
        if not found:
            context.error("Execution timed out.")
        for file in files.values():
            file.close()
        return self.send(*(found or [(500, {}, b"")])[0], log_id=name if files else "")

    def send(self, status, headers, body, log_id=""):
        self.send_response(status)
        for key, value in {"content-type": "text/plain; charset=utf-8", **headers}.items():
            for each in value if isinstance(value, list) else [value]:
                self.send_header(key, each)
        self.send_header("x-open-runtimes-log-id", log_id)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    @classmethod
    def serve(cls):
        print("HTTP server successfully started!", flush=True)
        ThreadingHTTPServer(("0.0.0.0", 3000), cls).serve_forever()


if __name__ == "__main__":
    if os.environ.get("BROKEN_SERVER"):
        sys.exit("it is broken")
    Handler.serve()

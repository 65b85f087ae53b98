"""A headless Chromium for one page: started, steered over a pipe (DevTools protocol), ended with all its processes.

It runs in its own sandbox, with an empty profile and an empty environment, as nobody where the server is root, and
reaches the network through a proxy only. Everything here blocks: it runs in a thread, and no longer than its deadline.
"""

from __future__ import annotations

import os
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson

PROGRAMS = (
    "chromium", "chromium-browser", "chrome-headless-shell", "google-chrome", "google-chrome-stable", "chrome",
)  # fmt: skip
_MOST_BYTES = 256 * 1024 * 1024
_FLAGS = (
    "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check", "--disable-gpu",
    "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-breakpad", "--disable-dev-shm-usage", "--disable-quic", "--mute-audio",
    "--disable-domain-reliability", "--metrics-recording-only", "--no-pings", "--password-store=basic",
    "--hide-scrollbars", "--disable-features=Translate,MediaRouter,OptimizationHints,DialMediaRouteProvider",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--dns-prefetch-disable",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # no name is resolved past the proxy
    "--proxy-bypass-list=<-loopback>",  # nor is this machine reached past it
)  # fmt: skip


class Failed(Exception):
    """There is no picture; the text says why."""


def find_program(wanted: str) -> str | None:
    """The browser that is configured, or else found."""
    if wanted.lower() == "none":
        return None
    return next((found for name in ([wanted] if wanted else PROGRAMS) if (found := shutil.which(name))), None)


class Page:
    """A page in a browser of its own."""

    def __init__(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._out, self._in, self._deadline = process.stdin, process.stdout, deadline
        self._buffer, self._searched, self._number, self._session = bytearray(), 0, 0, ""
        self._loaded = False

    def open(self) -> None:
        """Make the page, blank."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.send("Page.enable")

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol and wait for what it returns."""
        number = self._call(method, params, "" if method.startswith(("Browser.", "Target.")) else self._session)
        while True:
            message = self._take()
            if message is not None and message.get("id") == number:
                if "error" in message:
                    raise Failed(str(message["error"].get("message", "the browser refuses")))
                result: dict[str, Any] = message.get("result", {})
                return result

    def go(self, url: str) -> None:
        """Open a URL and wait until the page has loaded."""
        self._loaded = False
        if failure := self.send("Page.navigate", url=url).get("errorText"):
            raise Failed(f"the page cannot be opened ({failure})")
        while not self._loaded:
            self._take()

    def rest(self, seconds: float) -> None:
        """Let the page go on for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._readable(left):
                self._take()

    def _take(self) -> dict[str, Any] | None:
        """The next message, None when only a part of it has come."""
        end = self._buffer.find(b"\0", self._searched)
        if end < 0:
            self._searched = len(self._buffer)
            self._fill()
            return None
        raw = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        message: dict[str, Any] = orjson.loads(raw)
        if message.get("method") == "Page.loadEventFired":
            self._loaded = True
        elif message.get("method") == "Page.javascriptDialogOpening":  # it would hold the page up for ever
            self._call("Page.handleJavaScriptDialog", {"accept": False}, self._session)
        return message

    def _fill(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0 or not self._readable(left):
            raise Failed("the page takes too long")
        part = os.read(self._in.fileno(), 65536)
        if not part:
            raise Failed("the browser has ended")
        self._buffer += part
        if len(self._buffer) > _MOST_BYTES:
            raise Failed("the picture is too large")

    def _readable(self, seconds: float) -> bool:
        return self._buffer.find(b"\0", self._searched) >= 0 or bool(select.select([self._in], [], [], seconds)[0])

    def _call(self, method: str, params: dict[str, Any], session: str) -> int:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        try:
            self._out.write(orjson.dumps(message | ({"sessionId": session} if session else {})) + b"\0")
        except OSError as cause:
            raise Failed("the browser has ended") from cause
        return self._number


@contextmanager
def launched(program: str, proxy_port: int, *, sandbox: bool, deadline: float) -> Iterator[Page]:
    """A blank page. Raises Failed."""
    home = Path(tempfile.mkdtemp(prefix="appwrite-py-browser-"))
    try:
        process = _start(program, home, proxy_port, sandbox=sandbox)
        try:
            page = Page(process, deadline)
            page.open()
            yield page
        finally:
            _end(process)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _start(program: str, home: Path, proxy_port: int, *, sandbox: bool) -> subprocess.Popen[bytes]:
    flags = [*_FLAGS, f"--user-data-dir={home}", f"--proxy-server=http://127.0.0.1:{proxy_port}"]
    if not sandbox:
        flags.append("--no-sandbox")
    as_nobody: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        as_nobody = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    # The browser speaks on descriptors 3 and 4, which only a shell can give it
    script = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1'
    try:
        return subprocess.Popen(
            ["/bin/sh", "-c", script, "sh", program, *flags],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, cwd=home,
            env={"HOME": str(home), "TMPDIR": str(home), "PATH": os.defpath + ":/usr/local/bin", "LANG": "C.UTF-8"},
            start_new_session=True, **as_nobody,
        )  # fmt: skip
    except OSError as cause:
        raise Failed("the browser cannot be started") from cause


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for end in (process.stdin, process.stdout):
        if end is not None:
            end.close()

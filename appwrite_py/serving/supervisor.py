"""Keeps N workers on one listening socket: starts them, replaces those that die, stops them before it stops itself."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import structlog

from appwrite_py.jobs import GRACE_SECONDS as JOBS_GRACE_SECONDS
from appwrite_py.serving.process import GRACE_SECONDS
from appwrite_py.serving.signals import on_stop
from appwrite_py.serving.worker import READY, Orders

log = structlog.get_logger("appwrite_py.serving")
_TICK_SECONDS = 0.1
_WATCH_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 10.0
_STEADY_SECONDS = 5.0  # a worker that lived this long did not die of its start


class Worker:
    """One process, and the channel to it."""

    def __init__(self, bound: socket.socket) -> None:
        self._channel, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "appwrite_py.serving.worker", str(theirs.fileno())],
                pass_fds=(theirs.fileno(), bound.fileno()),
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C in the terminal is for the supervisor alone
            )
        self.started = time.monotonic()
        self.ready = False

    def order(self, orders: bytes) -> None:
        """Say what to serve. One that has died meanwhile is found by the next look at it."""
        try:
            self._channel.sendall(orders)
        except OSError:
            return
        self._channel.setblocking(False)

    def alive(self) -> bool:
        """Whether it runs; notes that it has become ready."""
        if not self.ready:
            try:
                self.ready = self._channel.recv(len(READY)) == READY
            except OSError:
                self.ready = False
        return self.process.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.process.poll() is None:
            self.process.send_signal(number)

    def close(self) -> None:
        """Close the channel; a worker that still runs takes this as a reason to end."""
        self._channel.close()


class Place:
    """A place for one worker: who ends there is replaced, and who ends at once not before some time has passed."""

    def __init__(self, bound: socket.socket) -> None:
        self._bound = bound
        self._early_ends = 0
        self._due: float | None = None
        self.worker = Worker(bound)

    def keep(self, orders: bytes) -> None:
        """Replace the worker if it has ended and its time has come."""
        if self.worker.alive():
            return
        now = time.monotonic()
        if self._due is None:
            log.warning("worker ended", worker=self.worker.process.pid, status=self.worker.process.returncode)
            self._early_ends = 0 if now - self.worker.started > _STEADY_SECONDS else self._early_ends + 1
            self._due = now + min(0.1 * 2**self._early_ends, _LONGEST_PAUSE_SECONDS)
        if now >= self._due:
            self.renew(orders)

    def renew(self, orders: bytes) -> None:
        """Another worker. The old one finishes what it has begun; it takes no new connections."""
        self._due = None
        self.worker.signal(signal.SIGTERM)
        old, self.worker = self.worker, Worker(self._bound)
        self.worker.order(orders)
        old.close()


class Supervisor:
    """The parent of the workers. Blocking; to be used from the main thread.

    The workers are started with it, so that they load their code while the caller prepares the database.
    """

    def __init__(self, bound: socket.socket, count: int, watched: Path | None = None) -> None:
        self._bound, self._watched = bound, watched is not None
        self._watch = Watch(watched)
        self._signals = 0
        self._places = [Place(bound) for _ in range(count)]

    def run(self, orders: Orders, ready: Callable[[], None]) -> bool:
        """Serve until a signal says stop. False when a worker cannot even start; its log says why."""
        on_stop(self._count_signal)
        line = json.dumps(orders).encode() + b"\n"
        for place in self._places:
            place.worker.order(line)
        if not self._become_ready():
            return False
        ready()
        self._keep(line)
        return True

    def stop(self) -> None:
        """End all workers: after their requests, or at once when a second signal says so or they take too long."""
        self._bound.close()  # while anybody has it open, connections would be taken that nobody answers
        workers = [place.worker for place in self._places]
        for worker in workers:
            worker.signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS + JOBS_GRACE_SECONDS + 0.5
        while any(worker.alive() for worker in workers):
            if self._signals > 1 or time.monotonic() > deadline:
                for worker in workers:
                    worker.signal(signal.SIGKILL)
            time.sleep(_TICK_SECONDS)
        for worker in workers:
            worker.close()

    def _count_signal(self, _: int, __: FrameType | None) -> None:
        self._signals += 1

    def _become_ready(self) -> bool:
        """Wait until all workers serve. While code is watched, one that fails waits for the next change instead."""
        workers = [place.worker for place in self._places]
        while not self._signals:
            alive = [worker.alive() for worker in workers]
            if not all(alive):
                return self._watched
            if all(worker.ready for worker in workers):
                break
            time.sleep(_TICK_SECONDS)
        return True

    def _keep(self, orders: bytes) -> None:
        look = time.monotonic()
        while not self._signals:
            for place in self._places:
                place.keep(orders)
            if time.monotonic() >= look:
                look = time.monotonic() + _WATCH_SECONDS
                if changed := self._watch.changed():
                    log.info("reloading", changed=changed)
                    for place in self._places:
                        place.renew(orders)
            time.sleep(_TICK_SECONDS)


class Watch:
    """The Python files of a folder; of no folder, there are none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._seen = self._times()

    def changed(self) -> str:
        """The names of those that have changed since the last look."""
        before, self._seen = self._seen, self._times()
        names = before.keys() | self._seen.keys()
        return ", ".join(sorted(name for name in names if before.get(name) != self._seen.get(name)))

    def _times(self) -> dict[str, int]:
        if self._folder is None:
            return {}
        found = {}
        for path in self._folder.rglob("*.py"):
            with contextlib.suppress(FileNotFoundError):
                found[str(path.relative_to(self._folder))] = path.stat().st_mtime_ns
        return found

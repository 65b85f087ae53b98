"""Realtime over HTTP: the change feed. Sockets are in `endpoint`."""

from __future__ import annotations

from appwrite_py.services.realtime.feed import feed

services = [feed]

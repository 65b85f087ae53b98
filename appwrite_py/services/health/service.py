"""Health: whether the parts that the server stands on do their work, measured when it is asked."""

from __future__ import annotations

from appwrite_py.services.health import certificate, checks, statistics

services = [checks.health, certificate.service, statistics.service]

"""Addresses that a user is sent back to: only those of the project's own apps and sites."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from appwrite_py.http.rules.base import Rule
from appwrite_py.kit.text import is_url
from appwrite_py.platform.projects import Project

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class RedirectUrl(Rule):
    """A URL whose host is one of the project's web platforms or this machine, or whose scheme is the project's own."""

    kind = "RedirectURL"

    def __init__(self, project: Project | None = None, *, allow_empty: bool = True) -> None:
        self.project, self.allow_empty = project, allow_empty

    @property
    def says(self) -> str:
        return "must be a URL of one of the project's platforms"

    def with_project(self, project: Project) -> Rule:
        return RedirectUrl(project, allow_empty=self.allow_empty)

    def check(self, value: Any) -> str:
        if self.allow_empty and value == "":
            return ""
        # Browsers read a backslash as a slash, so that the host they go to would not be the one that is checked here
        if not is_url(value) or "\\" in value or not self._is_own(str(value)):
            raise self.refuse()
        return str(value)

    def _is_own(self, url: str) -> bool:
        parts = urlsplit(url)
        host, project = (parts.hostname or "").lower(), self.project
        if parts.scheme not in ("http", "https"):
            return project is not None and parts.scheme == f"appwrite-callback-{project.id}".lower()
        hosts = project.hostnames if project is not None else frozenset()
        if host in _LOOPBACK or host in hosts or "*" in hosts:
            return True
        return any(known.startswith("*.") and host.endswith(known[1:]) for known in hosts)

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

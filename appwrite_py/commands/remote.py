"""Requests to a running server, with what comes back told plainly when it is not what was asked for."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

from appwrite_py.commands import screen

_SECONDS = 660  # a schema change may have to write large tables anew


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: the key is for this server alone."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_Stay)


class Refused(Exception):
    """An error of the API."""

    def __init__(self, status: int, type_: str, message: str) -> None:
        super().__init__(message)
        self.status, self.type, self.message = status, type_, message


class Remote:
    """A server, by the endpoint that SDKs use (`http://localhost:8080/v1`), as a project's API key."""

    def __init__(self, endpoint: str, project: str, key: str) -> None:
        self.endpoint = endpoint.rstrip("/")
        if urlsplit(self.endpoint).scheme not in ("http", "https"):
            screen.fail(f"{endpoint!r} is no endpoint. It looks like http://localhost:8080/v1")
        self._headers = {"X-Appwrite-Project": project, "X-Appwrite-Key": key, "Content-Type": "application/json"}

    def call(self, method: str, *path: str, body: Any = None) -> Any:
        """The answer to a request. Raises Refused; without an answer the command ends."""
        url = "/".join([self.endpoint, *(quote(part, safe="") for part in path)])
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, self._headers, method=method)  # noqa: S310 - checked above
        try:
            with _opener.open(request, timeout=_SECONDS) as answer:
                return self._read(answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                said = self._read(refusal.read())
            raise Refused(refusal.code, said.get("type", ""), said.get("message", str(refusal))) from None
        except (OSError, http.client.HTTPException) as problem:
            why = getattr(problem, "reason", problem)
            screen.fail(f"{self.endpoint} does not answer: {why}. Is the server started, and the endpoint right?")

    def _read(self, content: bytes) -> Any:
        try:
            found = json.loads(content)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            self._is_none()
        return found

    def _is_none(self) -> NoReturn:
        screen.fail(f"What answers at {self.endpoint} is no API of this kind. Does the endpoint end in /v1?")

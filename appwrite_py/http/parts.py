"""Answers as `multipart/form-data`, for clients that ask for it: one part for each field of a model."""

from __future__ import annotations

from typing import Any

import orjson

from appwrite_py.http.answers import Answer
from appwrite_py.kit import ids

MULTIPART = "multipart/form-data"
_JSON_KINDS = ("application/json", "application/*", "*/*")
_MULTIPART_KINDS = (MULTIPART, "multipart/*")


def wants_multipart(accept: str) -> bool:
    """Whether a form is what the header `Accept` names before JSON."""
    for item in accept.split(","):
        kind = item.partition(";")[0].strip().lower()
        if kind in _JSON_KINDS:
            return False
        if kind in _MULTIPART_KINDS:
            return True
    return False


def multipart_answer(value: Any, status: int = 200) -> Answer:
    """A model as a form. Bytes are sent as they are, lists and objects as JSON, everything else as text."""
    boundary = f"-----------------------------{ids.unique()}"
    parts = [piece for name, field in value.items() for piece in _part(boundary, name, field)]
    body = b"".join([*parts, f"--{boundary}--\r\n".encode()])
    return Answer(body, status, f"{MULTIPART}; boundary={boundary}".encode())


def _part(boundary: str, name: str, value: Any) -> tuple[bytes, ...]:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n'
    if isinstance(value, list | dict):
        return f"{head}Content-Type: application/json\r\n\r\n".encode(), orjson.dumps(value), b"\r\n"
    return f"{head}\r\n".encode(), value if isinstance(value, bytes) else _text(value), b"\r\n"


def _text(value: Any) -> bytes:
    if value is None:
        return b""
    return (str(value).lower() if isinstance(value, bool) else str(value)).encode()

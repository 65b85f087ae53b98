"""Log lines: ours and those of libraries, for people and for machines."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from appwrite_py.kit import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def test_all_lines_are_json_for_machines() -> None:
    stream = io.StringIO()
    logs.configure("info", "json", stream)
    structlog.get_logger("appwrite_py.http").info("request", status=200, body=b"\xff", number={1: 2})
    logging.getLogger("uvicorn.error").warning("it is %s", "late")
    try:
        raise ValueError("no\nsuch thing")
    except ValueError as problem:
        structlog.get_logger("appwrite_py.http").error("request failed", exc_info=problem)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    ours, theirs, failed, warned = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (ours["event"], ours["level"], ours["logger"], ours["status"]) == (
        "request",
        "info",
        "appwrite_py.http",
        200,
    )
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("it is late", "warning", "uvicorn.error")
    assert "ValueError: no\nsuch thing" in failed["exception"]
    assert "DeprecationWarning: old" in warned["event"]


def test_lines_for_people_show_no_values_of_variables() -> None:
    stream = io.StringIO()
    logs.configure("info", "pretty", stream)
    password = "swordfish"
    try:
        raise ValueError(len(password))
    except ValueError:
        logging.getLogger("asyncio").exception("it failed")
    said = stream.getvalue()
    assert "it failed" in said
    assert "ValueError: 9" in said
    assert "swordfish'" not in said.replace('password = "swordfish"', "")
    assert "\x1b" not in said, "no colors in a file"


def test_levels() -> None:
    stream = io.StringIO()
    logs.configure("warning", "json", stream)
    structlog.get_logger("appwrite_py").info("quiet")
    logs.configure("debug", "json", stream)
    structlog.get_logger("appwrite_py").debug("loud")
    logging.getLogger("uvicorn.error").info("chatty")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["loud"]


def test_cancelled_request_is_no_news() -> None:
    stream = io.StringIO()
    logs.configure("info", "json", stream)
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=asyncio.CancelledError())
    assert stream.getvalue() == ""

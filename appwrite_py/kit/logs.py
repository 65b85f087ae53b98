"""Log lines: one form for all of them, ours and those of the libraries, for people or for machines.

They go to standard error. What a person asked a command for goes to standard output and is none of ours.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any, Literal, TextIO

import orjson
import structlog
from structlog.typing import Processor

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(allow=()),
)
# What they say below a warning is known or of no use; some of it are secrets: URLs of webhooks, headers, frames
_CHATTY = ("uvicorn", "asyncio", "alembic", "httpx", "httpcore", "websockets")


def configure(level: str, form: Literal["pretty", "json"], stream: TextIO | None = None) -> None:
    """Send all log lines from `level` on to standard error (or a stream). The last call counts."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.addFilter(_is_news)
    render = _for_machines() if form == "json" else _for_people(stream.isatty())
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=[*_SHARED], processors=render))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    logging.captureWarnings(True)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _is_news(record: logging.LogRecord) -> bool:
    """A request that was ended because the server ends is none."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def _for_people(colors: bool) -> list[Processor]:
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        # plain: a traceback with the values of local variables would write secrets into the log
        structlog.dev.ConsoleRenderer(
            colors=colors, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0, pad_level=False
        ),
    ]


def _for_machines() -> list[Processor]:
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(serializer=_one_line),
    ]


def _one_line(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode(errors="replace")

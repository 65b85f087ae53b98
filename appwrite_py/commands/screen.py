"""How commands talk: results on standard output, everything else on standard error, problems with their remedy."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from appwrite_py.settings import Settings


@cache
def out() -> Console:
    """Standard output."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


@cache
def err() -> Console:
    """Standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def progress(text: str) -> None:
    """What is being done and may take a moment."""
    err().print(f"  {text} …", style="dim", markup=False)


def fail(message: str) -> NoReturn:
    """Say what is wrong and what to do about it, and end the command."""
    err().print("✗ ", style="bold red", end="")
    err().print(message, markup=False)
    raise typer.Exit(1)


def as_json(value: dict[str, Any]) -> None:
    """One line for programs."""
    import orjson

    sys.stdout.write(orjson.dumps(value).decode() + "\n")


@contextmanager
def told_plainly() -> Iterator[None]:
    """Foreseen problems become one sentence instead of a traceback; a signal ends the command in an orderly way."""
    from appwrite_py.data.embedded import EmbeddedPostgresError
    from appwrite_py.serving.problems import Problem
    from appwrite_py.serving.signals import Stopped, interrupt, on_stop

    on_stop(interrupt)
    try:
        yield
    except Stopped:
        raise typer.Exit(130) from None
    except (Problem, EmbeddedPostgresError) as problem:
        fail(str(problem))


def load_settings(**flags: Any) -> Settings:
    """Settings of the environment and `.env`, and the flags that were given on the command line."""
    from pydantic import ValidationError

    from appwrite_py.settings import Settings

    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as problem:
        lines = [f"{'.'.join(map(str, item['loc']))} = {item['input']!r}: {item['msg']}" for item in problem.errors()]
        fail("Settings that cannot be used:\n  " + "\n  ".join(lines))

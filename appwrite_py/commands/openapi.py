"""`appwrite-py openapi`"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from appwrite_py.commands import screen

_EPILOG = """\
**Examples**

`appwrite-py openapi --out openapi.json`

`appwrite-py openapi --platform client | jq '.paths | keys'`

A running server answers with the same at /v1/openapi.json.
"""


class Platform(StrEnum):
    """Kinds of SDKs."""

    CLIENT = "client"
    SERVER = "server"
    CONSOLE = "console"


def add(app: typer.Typer) -> None:
    """Make it a command."""
    app.command(epilog=_EPILOG)(openapi)


def openapi(
    out: Annotated[Path | None, typer.Option(help="File to write.", show_default="standard output")] = None,
    platform: Annotated[
        Platform | None, typer.Option(help="Only what this kind of SDK uses.", show_default="everything")
    ] = None,
) -> None:
    """Write the OpenAPI 3.1 document of the API."""
    from appwrite_py.http.spec import openapi_bytes
    from appwrite_py.services import all_services

    document = openapi_bytes(all_services(), platform.value if platform else None, indent=True) + b"\n"
    if out is None:
        sys.stdout.buffer.write(document)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(document)
    except OSError as problem:
        screen.fail(f"{out} cannot be written: {problem.strerror}")

"""Writes docs/compatibility.md: every route of the contract, whether it is served, and a test that shows it.

What shows a route is found out by running the tests: `make compatibility` runs them, and then this. The contract lies
beside the project (CONTRACT_DIR, ../shared/contract). `--check` writes nothing, and fails when the page names routes or
tests that are not there, or leaves out a route that is.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from appwrite_py.http.registry import Route
from appwrite_py.services import all_services

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "compatibility.md"
CONTRACT = Path(os.environ.get("CONTRACT_DIR", ROOT.parent / "shared" / "contract"))
_PARAMETER = re.compile(r":(\w+)")
_ROW = re.compile(
    r"^\| `(?P<verb>[A-Z]+) (?P<path>/v1[^`]*)` \| (?P<method>[^|]*) \| (?P<state>[^|]*) \|$", re.MULTILINE
)
_LINK = re.compile(r"\]\(\.\./(tests/[^)]+)\)")
_HEAD = """# Compatibility

Every route of the Appwrite 1.9 API that an official SDK has a method for, and routes of our own. "Served" links to a
test that calls the route and holds its answer against the declared shape. This page is made by `make compatibility`,
from what the tests have really called.

{summary}

Clients that are driven through the server by tests: the Python SDK, the Node SDK, the web SDK (with cookies and
WebSockets), the console SDK, the CLI, and older versions of them (`tests/sdk/`), and clients generated from the
[OpenAPI document](openapi.md). Where a route differs on purpose, the page of its service says so.
"""


class Row(NamedTuple):
    """A line of the page."""

    verb: str
    path: str
    method: str
    test: str
    """The test that shows it; empty where the route is not served."""
    own: bool


def rows(shown: Mapping[str, Counter[str]]) -> dict[str, list[Row]]:
    """All routes by their service: those of the contract first, in its order."""
    served = {_plain(route.verb, path): route for route in _routes() for path in (route.path, *route.aliases)}
    found: dict[str, list[Row]] = defaultdict(list)
    listed: set[int] = set()
    for entry in _contract():
        route = served.get(_plain(entry["http"], entry["path"]))
        listed |= {id(route)}
        test = _shown_by(route, shown) if route is not None else ""
        found[entry["service"]].append(Row(entry["http"], entry["path"], entry["method"] or "", test, False))
    for route in _routes():
        if id(route) not in listed and route.sdk_method and not route.hidden:
            test = _shown_by(route, shown)
            found[route.service].append(Row(route.verb, route.path, route.sdk_method, test, True))
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def page(found: Mapping[str, Iterable[Row]]) -> str:
    """The page's text."""
    parts, summary = [], ["| service | routes | served |", "|---|---|---|"]
    for service, lines in found.items():
        lines = list(lines)
        served = sum(bool(line.test) for line in lines if not line.own)
        if total := sum(not line.own for line in lines):
            summary.append(f"| [{service}](#{service.lower()}) | {total} | {served} |")
        parts += [f"## {service}", "", "| route | method | |", "|---|---|---|"]
        parts += [f"| `{line.verb} {line.path}` | {line.method} | {_state(line)} |" for line in lines]
        parts.append("")
    return _HEAD.format(summary="\n".join(summary)) + "\n" + "\n".join(parts).rstrip() + "\n"


def problems(text: str) -> list[str]:
    """What is wrong with a page that was made earlier."""
    served = {_plain(route.verb, path): route for route in _routes() for path in (route.path, *route.aliases)}
    told = {_plain(match["verb"], match["path"]): match["state"] for match in _ROW.finditer(text)}
    missing = [
        f"{route.verb} {route.path} is not on the page"
        for route in _routes()
        if route.sdk_method and not route.hidden and _plain(route.verb, route.path) not in told
    ]
    wrong = [
        f"{name} is told to be {state}" for name, state in told.items() if (name in served) != state.startswith("[")
    ]
    tests = {match for match in _LINK.findall(text) if not (ROOT / match).exists()}
    return [*missing, *wrong, *(f"there is no {test}" for test in sorted(tests))]


def _routes() -> list[Route]:
    return [route for service in all_services() for route in service.routes]


def _contract() -> list[dict[str, Any]]:
    lines = (CONTRACT / "endpoints.json").read_text().splitlines()
    entries = [json.loads(line.strip().rstrip(",")) for line in lines if line.strip().startswith('{"service"')]
    return [entry for entry in entries if (entry.get("sdk") or entry.get("sdks")) and not entry.get("alias_of")]


def _plain(verb: str, path: str) -> str:
    return f"{verb} {_PARAMETER.sub(':', path)}"


def _shown_by(route: Route, shown: Mapping[str, Counter[str]]) -> str:
    tests = shown.get(f"{route.verb} {route.path}", Counter())
    own = [(count, name) for name, count in tests.items() if f"/{route.service.lower()}/" in name]
    best = max(own or [(count, name) for name, count in tests.items()], default=(0, ""))
    return best[1]


def _state(line: Row) -> str:
    if not line.test:
        return "not served"
    return f"[served](../{line.test}){', our own' if line.own else ''}"


def main() -> None:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shown", nargs="*", type=Path, help="what the tests have called (APPWRITE_PY_SHOWN)")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check:
        if found := problems(PAGE.read_text()):
            sys.exit("\n".join([*found, "Run `make compatibility`."]))
        return
    shown: dict[str, Counter[str]] = defaultdict(Counter)
    for file in options.shown:
        for route, tests in json.loads(file.read_text()).items():
            shown[route].update(tests)
    PAGE.write_text(page(rows(shown)))


if __name__ == "__main__":
    main()

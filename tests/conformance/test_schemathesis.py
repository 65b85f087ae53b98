"""The document against the server, by schemathesis: what it makes of the declared schemas is sent to every operation.

Other than in `test_fuzz.py`, nothing here comes from the rules themselves: there are values at the declared limits and
just beyond them, other types, missing and doubled parameters, other content types and methods. What is answered has to
have a declared status, content type and schema, whatever was sent, and is never an error of the server's.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from appwrite_py.http.registry import Route
from appwrite_py.http.spec import openapi_document
from tests.client import Api
from tests.conformance.conftest import OURS, ROUTES
from tests.conformance.world import World, callers_for

CASES = int(os.environ.get("SCHEMATHESIS_CASES", "2"))
"""How many cases of each operation are sent, out of all there are; the same ones each time. 0 sends all of them."""
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
FORESEEN = {501, 503}
LONGEST_URL = 65_536
LISTED = [route for route in ROUTES if not route.hidden]


@pytest.fixture(scope="module")
def schema() -> Any:
    return schemathesis.openapi.from_dict(openapi_document(OURS))


def template(route: Route) -> str:
    return re.sub(r":(\w+)", r"{\1}", route.path.removeprefix("/v1"))


def cases_of(schema: Any, route: Route) -> list[Any]:
    """Cases for an operation, drawn from all kinds of them."""
    config = GenerationConfig(modes=MODES, with_security_parameters=False)
    operation = schema[template(route)][route.verb]
    found = list(schema.iter_coverage_cases(operation, generation_modes=MODES, generation_config=config))
    return random.Random(f"{route.verb} {route.path}").sample(found, min(CASES, len(found))) if CASES else found


def send(api: Api, case: Any, headers: dict[str, str]) -> Any:
    """The case as schemathesis writes it on the wire; None where the tests' client finds the address too long."""
    request = requests.Request(**case.as_transport_kwargs(base_url="http://testserver/v1", headers=headers)).prepare()
    if len(request.url or "") > LONGEST_URL:
        return None
    api.http.cookies.clear()
    return api.http.request(
        request.method, request.url, headers=dict(request.headers), content=request.body, follow_redirects=False
    )


def found_in(case: Any, response: Any) -> Iterator[str]:
    """What is wrong with the answer to a case."""
    if response.status_code in FORESEEN:
        return
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as group:
        for failure in group.exceptions:
            yield f"{case.meta.phase.data.description}: {failure}"


@pytest.mark.parametrize("route", LISTED, ids=lambda route: f"{route.verb} {route.path}")
def test_the_document_holds(world: World, api: Api, schema: Any, route: Route) -> None:
    if route.verb == "DELETE":  # they come last, after others
        world.prepare(route)
    ids = world.ids_for(route)
    callers = callers_for(route)
    found = []
    for number, case in enumerate(cases_of(schema, route)):
        if ids and number % 4 and all(case.path_parameters.get(name) for name in ids):
            case.path_parameters = case.path_parameters | ids
        response = send(api, case, world.caller(callers[number % len(callers)]).headers)
        found += found_in(case, response) if response is not None else []
    assert not found, "\n".join(found)

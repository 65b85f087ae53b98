"""What is warm in one server, and is gone or has changed by the doing of another."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.functions.calling import call, change, function
from tests.client import Api, Sandbox

TOLD = """
import os
def main(context): return context.res.text(os.environ.get("WORD", "-") + os.environ["APPWRITE_FUNCTION_MEMORY"])
"""
SMALL, LARGE = "s-0.5vcpu-512mb", "s-1vcpu-1gb"


@pytest.fixture
def other(sandbox: Sandbox, served: Callable[..., Api]) -> Api:
    """The same caller at another server over the same database."""
    return served(sandbox.key, functions_processes=17)


def warm(caller: Api, sandbox: Sandbox) -> int:
    """How many units of the project have processes in a server."""
    return sum(unit.key.startswith(f"{sandbox.id}/") for unit in caller.resources.executor.units())


def ended(caller: Api, sandbox: Sandbox) -> None:
    give_up_at = time.monotonic() + 20
    while warm(caller, sandbox):
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def answered(caller: Api) -> Any:
    return call(caller).ok(201)["responseBody"]


def test_a_change_counts_for_the_next_call_in_every_server(sandbox: Sandbox, other: Api) -> None:
    function(sandbox, TOLD, runtimeSpecification=SMALL)
    assert (answered(sandbox.key), answered(other)) == ("-512", "-512")
    sandbox.key.post("/functions/f/variables", variableId="v", key="WORD", value="first").ok(201)
    assert (answered(other), answered(sandbox.key)) == ("first512", "first512")
    sandbox.key.put("/functions/f/variables/v", key="WORD", value="second").ok(200)
    assert (answered(other), answered(sandbox.key)) == ("second512", "second512")
    change(sandbox, runtimeSpecification=LARGE)
    assert (answered(other), answered(sandbox.key)) == ("second1024", "second1024")


def test_warm_processes_of_another_size_end(sandbox: Sandbox, other: Api) -> None:
    function(sandbox, TOLD, runtimeSpecification=SMALL)
    answered(other)
    assert warm(other, sandbox) == 1
    change(sandbox, runtimeSpecification=LARGE)
    ended(other, sandbox)


@pytest.mark.parametrize("what", ["function", "deployment"])
def test_warm_processes_of_what_is_deleted_end(sandbox: Sandbox, other: Api, what: str) -> None:
    deployment = function(sandbox, TOLD) and sandbox.key.get("/functions/f").ok(200)["deploymentId"]
    answered(other)
    answered(sandbox.key)
    sandbox.key.delete("/functions/f" if what == "function" else f"/functions/f/deployments/{deployment}").ok(204)
    assert warm(sandbox.key, sandbox) == 0
    ended(other, sandbox)

"""Answers in the formats of older versions."""

from __future__ import annotations

from typing import Any

import pytest

from appwrite_py.http.compat import downgrade
from appwrite_py.http.registry import Route


class Function: ...


class FunctionList: ...


class Execution: ...


class Team: ...


_FUNCTION = {"$id": "f", "buildSpecification": "large", "runtimeSpecification": "small"}
_EXECUTION = {"$id": "e", "resourceId": "f", "resourceType": "functions"}


async def _handler() -> None: ...


def _answered(returns: type, asked: str, answer: Any) -> Any:
    route = Route("functions", "GET", "/v1/functions", _handler, None, frozenset(), (), returns)
    return downgrade(route, asked.encode(), answer)


def test_functions_had_one_size() -> None:
    old = {"$id": "f", "specification": "large"}
    assert _answered(Function, "1.8.9", _FUNCTION) == old
    assert _answered(FunctionList, "1.0.0", {"total": 9, "functions": [_FUNCTION]}) == {"total": 9, "functions": [old]}


def test_executions_were_of_functions() -> None:
    assert _answered(Execution, "1.9.5", _EXECUTION) == {**_EXECUTION, "functionId": "f"}
    assert _answered(Execution, "2.0.0", _EXECUTION) is _EXECUTION


@pytest.mark.parametrize("asked", ["1.9.0", "1.9.6", "2.5.0", "new", "1.8", "", "1.8.0\xff"])
def test_others_get_what_there_is(asked: str) -> None:
    assert _answered(Function, asked, _FUNCTION) is _FUNCTION


def test_other_models_and_answers_are_left_alone() -> None:
    assert _answered(Team, "1.0.0", _FUNCTION) is _FUNCTION
    assert _answered(Function, "1.0.0", None) is None

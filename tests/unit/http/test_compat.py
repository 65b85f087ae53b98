"""Answers in the formats of older versions. Those of projects, which are put together anew, are tested with the API."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from appwrite_py.http.compat import downgrade
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Route


class Function: ...


class FunctionList: ...


class Execution: ...


class EphemeralKey: ...


class EmailTemplate: ...


class Webhook: ...


class WebhookList: ...


class Team: ...


_FUNCTION = {"$id": "f", "buildSpecification": "large", "runtimeSpecification": "small"}
_EXECUTION = {"$id": "e", "resourceId": "f", "resourceType": "functions"}
_WEBHOOK = {"$id": "w", "tls": True, "authUsername": "ada", "authPassword": "pw", "secret": "s", "attempts": 2}
_OLD_WEBHOOK = {"$id": "w", "security": True, "httpUser": "ada", "httpPass": "pw", "signatureKey": "s", "attempts": 2}


async def _handler() -> None: ...


def _answered(returns: type, asked: str, answer: Any) -> Any:
    route = Route("functions", "GET", "/v1/functions", _handler, None, frozenset(), (), returns)
    ctx = SimpleNamespace(route=route, project=SimpleNamespace(id="p"))
    return asyncio.run(downgrade(cast(Ctx, ctx), asked.encode(), answer))


def test_functions_had_one_size() -> None:
    old = {"$id": "f", "specification": "large"}
    assert _answered(Function, "1.8.9", _FUNCTION) == old
    assert _answered(FunctionList, "1.0.0", {"total": 9, "functions": [_FUNCTION]}) == {"total": 9, "functions": [old]}


def test_executions_were_of_functions() -> None:
    assert _answered(Execution, "1.9.5", _EXECUTION) == {**_EXECUTION, "functionId": "f"}
    assert _answered(Execution, "2.0.0", _EXECUTION) is _EXECUTION


def test_ephemeral_keys_were_tokens() -> None:
    key = {"$id": "k", "name": "", "scopes": ["users.read"], "secret": "ephemeral_x", "expire": "", "sdks": []}
    assert _answered(EphemeralKey, "1.9.2", key) == {"projectId": "p", "scopes": ["users.read"], "jwt": "ephemeral_x"}
    assert _answered(EphemeralKey, "1.9.3", key) is key


def test_templates_had_a_type() -> None:
    template = {"templateId": "recovery", "locale": "en", "subject": "S", "replyToEmail": "a@b.c", "replyToName": "A"}
    rest = {"locale": "en", "subject": "S", "replyToEmail": "a@b.c", "replyToName": "A"}
    assert _answered(EmailTemplate, "1.9.1", template) == {"type": "recovery", "replyTo": "a@b.c", **rest}
    assert _answered(EmailTemplate, "1.9.2", template) is template


def test_webhooks_had_other_names() -> None:
    assert _answered(Webhook, "1.9.0", _WEBHOOK) == _OLD_WEBHOOK
    many = {"total": 1, "webhooks": [_WEBHOOK]}
    assert _answered(WebhookList, "1.8.0", many) == {"total": 1, "webhooks": [_OLD_WEBHOOK]}
    assert _answered(WebhookList, "1.9.1", many) is many


@pytest.mark.parametrize("asked", ["1.9.0", "1.9.6", "2.5.0", "new", "1.8", "", "1.8.0\xff"])
def test_others_get_what_there_is(asked: str) -> None:
    assert _answered(Function, asked, _FUNCTION) is _FUNCTION


def test_other_models_and_answers_are_left_alone() -> None:
    assert _answered(Team, "1.0.0", _FUNCTION) is _FUNCTION
    assert _answered(Function, "1.0.0", None) is None

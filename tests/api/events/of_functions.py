"""Functions and their variables: nobody's role is told of them, as only servers may read them."""

from __future__ import annotations

from typing import Any
from unittest import mock

from tests.api.events.stage import Line, Refused, Scene, Stage, Told
from tests.api.functions import deploying
from tests.api.functions.calling import function, over
from tests.api.functions.tools import offered
from tests.client import Answer, Api


def _runtime(stage: Stage) -> None:
    stage.memory |= {"runtime": offered(stage.sandbox), "functionId": "f", "variableId": "v"}


_VARIABLE = {"key": "TOKEN", "value": "hidden"}
FUNCTIONS = Scene("functions", [
    Line("POST /v1/functions", [Told("functions.f.create", "Function")],
         {"functionId": "f", "name": "Hello", "runtime": "<runtime>", "schedule": "@daily"},
         refused=Refused(body={"events": ["functions.*.create"]})),
    Line("PUT /v1/functions/:functionId", [Told("functions.f.update", "Function")], {"name": "New"},
         refused=Refused(at={"functionId": "none"})),
    Line("POST /v1/functions/:functionId/variables", [Told("variables.v.create", "Variable")],
         {"variableId": "v", **_VARIABLE}, refused=Refused(at={"functionId": "none"})),
    Line("PUT /v1/functions/:functionId/variables/:variableId", [Told("variables.v.update", "Variable")],
         {"value": "other"}, refused=Refused(body={"secret": False})),
    Line("DELETE /v1/functions/:functionId/variables/:variableId", [Told("variables.v.delete", "Variable")],
         refused=Refused(at={"variableId": "none"})),
    Line("DELETE /v1/functions/:functionId", [Told("functions.f.delete", "Function")],
         refused=Refused("guest")),
], _runtime)  # fmt: skip


def _callable(stage: Stage) -> None:
    function(stage.sandbox, execute=["users"])
    user = stage.sandbox.user()
    stage.memory |= {"functionId": "f", "caller": user, "callerId": user.id}


def _in_background(stage: Stage, caller: Api, path: str, body: dict[str, Any]) -> Answer:
    answer = caller.send("POST", path, json=body)
    if answer.status == 202:
        over(stage.sandbox, answer.json["$id"])
    return answer


_OF_CALLER = ["user:<callerId>"]
_EXECUTION = "functions.f.executions.[executionId]"
EXECUTIONS = Scene("executions", [
    Line("POST /v1/functions/:functionId/executions", [Told(f"{_EXECUTION}.create", "Execution", _OF_CALLER)],
         {"body": "x"}, by="caller", keep={"executionId": "$id"}),
    Line("POST /v1/functions/:functionId/executions",
         [Told("functions.f.executions.[later].create", "Execution", _OF_CALLER),
          Told("functions.f.executions.<later>.update", "Execution", _OF_CALLER)],
         {"async": True}, by="caller", send=_in_background),
    Line("DELETE /v1/functions/:functionId/executions/:executionId",
         [Told("functions.f.executions.<executionId>.delete", "Execution", _OF_CALLER)],
         refused=Refused(at={"executionId": "none"})),
], _callable)  # fmt: skip


def _deployable(stage: Stage) -> None:
    deploying.function(stage.sandbox)
    settings = stage.sandbox.guest.resources.settings
    stage.enter(mock.patch.object(settings, "templates_url", "http://127.0.0.1:9"))  # where nobody is
    stage.memory |= {"functionId": "f"}


def _built(stage: Stage, answer: Answer) -> Answer:
    """The answer, once the end of the build has been told as well."""
    if answer.status == 202:
        deploying.ended(stage.sandbox, answer.json["$id"])
    return answer


def _uploaded(stage: Stage, caller: Api, path: str, form: dict[str, Any]) -> Answer:
    return _built(stage, deploying.upload(caller, path=path, **form))


def _asked(stage: Stage, caller: Api, path: str, body: dict[str, Any]) -> Answer:
    return _built(stage, caller.send("POST", path, json=body))


def _waiting(stage: Stage) -> None:
    deploying.set_status(stage.sandbox, stage.memory["copyId"], "waiting")


def _deployment(id_: str, what: str) -> Told:
    return Told(f"functions.f.deployments.{id_}.{what}", "Deployment")


_ALL = "/v1/functions/:functionId/deployments"
DEPLOYMENTS = Scene("deployments", [
    Line(f"POST {_ALL}", [_deployment("[new]", "create"), _deployment("<new>", "update")], {"activate": "false"},
         send=_uploaded, keep={"deploymentId": "$id"}, refused=Refused(body={"name": "code.zip"})),
    Line("PATCH /v1/functions/:functionId/deployment", [_deployment("<deploymentId>", "update")],
         {"deploymentId": "<deploymentId>"}, refused=Refused(body={"deploymentId": "none"})),
    Line(f"POST {_ALL}/duplicate", [_deployment("[new]", "update"), _deployment("<new>", "update")],
         {"deploymentId": "<deploymentId>"}, send=_asked, keep={"copyId": "$id"},
         refused=Refused(body={"deploymentId": "none"})),
    Line(f"PATCH {_ALL}/:deploymentId/status", at={"deploymentId": "<copyId>"}, before=_waiting,
         refused=Refused(at={"deploymentId": "none"})),
    Line(f"DELETE {_ALL}/:deploymentId", [_deployment("<copyId>", "delete")], at={"deploymentId": "<copyId>"},
         refused=Refused(at={"deploymentId": "none"})),
    Line(f"POST {_ALL}/template", [_deployment("[new]", "create"), _deployment("<new>", "update")],
         {"repository": "templates", "owner": "nobody", "rootDirectory": ".", "type": "branch", "reference": "main"},
         send=_asked, refused=Refused(body={"type": "none"})),
], _deployable)  # fmt: skip

SCENES = [FUNCTIONS, EXECUTIONS, DEPLOYMENTS]

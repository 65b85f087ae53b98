"""Rules: nobody's role is told of them, as only servers may read them."""

from __future__ import annotations

from tests.api.events.stage import Line, Refused, Scene, Stage, Told
from tests.api.functions.tools import make
from tests.api.proxy.tools import new_domain


def _with_domains(stage: Stage) -> None:
    make(stage.sandbox)
    stage.memory |= {
        "functionId": "f",
        "one": new_domain(),
        "two": new_domain(),
        "three": new_domain("example.invalid"),
    }


def _unverified(stage: Stage) -> None:
    """As if the domain had been another's when the rule was made."""
    stage.sandbox.guest.sql("UPDATE rules SET status = 'unverified' WHERE id = $1", stage.memory["ruleId"])


_REDIRECT = {"domain": "<two>", "url": "https://example.org", "statusCode": "301", "resourceId": "f"}
RULES = Scene("rules", [
    Line("POST /v1/proxy/rules/function", [Told("rules.<ruleId>.create", "ProxyRule")],
         {"domain": "<one>", "functionId": "f"}, keep={"ruleId": "$id"}, refused=Refused(body={"functionId": "none"})),
    Line("POST /v1/proxy/rules/redirect", [Told("rules.[new].create", "ProxyRule")],
         _REDIRECT | {"resourceType": "function"}, refused=Refused(body={"domain": "<one>"})),
    Line("POST /v1/proxy/rules/api", [Told("rules.[new].create", "ProxyRule")], {"domain": "<three>"},
         refused=Refused(body={"domain": "localhost"})),
    Line("PATCH /v1/proxy/rules/:ruleId/status", [Told("rules.<ruleId>.update", "ProxyRule")], before=_unverified,
         refused=Refused(at={"ruleId": "none"})),
    Line("DELETE /v1/proxy/rules/:ruleId", [Told("rules.<ruleId>.delete", "ProxyRule")],
         refused=Refused(at={"ruleId": "none"})),
], _with_domains)  # fmt: skip

SCENES = [RULES]

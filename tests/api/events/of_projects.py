"""What is told of projects and their settings: nobody's role may see it, so that only webhooks hear of it."""

from __future__ import annotations

from typing import Any

from appwrite_py.auth.oauth.catalogue import OFFERED
from appwrite_py.auth.scopes import ORGANIZATION_SCOPES
from appwrite_py.data.pg import Work
from appwrite_py.kit.crypto import digest
from appwrite_py.platform import schedules, setup
from appwrite_py.platform.keys import bound_to
from tests.api.events.stage import GUEST, Line, Refused, Scene, Stage, Told
from tests.api.project.test_oauth2_providers import complete
from tests.api.project.test_policies import CHANGES
from tests.api.webhooks.tools import happen, settled
from tests.client import Sandbox
from tests.receiver import Receiver

SCOPES = ["users.read"]
SOON = "2100-01-01T00:00:00.000+00:00"
INVALID = Refused(body={"name": 5})


# --- projects themselves, and their keys ----------------------------------------------------------------------------
def _organization_key(stage: Stage) -> None:
    console = stage.sandbox.console
    portal = console.api.http.portal
    assert portal is not None

    async def make() -> str:
        work = Work(console.api.resources.pool)
        scopes = [scope.name for scope in ORGANIZATION_SCOPES]
        made = await setup.create_organization_key(work, console.api.resources.vault, console.team_id, "K", scopes)
        await work.commit()
        return made.secret

    stage.memory["orgKey"] = console.api.as_(
        X_Appwrite_Key=portal.call(make), X_Appwrite_Organization=console.team_id, X_Appwrite_Project="console"
    )


def _dev_key(stage: Stage) -> None:
    sandbox = stage.sandbox
    sealed = sandbox.guest.resources.vault.seal("secret", bound_to(sandbox.id, "dev"))
    sandbox.guest.sql(
        "INSERT INTO dev_keys (project_id, id, name, expire, secret_hash, secret_sealed) "
        "VALUES ($1, 'dev', 'Dev', now() + interval '1 day', $2, $3)", sandbox.id, digest(sandbox.id + "dev"), sealed,
    )  # fmt: skip


def _schedulable(stage: Stage) -> None:
    async def has(_: Work, project_id: str, function_id: str) -> bool:
        return (project_id, function_id) == (stage.sandbox.id, "known")

    stage.memory["finders"] = dict(schedules._finders)
    schedules._finders["function"] = has


def _not_schedulable(stage: Stage) -> None:
    schedules._finders.clear()
    schedules._finders.update(stage.memory["finders"])


def _another_project(stage: Stage) -> None:
    other = Sandbox.create(stage.sandbox.console)
    stage.memory |= {"other": other.id, "otherAdmin": other.admin}


CONSOLE = Scene("console", [
    Line("POST /v1/projects", by="console", refused=Refused(body={"projectId": "<projectId>"}), of_console=True,
         body={"projectId": "unique()", "name": "New", "teamId": "<organizationId>"}),
    Line("PATCH /v1/projects/:projectId", by="console", body={"name": "New name"}, refused=Refused(body={"name": ""})),
    Line("PATCH /v1/projects/:projectId/team", by="console", body={"teamId": "<organizationId>"},
         refused=Refused(body={"teamId": "nowhere"})),
    Line("PUT /v1/projects/:projectId/dev-keys/:keyId", by="console", body={"name": "New", "expire": SOON},
         at={"keyId": "dev"}, refused=Refused(at={"keyId": "none"}), before=_dev_key),
    Line("DELETE /v1/projects/:projectId/dev-keys/:keyId", by="console", at={"keyId": "dev"},
         refused=Refused(at={"keyId": "none"})),
    Line("POST /v1/projects/:projectId/schedules",
         [Told("schedules.<scheduleId>.create", "Schedule")], by="console", keep={"scheduleId": "$id"},
         body={"resourceType": "function", "resourceId": "known", "schedule": "*/5 * * * *"},
         refused=Refused(body={"resourceId": "unknown"}), before=_schedulable, of_console=True),
    Line("PATCH /v1/projects/:projectId/stages/:stageId", by="console", body={"skip": True},
         at={"stageId": "sites.create"}, refused=Refused(at={"stageId": "none"}), before=_not_schedulable),
    Line("PATCH /v1/projects/:projectId/auth/mock-numbers", by="console",
         body={"numbers": [{"phone": "+14155550100", "otp": "123456"}]}, refused=Refused(body={"numbers": [{}]})),
    Line("DELETE /v1/projects/:projectId/templates/email", by="console", body={"type": "recovery"},
         refused=Refused(body={"type": "none"})),
    Line("PATCH /v1/projects/:projectId/oauth2", by="console", body={"provider": "github", "appId": "1"},
         refused=Refused(body={"provider": "none"})),
    Line("POST /v1/organization/projects", by="orgKey", body={"projectId": "unique()", "name": "New"},
         refused=Refused(body={"projectId": "<projectId>"})),
    Line("PATCH /v1/organization/projects/:projectId", by="orgKey", body={"name": "Third name"},
         refused=Refused(body={"name": ""})),
    Line("DELETE /v1/organization/projects/:projectId", by="orgKey", at={"projectId": "<other>"},
         refused=Refused("guest"), before=_another_project),
    Line("DELETE /v1/project", by="admin"),
], _organization_key)  # fmt: skip


# --- its settings -----------------------------------------------------------------------------------------------
def _kinds_of_platforms() -> list[Line]:
    named = {"web": ("hostname", "example.com"), "apple": ("bundleIdentifier", "com.example.app"),
             "android": ("applicationId", "com.example.app"), "windows": ("packageIdentifierName", "Example.App"),
             "linux": ("packageName", "example-app")}  # fmt: skip
    lines = []
    for kind, (field, value) in named.items():
        model, of_it = f"Platform{kind.capitalize()}", {"platformId": kind}
        lines += [
            Line(f"POST /v1/project/platforms/{kind}", [Told(f"platforms.{kind}.create", model)],
                 {"platformId": kind, "name": "App", field: value}, refused=INVALID),
            Line(f"PUT /v1/project/platforms/{kind}/:platformId", [Told(f"platforms.{kind}.update", model)],
                 {"name": "New", field: value}, at=of_it, refused=Refused(at={"platformId": "none"})),
        ]  # fmt: skip
    return lines


def _policies() -> list[Line]:
    changes: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        (policy, body, refused) for policy, body, _, refused in CHANGES
    ]
    changes.append(("passkey", {"rpId": "example.com"}, {"rpId": "not a host"}))
    lines = []
    for policy, body, refused in changes:
        whole = "PolicyPasswordStrength" if policy == "password-strength" else "Project"
        told = Told(f"projects.<projectId>.policies.{policy}.update", whole)
        lines.append(Line(f"PATCH /v1/project/policies/{policy}", [told], body,
                          refused=Refused(body=refused) if refused else GUEST))  # fmt: skip
    return lines


def _providers() -> list[Line]:
    models = {"paypalSandbox": "Paypal", "tradeshiftBox": "Tradeshift", "fusionauth": "FusionAuth",
              "huggingface": "HuggingFace", "wordpress": "WordPress"}  # fmt: skip
    return [
        Line(f"PATCH /v1/project/oauth2/{provider.id}",
             [Told(f"oauth2.{provider.id}.update", "OAuth2" + models.get(provider.id, provider.id.capitalize()))],
             complete(provider), refused=Refused(body={provider.parameters[0].id: 5}))
        for provider in OFFERED
    ]  # fmt: skip


def _mailing(stage: Stage) -> None:
    stage.memory |= {"mailHost": stage.mailbox.host, "mailPort": stage.mailbox.port}


SETTINGS = Scene("settings", [
    Line("POST /v1/project/keys", [Told("keys.k.create", "Key")], {"keyId": "k", "name": "K", "scopes": SCOPES},
         by="admin", refused=Refused(body={"scopes": ["none"]})),
    Line("PUT /v1/project/keys/:keyId", [Told("keys.k.update", "Key")], {"name": "New", "scopes": SCOPES},
         at={"keyId": "k"}, refused=Refused(at={"keyId": "none"})),
    Line("DELETE /v1/project/keys/:keyId", [Told("keys.k.delete", "Key")], at={"keyId": "k"},
         refused=Refused(at={"keyId": "none"})),
    Line("POST /v1/project/keys/ephemeral", [Told("keys.<ephemeralId>.create", "EphemeralKey")],
         {"scopes": SCOPES, "duration": 60}, keep={"ephemeralId": "$id"}, refused=Refused(body={"duration": 0})),
    *_kinds_of_platforms(),
    Line("DELETE /v1/project/platforms/:platformId", [Told("platforms.web.delete", "PlatformWeb")],
         at={"platformId": "web"}, refused=Refused(at={"platformId": "none"})),
    Line("PUT /v1/project/labels", body={"labels": ["blue"]}, refused=Refused(body={"labels": [5]})),
    Line("PATCH /v1/project/services/:serviceId", [Told("services.locale.update", "Project")], {"enabled": False},
         at={"serviceId": "locale"}, refused=Refused(at={"serviceId": "none"})),
    Line("PATCH /v1/project/protocols/:protocolId", [Told("protocols.graphql.update", "Project")], {"enabled": False},
         at={"protocolId": "graphql"}, refused=Refused(at={"protocolId": "none"})),
    Line("PATCH /v1/project/auth-methods/:methodId", [Told("authMethod.jwt.update", "Project")], {"enabled": False},
         at={"methodId": "jwt"}, refused=Refused(at={"methodId": "none"})),
    Line("POST /v1/project/variables", [Told("variables.v.create", "Variable")],
         {"variableId": "v", "key": "KEY", "value": "value"}, refused=Refused(body={"key": ""})),
    Line("PUT /v1/project/variables/:variableId", [Told("variables.v.update", "Variable")], {"value": "new"},
         at={"variableId": "v"}, refused=Refused(at={"variableId": "none"})),
    Line("DELETE /v1/project/variables/:variableId", [Told("variables.v.delete", "Variable")],
         at={"variableId": "v"}, refused=Refused(at={"variableId": "none"})),
    Line("PATCH /v1/project/smtp", before=_mailing, refused=Refused(body={"port": 1}),
         body={"host": "<mailHost>", "port": "<mailPort>", "senderEmail": "a@example.com", "senderName": "A",
               "enabled": True}),
    Line("POST /v1/project/smtp/tests", body={"emails": ["a@example.com"]},
         refused=Refused(body={"emails": ["nobody"]})),
    Line("PATCH /v1/project/templates/email", [Told("templates.verification.update", "EmailTemplate")],
         {"templateId": "verification", "locale": "en", "subject": "S", "message": "M"},
         refused=Refused(body={"templateId": "none"})),
    Line("POST /v1/project/mock-phones", [Told("mock-phones.+14155550100.create", "MockNumber")],
         {"number": "+14155550100", "otp": "123456"}, refused=Refused(body={"otp": "1"})),
    Line("PUT /v1/project/mock-phones/:number", [Told("mock-phones.+14155550100.update", "MockNumber")],
         {"otp": "654321"}, at={"number": "+14155550100"}, refused=Refused(at={"number": "+14155550101"})),
    Line("DELETE /v1/project/mock-phones/:number", [Told("mock-phones.+14155550100.delete", "MockNumber")],
         at={"number": "+14155550100"}, refused=Refused(at={"number": "+14155550101"})),
])  # fmt: skip
POLICIES = Scene("policies", _policies())
PROVIDERS = Scene("providers", _providers())


# --- webhooks ---------------------------------------------------------------------------------------------------
def _delivered(stage: Stage) -> None:
    """Something that the webhook was told of, which can be told again."""
    happen(stage.sandbox)
    stage.memory["deliveryId"] = settled(stage.sandbox)[0]["$id"]


def _receiving(stage: Stage) -> None:
    stage.memory["url"] = stage.enter(Receiver()).url


_HOOK = {"name": "Hook", "url": "<url>", "events": ["teams.*.create"]}
WEBHOOKS = Scene("webhooks", [
    Line("POST /v1/webhooks", [Told("webhooks.hook.create", "Webhook")], {"webhookId": "hook", **_HOOK},
         refused=Refused(body={"events": ["none"]})),
    Line("PUT /v1/webhooks/:webhookId", [Told("webhooks.hook.update", "Webhook")], _HOOK, at={"webhookId": "hook"},
         refused=Refused(at={"webhookId": "none"})),
    Line("PATCH /v1/webhooks/:webhookId/secret", [Told("webhooks.hook.update", "Webhook")], at={"webhookId": "hook"},
         refused=Refused(at={"webhookId": "none"})),
    Line("POST /v1/webhooks/:webhookId/deliveries/:deliveryId/replay", at={"webhookId": "hook"},
         refused=Refused(at={"deliveryId": "none"}), before=_delivered),
    Line("DELETE /v1/webhooks/:webhookId", [Told("webhooks.hook.delete", "Webhook")], at={"webhookId": "hook"},
         refused=Refused(at={"webhookId": "none"})),
], _receiving)  # fmt: skip

SCENES = [CONSOLE, SETTINGS, POLICIES, PROVIDERS, WEBHOOKS]

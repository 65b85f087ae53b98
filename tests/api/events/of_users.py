"""What servers do to users: told to the user."""

from __future__ import annotations

from typing import Any

from tests.api.account.factors import enrol
from tests.api.account.flows import identity
from tests.api.account.passkeys import register
from tests.api.events.stage import Line, Refused, Scene, Stage, Told
from tests.api.users.test_imports import KINDS
from tests.authenticator import Device

USER = ["user:<userId>"]
ADA = ["user:ada"]
NOBODY = Refused(at={"userId": "nobody"})


def _imports() -> list[Line]:
    return [
        Line(f"POST /v1/users/{path}", [Told(f"users.{path}.create", "User", [f"user:{path}"])],
             {"userId": path, "email": f"{path}@example.com", "password": text, **more},
             refused=Refused(body={"email": "ada@example.com"}))
        for path, text, more, *_ in KINDS
    ]  # fmt: skip


def _changes() -> list[Line]:
    changes: list[tuple[str, str, str, dict[str, Any], dict[str, Any]]] = [
        ("PATCH", "name", "update.name", {"name": "Ada"}, {"name": 5}),
        ("PUT", "labels", "update.labels", {"labels": ["vip"]}, {"labels": [5]}),
        ("PATCH", "impersonator", "update.impersonator", {"impersonator": True}, {"impersonator": "x"}),
        ("PATCH", "email", "update.email", {"email": "new@example.com"}, {"email": "x"}),
        ("PATCH", "phone", "update.phone", {"number": "+14155550199"}, {"number": "x"}),
        ("PATCH", "password", "update.password", {"password": "another password"}, {"password": "x"}),
        ("PATCH", "verification", "update.verification", {"emailVerification": True}, {"emailVerification": "x"}),
        ("PATCH", "verification/phone", "update.verification", {"phoneVerification": True}, {"phoneVerification": 5}),
        ("PATCH", "mfa", "update.mfa", {"mfa": True}, {"mfa": "x"}),
    ]  # fmt: skip
    return [
        Line(f"{verb} /v1/users/:userId/{what}", [Told(f"users.ada.{event}", "User", ADA)], body,
             refused=Refused(body=refused))
        for verb, what, event, body, refused in changes
    ]  # fmt: skip


def _with_factors(stage: Stage) -> None:
    user = stage.sandbox.user()
    enrol(user)
    stage.memory |= {"userId": user.id, "passkeyId": register(user, Device())["$id"]}
    identity(stage.sandbox, user.id, user.email)
    stage.memory["identityId"] = stage.sandbox.key.get("/users/identities").ok()["identities"][0]["$id"]


CRUD = Scene("users", [
    Line("POST /v1/users", [Told("users.ada.create", "User", ADA)], {"userId": "ada", "email": "ada@example.com"},
         refused=Refused(body={"email": "x"})),
    *_imports(),
    *_changes(),
    Line("PATCH /v1/users/:userId/prefs", [Told("users.ada.update.prefs", "User", ADA)],
         {"prefs": {"theme": "dark"}}, refused=Refused(body={"prefs": "x"})),
    Line("POST /v1/users/:userId/sessions", [Told("users.ada.sessions.<sessionId>.create", "Session", ADA)],
         keep={"sessionId": "$id"}, refused=NOBODY),
    Line("POST /v1/users/:userId/jwts", body={"sessionId": "<sessionId>"}, refused=NOBODY),
    Line("DELETE /v1/users/:userId/sessions/:sessionId",
         [Told("users.ada.sessions.<sessionId>.delete", "Session", ADA)], refused=Refused(at={"sessionId": "none"})),
    Line("DELETE /v1/users/:userId/sessions", [Told("users.ada.sessions.delete", "User", ADA)], refused=NOBODY),
    Line("POST /v1/users/:userId/tokens", [Told("users.ada.tokens.<tokenId>.create", "Token", ADA)],
         keep={"tokenId": "$id"}, refused=NOBODY),
    Line("POST /v1/users/:userId/targets", [Told("users.ada.targets.phone.create", "Target", ADA)],
         {"targetId": "phone", "providerType": "push", "identifier": "device"},
         refused=Refused(body={"providerType": "none"})),
    Line("PATCH /v1/users/:userId/targets/:targetId", [Told("users.ada.targets.phone.update", "Target", ADA)],
         {"name": "Phone"}, at={"targetId": "phone"}, refused=Refused(at={"targetId": "none"})),
    Line("DELETE /v1/users/:userId/targets/:targetId", [Told("users.ada.targets.phone.delete", "Target", ADA)],
         at={"targetId": "phone"}, refused=Refused(at={"targetId": "none"})),
    Line("PATCH /v1/users/:userId/status", [Told("users.ada.update.status", "User", ADA)], {"status": False},
         refused=Refused(body={"status": "x"})),
    Line("DELETE /v1/users/:userId", [Told("users.ada.delete", "User", ADA)], refused=NOBODY),
], lambda stage: stage.memory.update(userId="ada"))  # fmt: skip
FACTORS = Scene("factors of users", [
    Line("PATCH /v1/users/:userId/mfa/recovery-codes", [Told("users.<userId>.create.mfa.recovery-codes", "User", USER)],
         refused=NOBODY),
    Line("PUT /v1/users/:userId/mfa/recovery-codes", [Told("users.<userId>.update.mfa.recovery-codes", "User", USER)],
         refused=NOBODY),
    Line("DELETE /v1/users/:userId/mfa/authenticators/:type", [Told("users.<userId>.delete.mfa", "User", USER)],
         at={"type": "totp"}, refused=NOBODY),
    Line("PATCH /v1/users/:userId/passkeys/:passkeyId", [Told("users.<userId>.update", "User", USER)],
         {"name": "Lost"}, refused=Refused(at={"passkeyId": "none"})),
    Line("DELETE /v1/users/:userId/passkeys/:passkeyId", [Told("users.<userId>.update", "User", USER)],
         refused=Refused(at={"passkeyId": "none"})),
    Line("DELETE /v1/users/identities/:identityId",
         [Told("users.<userId>.identities.<identityId>.delete", "Identity", USER)],
         refused=Refused(at={"identityId": "none"})),
], _with_factors)  # fmt: skip

SCENES = [CRUD, FACTORS]

"""What people do with their own accounts: told to themselves."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.api.account.factors import code, forget_steps
from tests.api.account.flows import identity, mock_phone
from tests.api.account.oauth2_world import Browser, set_up
from tests.api.account.oidc_server import serving
from tests.api.account.passkeys import page
from tests.api.events.stage import Line, Refused, Scene, Stage, Told
from tests.authenticator import Device
from tests.client import PASSWORD, Answer, Api

ADA = ["user:<userId>"]
CODE = "246810"
PAGE = "http://localhost:3000/page"
NEW = "another long password"


def _event(rest: str, model: str = "User") -> list[Told]:
    return [Told(f"users.<userId>.{rest}", model, ADA)]


def _ada(stage: Stage) -> None:
    user = stage.sandbox.user("Ada")
    stage.memory |= {"ada": user, "userId": user.id, "email": user.email, "phone": mock_phone(stage.sandbox, CODE)}


def _verified_phone(stage: Stage) -> None:
    _ada(stage)
    stage.memory["ada"].patch("/account/phone", phone=stage.memory["phone"], password=PASSWORD).ok()


def _open_link(stage: Stage) -> None:
    stage.memory["secret"] = stage.mailbox.wait(stage.memory["email"]).query["secret"]


def _read_code(stage: Stage) -> None:
    stage.memory["secret"] = stage.mailbox.wait(stage.memory["email"]).code


def _token(stage: Stage) -> None:
    stage.memory["secret"] = stage.sandbox.key.post(f"/users/{stage.memory['userId']}/tokens").ok(201)["secret"]


def _text_message(stage: Stage) -> None:
    stage.sandbox.guest.post("/account/tokens/phone", userId="unique()", phone=stage.memory["phone"]).ok(201)


_REDEEM = {"userId": "<userId>", "secret": "<secret>"}
_BY_CODE = {"userId": "<userId>", "secret": CODE}
WRONG = Refused(body={"secret": "000000"})


# --- profile and sessions -------------------------------------------------------------------------------------------
PROFILE = Scene("account", [
    Line("POST /v1/account", [Told("users.new.create", "User", ["user:new"])], by="guest",
         body={"userId": "new", "email": "new@example.com", "password": PASSWORD},
         refused=Refused(body={"email": "<email>"})),
    Line("PATCH /v1/account/prefs", _event("update.prefs"), {"prefs": {"a": 1}}, "ada",
         refused=Refused(body={"prefs": "x"})),
    Line("PATCH /v1/account/name", _event("update.name"), {"name": "New"}, "ada", refused=Refused(body={"name": 5})),
    Line("PATCH /v1/account/password", _event("update.password"), {"password": NEW, "oldPassword": PASSWORD}, "ada",
         refused=Refused(body={"oldPassword": "wrong password"})),
    Line("PATCH /v1/account/email", _event("update.email"), {"email": "ada@example.com", "password": NEW}, "ada",
         refused=Refused(body={"password": "wrong password"})),
    Line("PATCH /v1/account/phone", _event("update.phone"), {"phone": "<phone>", "password": NEW}, "ada",
         refused=Refused(body={"password": "wrong password"})),
    Line("POST /v1/account/jwts", by="ada"),
    Line("POST /v1/account/targets/push", _event("targets.phone.create", "Target"),
         {"targetId": "phone", "identifier": "device"}, "ada"),
    Line("PUT /v1/account/targets/:targetId/push", _event("targets.phone.update", "Target"), {"identifier": "other"},
         "ada", {"targetId": "phone"}, Refused(at={"targetId": "none"})),
    Line("DELETE /v1/account/targets/:targetId/push", _event("targets.phone.delete", "Target"), by="ada",
         at={"targetId": "phone"}, refused=Refused(at={"targetId": "none"})),
    Line("DELETE /v1/account/identities/:identityId", _event("identities.<identityId>.delete", "Identity"), by="ada",
         before=lambda stage: _identity(stage), refused=Refused(at={"identityId": "none"})),
    Line("PATCH /v1/account/status", _event("update.status"), by="ada"),
], _ada)  # fmt: skip


def _identity(stage: Stage) -> None:
    identity(stage.sandbox, stage.memory["userId"], "elsewhere@example.com")
    stage.memory["identityId"] = stage.memory["ada"].get("/account/identities").ok()["identities"][0]["$id"]


SESSIONS = Scene("sessions", [
    Line("POST /v1/account/sessions/email", _event("sessions.<sessionId>.create", "Session"), by="guest",
         body={"email": "<email>", "password": PASSWORD}, keep={"sessionId": "$id"},
         refused=Refused(body={"password": "wrong password"})),
    Line("PATCH /v1/account/sessions/:sessionId", _event("sessions.<sessionId>.update", "Session"), by="ada",
         refused=Refused(at={"sessionId": "none"})),
    Line("DELETE /v1/account/sessions/:sessionId", _event("sessions.<sessionId>.delete", "Session"), by="ada",
         refused=Refused(at={"sessionId": "none"})),
    Line("DELETE /v1/account/sessions", _event("sessions.[ended].delete", "Session"), by="ada"),
    Line("POST /v1/account/sessions/anonymous", [
        Told("users.[anonymous].create", "User", ["user:<anonymous>"]),
        Told("users.<anonymous>.sessions.<sessionId>.create", "Session", ["user:<anonymous>"])],
        by="guest", keep={"sessionId": "$id"}, refused=Refused("again"), before=lambda stage: _again(stage)),
    Line("POST /v1/account/sessions/token", _event("sessions.<sessionId>.create", "Session"), _REDEEM, "guest",
         keep={"sessionId": "$id"}, refused=WRONG, before=_token),
    Line("POST /v1/account/tokens/magic-url", by="guest", body={"userId": "unique()", "email": "<email>", "url": PAGE},
         refused=Refused(body={"email": "x"})),
    Line("PUT /v1/account/sessions/magic-url", _event("sessions.<sessionId>.create", "Session"), _REDEEM, "guest",
         keep={"sessionId": "$id"}, refused=WRONG, before=_open_link),
    Line("POST /v1/account/tokens/email", [Told("users.late.create", "User", ["user:late"])], by="guest",
         body={"userId": "late", "email": "late@example.com"}, refused=Refused(body={"email": "x"})),
    Line("POST /v1/account/tokens/phone", [Told("users.called.create", "User", ["user:called"])], by="guest",
         body={"userId": "called", "phone": "<phone>"}, refused=Refused(body={"phone": "x"})),
    Line("PUT /v1/account/sessions/phone", by="guest", keep={"sessionId": "$id"}, refused=WRONG,
         told=[Told("users.called.sessions.<sessionId>.create", "Session", ["user:called"])],
         body={"userId": "called", "secret": CODE}),
], _ada)  # fmt: skip


ENDED = Scene("account deleted", [Line("DELETE /v1/account", _event("delete"), by="ada")], _ada)


def _again(stage: Stage) -> None:
    answer = stage.sandbox.guest.post("/account/sessions/email", email=stage.memory["email"], password=PASSWORD)
    stage.memory["again"] = stage.sandbox.guest.as_(Cookie=answer.headers["set-cookie"].partition(";")[0])


# --- proofs ---------------------------------------------------------------------------------------------------------
def _recovery(path: str, way: str, ask: dict[str, Any], before: Any) -> list[Line]:
    return [
        Line(f"POST /v1/account/{path}", _event("recovery.<tokenId>.create", "Token"), {"email": "<email>", **ask},
             "guest", keep={"tokenId": "$id"}, refused=Refused(body={"email": "nobody@example.com"})),
        Line(f"PUT /v1/account/{path}", _event("recovery.<tokenId>.update", "Token"), by="guest", before=before,
             body={**_REDEEM, "password": NEW + way}, refused=WRONG),
    ]  # fmt: skip


def _verification(path: str, ask: dict[str, Any], use: dict[str, Any], before: Any = None) -> list[Line]:
    return [
        Line(f"POST /v1/account/verifications/{path}", _event("verification.<tokenId>.create", "Token"), ask, "ada",
             keep={"tokenId": "$id"}),
        Line(f"PUT /v1/account/verifications/{path}", _event("verification.<tokenId>.update", "Token"), use, "guest",
             before=before, refused=WRONG),
    ]  # fmt: skip


def _unverified(stage: Stage) -> None:
    stage.memory["ada"].sql("UPDATE users SET email_verification = false WHERE id = $1", stage.memory["userId"])


RECOVERY = Scene("recovery", [
    *_recovery("recovery", "1", {"url": PAGE}, _open_link), *_recovery("recovery/otp", "2", {}, _read_code),
], _ada)  # fmt: skip
VERIFICATION = Scene("verification", [
    *_verification("email", {"url": PAGE}, _REDEEM, _open_link),
    *_verification("phone", {}, _BY_CODE),
], _verified_phone)  # fmt: skip
VERIFICATION_BY_CODE = Scene("verification by code", _verification("email/otp", {}, _REDEEM, _read_code), _ada)


# --- factors --------------------------------------------------------------------------------------------------------
def _set_up(stage: Stage, caller: Api, path: str, body: dict[str, Any]) -> Answer:
    answer = caller.post(path)
    if answer.status < 400:
        stage.memory["totp"] = answer.json["secret"]
    return answer


def _prove(stage: Stage) -> None:
    forget_steps(stage.memory["ada"])
    stage.memory["otp"] = code(stage.memory["totp"])


MFA = Scene("factors", [
    Line("POST /v1/account/mfa/authenticators/:type", _event("update.mfa"), by="ada", at={"type": "totp"},
         send=_set_up),
    Line("PUT /v1/account/mfa/authenticators/:type", _event("update.mfa"), {"otp": "<otp>"}, "ada", {"type": "totp"},
         Refused(body={"otp": "000000"}), before=_prove),
    Line("PATCH /v1/account/mfa", _event("update.mfa"), {"mfa": True}, "ada", refused=Refused(body={"mfa": "x"})),
    Line("POST /v1/account/mfa/challenges", _event("challenges.<challengeId>.create", "MfaChallenge"),
         {"factor": "totp"}, "ada", keep={"challengeId": "$id"}, refused=Refused(body={"factor": "none"})),
    Line("PUT /v1/account/mfa/challenges", _event("sessions.<sessionId>.create", "Session"), by="ada",
         body={"challengeId": "<challengeId>", "otp": "<otp>"}, keep={"sessionId": "$id"}, before=_prove,
         refused=Refused(body={"otp": "000000"})),
    Line("POST /v1/account/mfa/recovery-codes", _event("update.mfa"), by="ada"),
    Line("PATCH /v1/account/mfa/recovery-codes", _event("update.mfa"), by="ada"),
    Line("DELETE /v1/account/mfa/authenticators/:type", _event("delete.mfa"), by="ada", at={"type": "totp"}),
], _ada)  # fmt: skip


# --- passkeys -------------------------------------------------------------------------------------------------------
def _device(stage: Stage) -> None:
    _ada(stage)
    device = stage.memory["device"] = Device()
    stage.memory |= {"page": page(stage.memory["ada"], device), "stranger": page(stage.sandbox.guest, device)}
    stage.memory["foreign"] = page(stage.sandbox.guest, Device("https://elsewhere.test"))


def _made(stage: Stage) -> None:
    stage.memory["credential"] = stage.memory["device"].create(stage.memory["options"])


def _signed(stage: Stage) -> None:
    stage.memory["credential"] = stage.memory["device"].get(stage.memory["options"])


_KEPT = {"options": "publicKey", "passkeyId": "passkeyId"}
PASSKEYS = Scene("passkeys", [
    Line("POST /v1/account/passkeys", by="page", body={"name": "Laptop"}, keep=_KEPT,
         refused=Refused(body={"name": 5})),
    Line("PUT /v1/account/passkeys/:passkeyId/verification", _event("update"), {"credential": "<credential>"}, "page",
         before=_made, refused=Refused(at={"passkeyId": "none"})),
    Line("PATCH /v1/account/passkeys/:passkeyId", _event("update"), {"name": "Phone"}, "page",
         refused=Refused(at={"passkeyId": "none"})),
    Line("POST /v1/account/tokens/passkey", by="stranger", keep={"options": "publicKey", "challengeId": "$id"},
         refused=Refused("foreign")),
    Line("PUT /v1/account/tokens/passkey", by="stranger", before=_signed, refused=Refused(body={"challengeId": "x"}),
         body={"challengeId": "<challengeId>", "credential": "<credential>"}),
    Line("DELETE /v1/account/passkeys/:passkeyId", _event("update"), by="page",
         refused=Refused(at={"passkeyId": "none"})),
], _device)  # fmt: skip


# --- accounts elsewhere ---------------------------------------------------------------------------------------------
def _provider(stage: Stage) -> None:
    provider = stage.enter(serving())
    set_up(stage.sandbox, provider)
    provider.user = {"sub": "1", "email": "elsewhere@example.com", "email_verified": True, "name": "Ada"}
    browser = Browser(stage.sandbox)
    callback = browser.consent(browser.start())
    stage.memory |= {"browser": browser, "provider": "oidc", "sent": dict(parse_qsl(urlsplit(callback).query))}


def _posted(stage: Stage, caller: Api, path: str, form: dict[str, Any]) -> Answer:
    """Some providers let the browser post what others put into the address; from there it is the same way."""
    return caller.send("POST", path, data=form)


def _redirected(stage: Stage, caller: Api, path: str, query: dict[str, Any]) -> Answer:
    browser: Browser = stage.memory["browser"]
    return browser.visit("/v1" + path, project=stage.sandbox.id, **query)


ELSEWHERE = Scene("accounts elsewhere", [
    Line("POST /v1/account/sessions/oauth2/callback/:provider/:projectId", by="guest", send=_posted, body="<sent>",
         refused=Refused(at={"provider": "none"})),
    Line("GET /v1/account/sessions/oauth2/:provider/redirect", [
        Told("users.[userId].create", "User", ADA),
        Told("users.<userId>.sessions.[sessionId].create", "Session", ADA),
    ], body="<sent>", by="guest", send=_redirected, refused=Refused(body={"state": "x"})),
], _provider)  # fmt: skip

SCENES = [PROFILE, ENDED, SESSIONS, RECOVERY, VERIFICATION, VERIFICATION_BY_CODE, MFA, PASSKEYS, ELSEWHERE]

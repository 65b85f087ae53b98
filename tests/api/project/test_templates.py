"""The texts of mails: the server's own in many languages, and a project's own in their place."""

from __future__ import annotations

import pytest

from appwrite_py.delivery.templates import LOCALES, TEMPLATES
from tests.api.project.tools import key_with, last, query
from tests.client import Sandbox
from tests.mailbox import Mailbox

PATH = "/project/templates/email"
OWN = {"templateId": "recovery", "subject": "Reset {{project}}", "message": "<p>Hi {{user}}: {{redirect}}</p>"}


@pytest.fixture
def branded(sandbox: Sandbox, mailbox: Mailbox) -> Sandbox:
    """A project with a mail server of its own."""
    smtp = {"host": mailbox.host, "port": mailbox.port, "senderEmail": "team@project.example", "senderName": "Team"}
    sandbox.key.patch("/project/smtp", **smtp, enabled=True).ok(200)
    return sandbox


def test_the_servers_own(sandbox: Sandbox) -> None:
    for template in TEMPLATES:
        found = sandbox.key.get(f"{PATH}/{template}").ok(200)
        assert (found["templateId"], found["locale"]) == (template, "en")
        assert "{{project}}" in found["message"]
        assert found["subject"]
        placeholder = "{{otp}}" if template in ("mfaChallenge", "otpSession") else "{{redirect}}"
        assert (placeholder in found["message"]) == (template != "sessionAlert")
    german = sandbox.key.get(f"{PATH}/recovery", locale="de-AT").ok(200)
    assert german["locale"] == "de-at"
    assert "Passwort" in german["subject"]
    assert sandbox.key.get(PATH).ok(200) == {"total": 0, "templates": []}


def test_every_locale_has_a_text(sandbox: Sandbox) -> None:
    for locale in LOCALES:
        assert sandbox.key.get(f"{PATH}/invitation", locale=locale).ok(200)["subject"]
    for wrong in ("xx", "e", "../en", "en_US"):
        sandbox.key.get(f"{PATH}/invitation", locale=wrong).fails(400, "general_argument_invalid")
    sandbox.key.get(f"{PATH}/unknown").fails(400, "general_argument_invalid")


def test_writing_one(branded: Sandbox) -> None:
    made = branded.key.patch(PATH, **OWN, locale="DE", senderName="We", replyToEmail="r@project.example").ok(200)
    assert made == {
        "templateId": "recovery", "locale": "de", "subject": OWN["subject"], "message": OWN["message"],
        "senderName": "We", "senderEmail": "", "replyToEmail": "r@project.example", "replyToName": "",
    }  # fmt: skip
    assert branded.events() == ["templates.recovery.update"]
    assert branded.audits()[-1] == ("project.template.update", "project.template/recovery")
    assert last(branded)["payload"] == made
    changed = branded.key.patch(PATH, templateId="recovery", locale="de", subject="Neu", senderName="").ok(200)
    assert changed == made | {"subject": "Neu", "senderName": ""}
    assert branded.admin.get(f"{PATH}/recovery", locale="de").ok(200) == changed
    assert branded.key.get(f"{PATH}/recovery").ok(200)["subject"] != "Neu"
    branded.key.patch(PATH, **OWN | {"templateId": "invitation"}).ok(200)
    listed = branded.key.get(PATH).ok(200)
    assert [(item["templateId"], item["locale"]) for item in listed["templates"]] == [
        ("recovery", "de"), ("invitation", "en"),
    ]  # fmt: skip
    page = branded.key.get(PATH, [query("offset", "", 1)], total=False).ok(200)
    assert (page["total"], page["templates"]) == (0, listed["templates"][1:])
    branded.key.get(PATH, [query("equal", "locale", "de")]).fails(400, "general_query_invalid")


def test_what_is_refused(sandbox: Sandbox, branded: Sandbox) -> None:
    other = Sandbox.create(sandbox.console)
    other.key.patch(PATH, **OWN).fails(400, "general_argument_invalid")  # no mail server of its own
    for body in (
        {"subject": "a"}, {"message": "a"}, {"subject": ""}, OWN | {"templateId": "welcome"}, OWN | {"locale": "xx"},
        OWN | {"senderEmail": "me"}, OWN | {"replyToEmail": "a@b.c\nBcc: x@y.z"}, OWN | {"subject": "x" * 256},
        OWN | {"message": ""},
    ):  # fmt: skip
        branded.key.patch(PATH, **{"templateId": "recovery"} | body).fails(400, "general_argument_invalid")
    assert branded.key.get(PATH).ok(200)["total"] == 0
    assert branded.events() == []


def test_who_may(branded: Sandbox) -> None:
    reader, writer = key_with(branded, "templates.read"), key_with(branded, "templates.write")
    writer.patch(PATH, **OWN).ok(200)
    for caller in (branded.guest, branded.user(), writer):
        caller.get(PATH).fails(401, "general_unauthorized_scope")
        caller.get(f"{PATH}/recovery").fails(401, "general_unauthorized_scope")
    for caller in (branded.guest, branded.user(), reader):
        caller.patch(PATH, **OWN).fails(401, "general_unauthorized_scope")
    assert reader.get(PATH).ok(200)["total"] == 1


def test_older_clients(branded: Sandbox) -> None:
    old = branded.console.caller.as_(X_Appwrite_Response_Format="1.8.0")
    path = f"/projects/{branded.id}/templates/email/recovery/fr"
    body = {"subject": "Sujet", "message": "Texte", "replyTo": "r@project.example"}
    assert old.patch(path, **body).ok(200)["replyTo"] == "r@project.example"
    found = old.get(path).ok(200)
    assert (found["type"], found["locale"], found["subject"]) == ("recovery", "fr", "Sujet")
    assert "templateId" not in found


def test_an_own_text_is_sent(branded: Sandbox, mailbox: Mailbox) -> None:
    message = "<h1>{{heading}}</h1><p>{{user}} {{ nope }} {{redirect}}</p>"
    text = {"subject": "Neu: {{project}}", "message": message, "senderEmail": "pw@project.example", "senderName": "PW"}
    branded.key.patch(PATH, templateId="recovery", locale="de", **text).ok(200)
    user = branded.user(name="<img src=x onerror=alert(1)> {{redirect}}")
    body = {"email": user.email, "url": "http://localhost/reset"}
    german = branded.guest.as_(X_Appwrite_Locale="de-CH")
    german.post("/account/recovery", **body).ok(201)
    mail = mailbox.wait(user.email)
    assert mail.subject == "Neu: Sandbox"
    assert str(mail.message["From"]) == "PW <pw@project.example>"
    assert "<h1>Neu: Sandbox</h1><p>&lt;img src=x onerror=alert(1)&gt; {{redirect}} {{ nope }} http" in mail.html
    assert "<img src=x onerror=alert(1)> {{redirect}}" in mail.text
    branded.guest.post("/account/recovery", **body).ok(201)  # in English there is none
    assert "Reset your password" in mailbox.wait(user.email).subject
    branded.key.patch("/project/smtp", enabled=False).ok(200)  # own texts go over the own server only
    german.post("/account/recovery", **body).ok(201)
    mail = mailbox.wait(user.email)
    assert mail.subject != "Neu: Sandbox"
    assert mail.sender == "noreply@localhost"

"""The project's own mail server: set up, tried out, used; and the mail that tests it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from appwrite_py.kit.outbound import Outbound
from tests.api.project.tools import key_with
from tests.client import Sandbox
from tests.mailbox import Mailbox


@pytest.fixture
def own() -> Iterator[Mailbox]:
    """A mail server of the project, which wants a login."""
    with Mailbox(users={"mailer": "s3cret pass"}) as box:
        yield box


def config(box: Mailbox, **more: Any) -> dict[str, Any]:
    return {
        "host": box.host, "port": box.port, "username": "mailer", "password": "s3cret pass",
        "senderEmail": "team@project.example", "senderName": "The Team",
    } | more  # fmt: skip


def test_set_up_and_used(sandbox: Sandbox, own: Mailbox) -> None:
    project = sandbox.key.patch("/project/smtp", **config(own, replyToEmail="help@project.example")).ok(200)
    shown = {name: value for name, value in project.items() if name.startswith("smtp")}
    assert shown == {
        "smtpEnabled": True, "smtpSenderName": "The Team", "smtpSenderEmail": "team@project.example",
        "smtpReplyToName": "", "smtpReplyToEmail": "help@project.example", "smtpHost": own.host, "smtpPort": own.port,
        "smtpUsername": "mailer", "smtpPassword": "", "smtpSecure": "",
    }  # fmt: skip
    assert sandbox.audits() == [("project.smtp.update", f"project.smtp/{sandbox.id}")]
    sandbox.key.post("/project/smtp/tests", emails=["a@example.com", "b@example.com", "a@example.com"]).ok(204)
    mail = own.wait("a@example.com")
    assert (mail.login, mail.sender) == ("mailer", "team@project.example")
    assert str(mail.message["From"]) == "The Team <team@project.example>"
    assert str(mail.message["Reply-To"]) == "help@project.example"
    assert "Sandbox" in mail.subject
    assert "The Team (team@project.example)" in mail.text
    own.wait("b@example.com")
    assert own.of("a@example.com") == []
    assert sandbox.audits()[-1] == ("project.smtp.test", f"project/{sandbox.id}")


def test_the_password_is_nowhere_to_be_read(sandbox: Sandbox, own: Mailbox) -> None:
    sandbox.key.patch("/project/smtp", **config(own)).ok(200)
    row = sandbox.key.sql("SELECT smtp, smtp_password_sealed FROM projects WHERE id = $1", sandbox.id)[0]
    assert "s3cret" not in str(row["smtp"])
    assert b"s3cret" not in row["smtp_password_sealed"]
    told = sandbox.key.sql("SELECT payload FROM outbox WHERE project_id = $1", sandbox.id)
    assert "s3cret" not in str([dict(item) for item in told])


def test_a_change_leaves_the_rest(sandbox: Sandbox, own: Mailbox) -> None:
    sandbox.key.patch("/project/smtp", **config(own)).ok(200)
    assert sandbox.key.patch("/project/smtp", senderName="Others").ok(200)["smtpHost"] == own.host
    sandbox.key.post("/project/smtp/tests", emails=["c@example.com"]).ok(204)
    assert str(own.wait("c@example.com").message["From"]) == "Others <team@project.example>"
    assert sandbox.key.patch("/project/smtp", enabled=False).ok(200)["smtpEnabled"] is False
    assert sandbox.key.patch("/project/smtp", senderName="", enabled=False).ok(200)["smtpSenderName"] == ""
    assert sandbox.key.patch("/project/smtp", enabled=True).ok(200)["smtpEnabled"] is True


def test_a_server_that_does_not_work(sandbox: Sandbox, own: Mailbox) -> None:
    for wrong in ({"password": "other"}, {"port": 1}, {"secure": "tls"}, {"secure": "ssl"}, {"host": "x.invalid"},
                  {"port": 70_000}, {"port": -1}, {"host": "*"}):  # fmt: skip
        answer = sandbox.key.patch("/project/smtp", **config(own, **wrong), enabled=True)
        answer.fails(400, "project_smtp_config_invalid")
        assert "s3cret" not in answer.json["message"]
    for missing in ("host", "port", "senderEmail"):
        body = {name: value for name, value in config(own).items() if name != missing}
        sandbox.key.patch("/project/smtp", **body, enabled=True).fails(400, "general_argument_invalid")
    assert sandbox.key.get("/project").ok(200)["smtpHost"] == ""
    assert sandbox.audits() == []
    kept = sandbox.key.patch("/project/smtp", **config(own, password="other")).ok(200)
    assert (kept["smtpEnabled"], kept["smtpHost"]) == (False, own.host)


def test_bad_input(sandbox: Sandbox, own: Mailbox) -> None:
    for wrong in ({"host": "http://x"}, {"port": "25"}, {"secure": "starttls"}, {"senderEmail": "me"},
                  {"senderName": "x" * 257}, {"enabled": "yes"}, {"replyToEmail": "a@b.c\r\nBcc: d@e.f"}):  # fmt: skip
        sandbox.key.patch("/project/smtp", **config(own, **wrong)).fails(400, "general_argument_invalid")
    sandbox.key.patch("/project/smtp", **config(own, senderName="Me\r\nBcc: evil@example.com")).ok(200)
    sandbox.key.post("/project/smtp/tests", emails=["d@example.com"]).ok(204)
    mail = own.wait("d@example.com")
    assert mail.message["Bcc"] is None
    assert str(mail.message["From"]) == '"Me Bcc: evil@example.com" <team@project.example>'


def test_addresses_of_the_network_are_refused(sandbox: Sandbox, own: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.key.resources.outbound, "_allow_private", False)
    for host in (own.host, "localhost", "169.254.169.254", "10.0.0.1"):
        answer = sandbox.key.patch("/project/smtp", **config(own, host=host), enabled=True)
        answer.fails(400, "project_smtp_config_invalid")
        assert "private address" in answer.json["message"]
    assert isinstance(sandbox.key.resources.outbound, Outbound)


def test_test_mails_need_a_server(sandbox: Sandbox, own: Mailbox) -> None:
    sandbox.key.post("/project/smtp/tests", emails=["e@example.com"]).fails(400, "general_argument_invalid")
    sandbox.key.patch("/project/smtp", **config(own)).ok(200)
    for emails in (["nobody"], [f"{n}@example.com" for n in range(11)], "e@example.com", None):
        sandbox.key.post("/project/smtp/tests", emails=emails).fails(400, "general_argument_invalid")
    sandbox.key.post("/project/smtp/tests", emails=["e@example.com"], host=own.host).fails(
        400, "general_argument_invalid"
    )


def test_who_may(sandbox: Sandbox, own: Mailbox) -> None:
    for caller in (sandbox.guest, sandbox.user(), key_with(sandbox, "project.read")):
        caller.patch("/project/smtp", **config(own)).fails(401, "general_unauthorized_scope")
        caller.post("/project/smtp/tests", emails=["f@example.com"]).fails(401, "general_unauthorized_scope")
    assert own.letters == []


def test_older_clients(sandbox: Sandbox, own: Mailbox) -> None:
    old = sandbox.console.caller.as_(X_Appwrite_Response_Format="1.8.0")
    body = config(own, replyTo="help@project.example", secure="", enabled=True)
    project = old.patch(f"/projects/{sandbox.id}/smtp", **body).ok(200)
    assert (project["smtpReplyToEmail"], project["smtpEnabled"]) == ("help@project.example", True)
    old.patch(f"/projects/{sandbox.id}/smtp", enabled=False).ok(200)
    body = config(own, emails=["g@example.com"], senderName="Given", replyTo="r@project.example")
    old.post(f"/projects/{sandbox.id}/smtp/tests", **body).ok(204)
    mail = own.wait("g@example.com")
    assert str(mail.message["From"]) == "Given <team@project.example>"
    assert str(mail.message["Reply-To"]) == "r@project.example"
    jobs = sandbox.key.sql("SELECT payload FROM pgqueuer WHERE entrypoint = 'mail'")
    assert all(b"s3cret" not in job["payload"] for job in jobs)

"""Mails and text messages as jobs: sealed while they wait, and sent to where the project's settings say by then."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from appwrite_py.data.pg import Pool, Work
from appwrite_py.delivery import sms
from appwrite_py.delivery.mail import Mail, NotDelivered, SmtpServer, deliver
from appwrite_py.jobs import queue
from appwrite_py.jobs.worker import GivenUp, Handler
from appwrite_py.kit.crypto import Vault
from appwrite_py.kit.outbound import Outbound
from appwrite_py.platform import mail as project_mail
from appwrite_py.settings import Settings

MAIL = "mail"
SMS = "sms"

_PROJECT = "SELECT id, smtp, smtp_password_sealed FROM projects WHERE id = $1"


async def enqueue_mail(
    work: Work, vault: Vault, project_id: str, mail: Mail, *, own: bool, server: SmtpServer | None = None
) -> None:
    """Send a mail when the unit of work is committed. `own`: over the project's mail server, or the one that is given.

    A mail that was written for the project's server never goes over this server's, since its sender and its words are
    the project's.
    """
    job = {"project": project_id, "own": own, "server": server and asdict(server), "mail": asdict(mail)}
    await queue.enqueue(work, MAIL, _seal(vault, MAIL, job))


async def enqueue_sms(work: Work, vault: Vault, project_id: str, to: str, text: str) -> None:
    """Send a text message when the unit of work is committed."""
    await queue.enqueue(work, SMS, _seal(vault, SMS, {"project": project_id, "to": to, "text": text}))


def mail_job(pool: Pool, vault: Vault, settings: Settings, outbound: Outbound) -> Handler:
    """What sends the mails of the queue."""

    async def run(payload: bytes) -> None:
        job = _open(vault, MAIL, payload)
        mail = Mail(**job["mail"])
        try:
            if job["own"]:
                await deliver(mail, await _own_server(pool, vault, job), outbound=outbound)
            else:
                await deliver(mail, _server(settings))
        except NotDelivered as cause:
            raise _failed(cause, job["project"], mail.to_email) from cause

    return run


def sms_job(vault: Vault, settings: Settings) -> Handler:
    """What sends the text messages of the queue. Raises ValueError for a setting that cannot be read."""

    def routes() -> sms.Routes:
        return sms.read_providers(settings.sms_provider, settings.sms_from)

    async def run(payload: bytes) -> None:
        job = _open(vault, SMS, payload)
        try:
            await routes().send(job["to"], job["text"])
        except NotDelivered as cause:
            raise _failed(cause, job["project"], job["to"]) from cause

    routes()  # a wrong setting is told at the start, not when the first message waits
    return run


async def _own_server(pool: Pool, vault: Vault, job: dict[str, Any]) -> SmtpServer:
    if job["server"]:
        return SmtpServer(**job["server"])
    project = await pool.fetchrow(_PROJECT, job["project"])
    if project is None or not project_mail.has_own(project):
        raise NotDelivered("The project has no mail server any more.", final=True)
    return project_mail.own_server(project, vault)


def _server(settings: Settings) -> SmtpServer:
    server = project_mail.server_of(settings)
    if server is None:
        raise NotDelivered("No mail server is configured any more.", final=True)
    return server


def _failed(cause: NotDelivered, project_id: str, to: str) -> Exception:
    """The error that is logged: whom it was for, never what was in it."""
    why = f"{cause} (project {project_id}, to {to})"
    return GivenUp(why) if cause.final else NotDelivered(why, final=False)


def _seal(vault: Vault, kind: str, job: dict[str, Any]) -> bytes:
    return vault.seal(orjson.dumps(job).decode(), f"job:{kind}")


def _open(vault: Vault, kind: str, payload: bytes) -> dict[str, Any]:
    try:
        job: dict[str, Any] = orjson.loads(vault.open(payload, f"job:{kind}"))
    except ValueError as cause:
        raise GivenUp("The job was sealed with another key.") from cause
    return job

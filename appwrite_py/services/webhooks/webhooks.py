"""Webhooks of the project: what each is told of, where, and how it knows that we are the one who tells."""

from __future__ import annotations

from typing import Annotated

from appwrite_py import errors
from appwrite_py.data import listing
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, Flag, LooseFlag, Queries, Text128, Uid
from appwrite_py.http.registry import SERVER, Also, Service
from appwrite_py.http.webhook_model import Webhook, webhook
from appwrite_py.kit.addresses import is_public_name
from appwrite_py.kit.urls import host_of
from appwrite_py.platform import webhooks
from appwrite_py.platform.tables import webhooks as table
from appwrite_py.platform.webhooks import Target
from appwrite_py.services.webhooks.models import WebhookList

service = Service("webhooks", "/v1/webhooks", within="project")

Url = Annotated[str, rules.Url(schemes=("http", "https"))]
Events = Annotated[list[str], rules.ListOf(rules.Event(), 100)]
# Older clients know these by other names
Tls = Annotated[bool, rules.Boolean(), Also(("security",))]
Username = Annotated[str, rules.Text(256), Also(("httpUser",))]
Password = Annotated[str, rules.Text(256), Also(("httpPass",))]
Secret = Annotated[str, rules.Text(256, min=8), Also(("signatureKey",))]

_ALIAS = "/v1/projects/:projectId/webhooks"
_QUERYABLE = {
    "name": "name", "url": "url", "httpUser": "auth_username", "security": "tls", "events": "events",
    "enabled": "enabled", "logs": "logs", "attempts": "attempts",
}  # fmt: skip


@service.get("", scope="webhooks.read", sdk="list", callers=SERVER, aliases=[_ALIAS])
async def list_webhooks(ctx: Ctx, queries: Queries = (), total: LooseFlag = True) -> WebhookList:
    """List the webhooks of the project. Their secrets are not shown."""
    where = table.c.project_id == ctx.project.id
    rows, count = await listing.find(ctx.db, table, where, queries, _QUERYABLE, total=total, selectable=False)
    return {"total": count, "webhooks": [webhook(row, ctx.app.vault) for row in rows]}


@service.post(
    "",
    scope="webhooks.write",
    sdk="create",
    callers=SERVER,
    status=201,
    aliases=[_ALIAS],
    event="webhooks.[webhookId].create",
    audit="webhook.create webhook/{response.$id}",
)
async def create(
    ctx: Ctx,
    webhookId: CustomId,
    url: Url,
    name: Text128,
    events: Events,
    enabled: Flag = True,
    tls: Tls = False,
    authUsername: Username = "",
    authPassword: Password = "",
    secret: Secret | None = None,
) -> Webhook:
    """Create a webhook: the URL gets a signed request for each of the events.

    Without a secret to sign with one is made; it is shown in this answer only. Check certificates with `tls`.
    """
    _check_host(ctx, url)
    target = Target(name, url, events, enabled, tls, authUsername, authPassword)
    made = await webhooks.create(ctx.db, ctx.app.vault, ctx.project.id, webhookId, target, secret, ctx.now)
    return _told(ctx, webhook(made.row, ctx.app.vault, made.secret))


@service.get("/:webhookId", scope="webhooks.read", sdk="get", callers=SERVER, aliases=[f"{_ALIAS}/:webhookId"])
async def get(ctx: Ctx, webhookId: Uid) -> Webhook:
    """Get a webhook, with the number of its failures and the log of the last one. Its secret is not shown."""
    return webhook(await webhooks.find(ctx.db, ctx.project.id, webhookId), ctx.app.vault)


@service.put(
    "/:webhookId",
    scope="webhooks.write",
    sdk="update",
    callers=SERVER,
    aliases=[f"{_ALIAS}/:webhookId"],
    event="webhooks.[webhookId].update",
    audit="webhooks.update webhook/{response.$id}",
)
async def update(
    ctx: Ctx,
    webhookId: Uid,
    name: Text128,
    url: Url,
    events: Events,
    enabled: Flag = True,
    tls: Tls = False,
    authUsername: Username = "",
    authPassword: Password = "",
) -> Webhook:
    """Replace all of a webhook but its secret. Enabling it starts the count of failures anew."""
    _check_host(ctx, url)
    target = Target(name, url, events, enabled, tls, authUsername, authPassword)
    row = await webhooks.update(ctx.db, ctx.app.vault, ctx.project.id, webhookId, target, ctx.now)
    return _told(ctx, webhook(row, ctx.app.vault))


@service.patch(
    "/:webhookId/secret",
    scope="webhooks.write",
    sdk="updateSecret",
    callers=SERVER,
    aliases=[f"{_ALIAS}/:webhookId/signature"],
    event="webhooks.[webhookId].update",
    audit="webhooks.update webhook/{response.$id}",
)
async def update_secret(ctx: Ctx, webhookId: Uid, secret: Secret | None = None) -> Webhook:
    """Sign with another secret from now on, a new one where none is sent. It is shown in this answer only."""
    made = await webhooks.rotate(ctx.db, ctx.app.vault, ctx.project.id, webhookId, secret, ctx.now)
    return _told(ctx, webhook(made.row, ctx.app.vault, made.secret))


@service.delete(
    "/:webhookId",
    scope="webhooks.write",
    sdk="delete",
    callers=SERVER,
    aliases=[f"{_ALIAS}/:webhookId"],
    event="webhooks.[webhookId].delete",
    audit="webhook.delete webhook/{request.webhookId}",
)
async def delete(ctx: Ctx, webhookId: Uid) -> None:
    """Delete a webhook and the log of its deliveries. What waits to be sent is dropped."""
    row = await webhooks.delete(ctx.db, ctx.project.id, webhookId)
    _told(ctx, webhook(row, ctx.app.vault))


def _check_host(ctx: Ctx, url: str) -> None:
    """Refuse hosts that no request would reach anyway; whether a name leads inside is seen when it is called."""
    if not ctx.settings.allows_private_networks and not is_public_name(host_of(url)):
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `url` param: it must be a URL of a public domain.")


def _told(ctx: Ctx, shown: Webhook) -> Webhook:
    """The answer; the event that tells of it goes without what only its owner may know."""
    ctx.event_payload = shown | {"secret": "", "authPassword": ""}
    return shown

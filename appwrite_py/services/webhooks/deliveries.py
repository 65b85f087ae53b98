"""What was sent to a webhook and what came back, and sending it once more. Appwrite has no such routes."""

from __future__ import annotations

from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag, Queries, Uid
from appwrite_py.http.registry import SERVER
from appwrite_py.platform import webhook_deliveries, webhooks
from appwrite_py.services.webhooks.models import (
    WebhookDelivery,
    WebhookDeliveryList,
    WebhookSentDelivery,
    delivery,
    sent_delivery,
)
from appwrite_py.services.webhooks.webhooks import service

_PATH = "/:webhookId/deliveries"


@service.get(_PATH, scope="webhooks.read", sdk="listDeliveries", callers=SERVER)
async def list_deliveries(
    ctx: Ctx, webhookId: Uid, queries: Queries = (), total: LooseFlag = True
) -> WebhookDeliveryList:
    """List what was sent to a webhook, or waits to be sent, newest first. Payloads are shown one at a time."""
    webhook = await webhooks.find(ctx.db, ctx.project.id, webhookId)
    rows, count = await webhook_deliveries.find(ctx.db, ctx.project.id, webhook["id"], queries, total=total)
    return {"total": count, "deliveries": [delivery(row) for row in rows]}


@service.get(f"{_PATH}/:deliveryId", scope="webhooks.read", sdk="getDelivery", callers=SERVER)
async def get_delivery(ctx: Ctx, webhookId: Uid, deliveryId: Uid) -> WebhookSentDelivery:
    """Get a delivery with its payload, and the beginning of the last answer."""
    webhook = await webhooks.find(ctx.db, ctx.project.id, webhookId)
    return sent_delivery(await webhook_deliveries.get(ctx.db, ctx.project.id, webhook["id"], deliveryId))


@service.post(
    f"{_PATH}/:deliveryId/replay",
    scope="webhooks.write",
    sdk="replayDelivery",
    callers=SERVER,
    status=202,
    audit="webhook.replay webhook/{request.webhookId}",
)
async def replay(ctx: Ctx, webhookId: Uid, deliveryId: Uid) -> WebhookDelivery:
    """Send a delivery once more: the same payload, to where the webhook leads now, signed with its secret of now.

    That is a delivery of its own, which names the one that it repeats.
    """
    webhook = await webhooks.find(ctx.db, ctx.project.id, webhookId)
    return delivery(await webhook_deliveries.replay(ctx.db, webhook, deliveryId, ctx.now))

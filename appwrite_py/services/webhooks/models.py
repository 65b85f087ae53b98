"""Answers of the webhooks service."""

from __future__ import annotations

from typing import Any

from appwrite_py.data.pg import Record
from appwrite_py.events.names import names_of
from appwrite_py.http.models import Moment, TypedDict
from appwrite_py.http.webhook_model import Webhook
from appwrite_py.kit.clock import iso


class WebhookList(TypedDict):
    total: int
    webhooks: list[Webhook]


WebhookDelivery = TypedDict(
    "WebhookDelivery",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "webhookId": str,
        "event": str,
        "userId": str,
        "replayOf": str,
        "status": str,
        "attempts": int,
        "responseStatus": int,
        "error": str,
        "duration": int,
        "finishedAt": Moment | None,
    },
)


class WebhookDeliveryList(TypedDict):
    total: int
    deliveries: list[WebhookDelivery]


class WebhookSentDelivery(WebhookDelivery):
    events: list[str]
    payload: Any
    responseHeaders: str
    responseBody: str


def delivery(row: Record) -> WebhookDelivery:
    """A delivery as lists show it."""
    return {
        "$id": row["id"],
        "$createdAt": iso(row["created_at"]),
        "$updatedAt": iso(row["updated_at"]),
        "webhookId": row["webhook_id"],
        "event": row["event"],
        "userId": row["user_id"],
        "replayOf": row["replay_of"],
        "status": row["status"],
        "attempts": row["attempts"],
        "responseStatus": row["response_status"],
        "error": row["error"],
        "duration": row["duration_ms"],
        "finishedAt": None if row["finished_at"] is None else iso(row["finished_at"]),
    }


def sent_delivery(row: Record) -> WebhookSentDelivery:
    """A delivery with what is sent and what came back; the body of an event without a payload is an empty list."""
    return {
        **delivery(row),
        "events": list(names_of(row["event"])),
        "payload": [] if row["payload"] is None else row["payload"],
        "responseHeaders": row["response_headers"],
        "responseBody": row["response_body"],
    }

"""Answers about executions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appwrite_py.data.pg import Record
from appwrite_py.http.models import Moment, TypedDict, stamps
from appwrite_py.kit.clock import iso

Headers = TypedDict("Headers", {"name": str, "value": str})
Execution = TypedDict(
    "Execution",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "$permissions": list[str],
        "resourceId": str,
        "resourceType": str,
        "deploymentId": str,
        "trigger": str,
        "status": str,
        "requestMethod": str,
        "requestPath": str,
        "requestHeaders": list[Headers],
        "responseStatusCode": int,
        "responseBody": str,
        "responseHeaders": list[Headers],
        "logs": str,
        "errors": str,
        "duration": float,
        "scheduledAt": Moment | None,
    },
)


class ExecutionList(TypedDict):
    total: int
    executions: list[Execution]


_TOLD_BODY_CHARACTERS = 65_536
_TOLD_LOG_CHARACTERS = 65_536


def execution(row: Record | Mapping[str, Any], *, logs: bool = True) -> Execution:
    """An execution as it is kept: without the body that was answered. `logs`: whether what it has logged is shown."""
    scheduled_at = row["scheduled_at"]
    return {
        **stamps(row),  # type: ignore[typeddict-item]
        "$permissions": row["permissions"],
        "resourceId": row["function_id"],
        "resourceType": "functions",
        "deploymentId": row["deployment_id"],
        "trigger": row["trigger"],
        "status": row["status"],
        "requestMethod": row["method"],
        "requestPath": row["path"],
        "requestHeaders": row["request_headers"],
        "responseStatusCode": row["status_code"],
        "responseBody": "",
        "responseHeaders": row["response_headers"],
        "logs": row["logs"] if logs else "",
        "errors": row["errors"] if logs else "",
        "duration": row["duration"],
        "scheduledAt": None if scheduled_at is None else iso(scheduled_at),
    }


def told(shown: Execution, body: bytes = b"") -> Execution:
    """An execution as its events tell it: with a body that is text and not long, and with the ends of its logs."""
    return shown | {
        "responseBody": _short_text(body),
        "logs": shown["logs"][-_TOLD_LOG_CHARACTERS:],
        "errors": shown["errors"][-_TOLD_LOG_CHARACTERS:],
    }


def _short_text(body: bytes) -> str:
    if len(body) > _TOLD_BODY_CHARACTERS or b"\0" in body:
        return ""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return ""

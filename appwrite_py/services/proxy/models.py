"""Answers about rules."""

from __future__ import annotations

from appwrite_py.data.pg import Record
from appwrite_py.http.models import MaybeMoment, Moment, TypedDict, stamps
from appwrite_py.platform.rules import FUNCTION

ProxyRule = TypedDict(
    "ProxyRule",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "domain": str,
        "type": str,
        "trigger": str,
        "redirectUrl": str,
        "redirectStatusCode": int,
        "deploymentId": str,
        "deploymentResourceType": str | None,
        "deploymentResourceId": str,
        "deploymentVcsProviderBranch": str,
        "status": str,
        "logs": str,
        "renewAt": MaybeMoment,
    },
)


class ProxyRuleList(TypedDict):
    total: int
    rules: list[ProxyRule]


def rule(row: Record) -> ProxyRule:
    """A rule as it is shown. Its certificate is the proxy's, which renews it when it likes."""
    return {
        **stamps(row),  # type: ignore[typeddict-item]
        "domain": row["domain"],
        "type": row["type"],
        "trigger": row["trigger"],
        "redirectUrl": row["redirect_url"],
        "redirectStatusCode": row["redirect_status"],
        "deploymentId": row["deployment_id"],
        "deploymentResourceType": None if row["function_id"] is None else FUNCTION,
        "deploymentResourceId": row["function_id"] or "",
        "deploymentVcsProviderBranch": row["branch"],
        "status": row["status"],
        "logs": row["logs"],
        "renewAt": "",
    }

"""Answers about deployments."""

from __future__ import annotations

from typing import Any

from appwrite_py.compute.repositories import Origin
from appwrite_py.data.pg import Record
from appwrite_py.http.models import Moment, TypedDict, stamps

Deployment = TypedDict(
    "Deployment",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "type": str,
        "resourceId": str,
        "resourceType": str,
        "entrypoint": str,
        "sourceSize": int,
        "buildSize": int,
        "totalSize": int,
        "buildId": str,
        "activate": bool,
        "screenshotLight": str,
        "screenshotDark": str,
        "status": str,
        "buildLogs": str,
        "buildDuration": int,
        "providerRepositoryName": str,
        "providerRepositoryOwner": str,
        "providerRepositoryUrl": str,
        "providerCommitHash": str,
        "providerCommitAuthorUrl": str,
        "providerCommitAuthor": str,
        "providerCommitMessage": str,
        "providerCommitUrl": str,
        "providerBranch": str,
        "providerBranchUrl": str,
    },
)


class DeploymentList(TypedDict):
    total: int
    deployments: list[Deployment]


def deployment(row: Record) -> Deployment:
    """A deployment, with where its source came from if that is a repository."""
    return {
        **stamps(row),  # type: ignore[typeddict-item]
        "type": row["type"],
        "resourceId": row["function_id"],
        "resourceType": "functions",
        "entrypoint": row["entrypoint"],
        "sourceSize": row["source_size"],
        "buildSize": row["build_size"],
        "totalSize": row["total_size"],
        "buildId": row["id"],  # clients that still know of builds name them by it
        "activate": row["activate"],
        "screenshotLight": "",
        "screenshotDark": "",
        "status": row["status"],
        "buildLogs": row["build_logs"],
        "buildDuration": row["build_duration"],
        **_provider(row["origin"]),
    }


def _provider(stored: dict[str, Any]) -> dict[str, str]:
    names = "RepositoryName RepositoryOwner RepositoryUrl CommitHash CommitAuthorUrl CommitAuthor CommitMessage"
    fields = dict.fromkeys([*names.split(), "CommitUrl", "Branch", "BranchUrl"], "")
    if stored:
        origin = Origin(**stored)
        fields |= {
            "RepositoryName": origin.repository,
            "RepositoryOwner": origin.owner,
            "RepositoryUrl": origin.url,
            "BranchUrl": f"{origin.url}/blob/{origin.reference}",
        }
        fields |= {"Branch": origin.reference} if origin.kind == "branch" else {}
        fields |= {"CommitHash": origin.reference} if origin.kind == "commit" else {}
    return {f"provider{name}": value for name, value in fields.items()}

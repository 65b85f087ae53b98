"""Answers of the functions service: functions themselves, and what they can be made of."""

from __future__ import annotations

from collections.abc import Iterable

from appwrite_py.data.pg import Record
from appwrite_py.http.models import MaybeMoment, Moment, TypedDict, stamps
from appwrite_py.http.variable_model import Variable, variable
from appwrite_py.kit.clock import iso_or_empty
from appwrite_py.kit.crypto import Vault

Function = TypedDict(
    "Function",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "execute": list[str],
        "name": str,
        "enabled": bool,
        "live": bool,
        "logging": bool,
        "runtime": str,
        "deploymentRetention": int,
        "deploymentId": str,
        "deploymentCreatedAt": MaybeMoment,
        "latestDeploymentId": str,
        "latestDeploymentCreatedAt": MaybeMoment,
        "latestDeploymentStatus": str,
        "scopes": list[str],
        "vars": list[Variable],
        "events": list[str],
        "schedule": str,
        "timeout": int,
        "entrypoint": str,
        "commands": str,
        "version": str,
        "installationId": str,
        "providerRepositoryId": str,
        "providerBranch": str,
        "providerRootDirectory": str,
        "providerSilentMode": bool,
        "providerBranches": list[str],
        "providerPaths": list[str],
        "buildSpecification": str,
        "runtimeSpecification": str,
    },
)


class FunctionList(TypedDict):
    total: int
    functions: list[Function]


def function(row: Record, variables: Iterable[Record], vault: Vault) -> Function:
    """A function with its own variables; where there is no deployment its times are empty."""
    return {
        **stamps(row),  # type: ignore[typeddict-item]
        "execute": row["execute"],
        "name": row["name"],
        "enabled": row["enabled"],
        "live": row["live"],
        "logging": row["logging"],
        "runtime": row["runtime"],
        "deploymentRetention": row["deployment_retention"],
        "deploymentId": row["deployment_id"],
        "deploymentCreatedAt": iso_or_empty(row["deployment_created_at"]),
        "latestDeploymentId": row["latest_deployment_id"],
        "latestDeploymentCreatedAt": iso_or_empty(row["latest_deployment_created_at"]),
        "latestDeploymentStatus": row["latest_deployment_status"],
        "scopes": row["scopes"],
        "vars": [variable(one, vault) for one in variables],
        "events": row["events"],
        "schedule": row["schedule"],
        "timeout": row["timeout"],
        "entrypoint": row["entrypoint"],
        "commands": row["commands"],
        "version": row["version"],
        "installationId": row["installation_id"],
        "providerRepositoryId": row["provider_repository_id"],
        "providerBranch": row["provider_branch"],
        "providerRootDirectory": row["provider_root_directory"],
        "providerSilentMode": row["provider_silent_mode"],
        "providerBranches": row["provider_branches"],
        "providerPaths": row["provider_paths"],
        "buildSpecification": row["build_specification"],
        "runtimeSpecification": row["runtime_specification"],
    }

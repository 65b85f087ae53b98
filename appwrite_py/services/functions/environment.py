"""What functions find in their environment when they are built and when they run.

Variables of the project come first; those of the function win over them, and the server's own over all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appwrite_py.compute.repositories import Origin
from appwrite_py.compute.runtimes import Runtime
from appwrite_py.compute.specifications import Specification
from appwrite_py.data.pg import Source
from appwrite_py.http.answers import API_VERSION
from appwrite_py.kit.crypto import Vault
from appwrite_py.platform import variables
from appwrite_py.platform.endpoint import endpoint
from appwrite_py.settings import Settings

_VARIABLES = """
SELECT v.*, v.resource_type = $2 AS own FROM variables v
WHERE v.project_id = $1 AND (v.resource_type = $4 OR (v.resource_type = $2 AND v.resource_id = $3)) ORDER BY own, seq"""


@dataclass(slots=True, frozen=True)
class Setting:
    """What the server's own variables tell of."""

    project: Mapping[str, Any]
    function: Mapping[str, Any]
    deployment: Mapping[str, Any]
    runtime: Runtime
    specification: Specification


async def given(source: Source, vault: Vault, project_id: str, function_id: str) -> dict[str, str]:
    """The variables that people have set, secret ones too."""
    rows = await source.fetch(_VARIABLES, project_id, variables.FUNCTION, function_id, variables.PROJECT)
    return {row["key"]: variables.value_of(row, vault) for row in rows if _is_name(row["key"])}


def own(settings: Settings, of: Setting) -> dict[str, str]:
    """The server's own variables, without keys."""
    of_function = {
        "API_ENDPOINT": endpoint(settings),
        "ID": of.function["id"],
        "NAME": of.function["name"],
        "DEPLOYMENT": of.deployment["id"],
        "PROJECT_ID": of.function["project_id"],
        "RUNTIME_NAME": of.runtime.name,
        "RUNTIME_VERSION": of.runtime.version,
        "CPUS": f"{of.specification.cpus:g}",
        "MEMORY": str(of.specification.memory_mb),
    }
    return {f"APPWRITE_FUNCTION_{name}": value for name, value in of_function.items()} | {
        "APPWRITE_VERSION": API_VERSION,
        "APPWRITE_REGION": of.project["region"],
        "APPWRITE_DEPLOYMENT_TYPE": of.deployment["type"],
        "OPEN_RUNTIMES_ENTRYPOINT": of.deployment["entrypoint"],
        **_repository(of.deployment),
    }


def _repository(deployment: Mapping[str, Any]) -> dict[str, str]:
    names = "REPOSITORY_ID REPOSITORY_NAME REPOSITORY_OWNER REPOSITORY_URL REPOSITORY_BRANCH REPOSITORY_BRANCH_URL"
    commit = "COMMIT_HASH COMMIT_MESSAGE COMMIT_URL COMMIT_AUTHOR_NAME COMMIT_AUTHOR_URL ROOT_DIRECTORY"
    found = dict.fromkeys([*names.split(), *commit.split()], "")
    if deployment["origin"]:
        origin = Origin(**deployment["origin"])
        found |= {
            "REPOSITORY_NAME": origin.repository,
            "REPOSITORY_OWNER": origin.owner,
            "REPOSITORY_URL": origin.url,
            "ROOT_DIRECTORY": origin.folder,
        }
        kind = {"branch": "REPOSITORY_BRANCH", "commit": "COMMIT_HASH"}.get(origin.kind)
        found |= {kind: origin.reference} if kind else {}
    return {f"APPWRITE_VCS_{name}": value for name, value in found.items()}


def _is_name(key: str) -> bool:
    """Whether a process can have a variable of this name."""
    return bool(key) and "=" not in key

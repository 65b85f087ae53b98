"""Stages of a project's onboarding: the calls that a new project is built with, and which of them have been made.

A stage is named like the SDK method that completes it. The first such call that succeeds is kept with the project, and
stays when what it made is deleted.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from appwrite_py import errors
from appwrite_py.data.pg import Record, Work
from appwrite_py.kit.clock import iso

_CALLS = {
    "project": """createWebPlatform createAndroidPlatform createApplePlatform createWindowsPlatform createLinuxPlatform
        createKey""",
    "users": "create",
    "account": "create createAnonymousSession",
    "teams": "create",
    "tablesDB": "create createTable createRow",
    "documentsDB": "create createCollection createDocument",
    "databases": "create createCollection createDocument",
    "storage": "createBucket createFile",
    "functions": "create createDeployment createTemplateDeployment createVcsDeployment updateFunctionDeployment",
    "messaging": """createTopic createMailgunProvider createSendgridProvider createSesProvider createResendProvider
        createSmtpProvider createSMTPProvider createMsg91Provider createTelesignProvider createTextmagicProvider
        createTwilioProvider createVonageProvider createFcmProvider createFCMProvider createApnsProvider
        createAPNSProvider""",
    "sites": "create createDeployment createTemplateDeployment createVcsDeployment updateSiteDeployment",
}
STAGES = tuple(f"{service}.{call}" for service, calls in _CALLS.items() for call in calls.split())
"""In the order in which they are listed."""

# complete_stage: whoever comes first is kept; what was skipped stays so
_COMPLETE = """
UPDATE projects SET onboarding = onboarding || jsonb_build_object($2::text, $3::jsonb), version = version + 1
WHERE id = $1 AND NOT onboarding ? $2"""
_SKIP = """
UPDATE projects SET onboarding = onboarding || jsonb_build_object($2::text, $3::jsonb), updated_at = $4,
  version = version + 1
WHERE id = $1 AND onboarding #>> ARRAY[$2, 'status'] IS DISTINCT FROM 'completed'"""


class State(TypedDict):
    """How a stage stands, since when, and the kind of caller who brought it there."""

    status: str
    at: str
    actorType: str


_PENDING: State = {"status": "pending", "at": "", "actorType": ""}


def state(project: Record, stage: str) -> State:
    """How a stage of a project stands."""
    found: State = project["onboarding"].get(stage, _PENDING)
    return found


async def complete(work: Work, project_id: str, stage: str, actor_type: str, now: datetime) -> None:
    """Note the call that completes a stage, unless it is completed or skipped already."""
    await work.write(_COMPLETE, project_id, stage, _state("completed", actor_type, now))


async def skip(work: Work, project_id: str, stage: str, actor_type: str, now: datetime) -> None:
    """Skip a stage; one that is completed stays completed."""
    await work.write(_SKIP, project_id, stage, _state("skipped", actor_type, now), now)


def check(stage: str) -> None:
    """Raises GENERAL_ARGUMENT_INVALID unless there is this stage."""
    if stage not in STAGES:
        raise errors.GENERAL_ARGUMENT_INVALID("Invalid `stageId` param: it must be the name of a stage.")


def _state(status: str, actor_type: str, now: datetime) -> State:
    return {"status": status, "at": iso(now), "actorType": actor_type}

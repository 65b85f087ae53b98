"""What `projects` answers beside the project itself (see `http/project_model.py`)."""

from __future__ import annotations

from typing import Any

from appwrite_py.http.models import MaybeMoment, Moment, TypedDict
from appwrite_py.http.project_model import DevKey


class DevKeyList(TypedDict):
    total: int
    devKeys: list[DevKey]


Schedule = TypedDict(
    "Schedule",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "resourceType": str,
        "resourceId": str,
        "resourceUpdatedAt": Moment,
        "projectId": str,
        "schedule": str,
        "data": dict[str, Any],
        "active": bool,
        "region": str,
    },
)


class ScheduleList(TypedDict):
    total: int
    schedules: list[Schedule]


class Stage(TypedDict):
    id: str
    sdk: str
    status: str
    at: MaybeMoment
    actorType: str


class StageList(TypedDict):
    stages: list[Stage]

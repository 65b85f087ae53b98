"""What `projects` answers beside the project itself (see `http/project_model.py`)."""

from __future__ import annotations

from appwrite_py.http.models import TypedDict
from appwrite_py.http.project_model import DevKey


class DevKeyList(TypedDict):
    total: int
    devKeys: list[DevKey]

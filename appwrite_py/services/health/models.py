"""What `health` answers."""

from __future__ import annotations

from typing import Literal

from appwrite_py.http.models import TypedDict


class HealthStatus(TypedDict):
    name: str
    ping: int
    status: Literal["pass", "fail"]


class HealthStatusList(TypedDict):
    total: int
    statuses: list[HealthStatus]


class HealthAntivirus(TypedDict):
    version: str
    status: Literal["disabled", "offline", "online"]


class HealthCertificate(TypedDict):
    name: str
    subjectSN: str
    issuerOrganisation: str
    validFrom: str
    validTo: str
    signatureTypeSN: str


class HealthQueue(TypedDict):
    size: int


class HealthTime(TypedDict):
    remoteTime: int
    localTime: int
    diff: int


class HealthVersion(TypedDict):
    version: str


class StorageStats(TypedDict):
    used: str
    partitionTotal: str
    partitionFree: str


class CacheStats(TypedDict):
    uptime: int
    clients: int
    hits: int
    misses: int
    memory_used: int
    memory_used_human: str
    memory_used_peak: int
    memory_used_peak_human: str


class HealthStats(TypedDict):
    storage: StorageStats
    cache: CacheStats

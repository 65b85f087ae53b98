"""What a User-Agent header tells of operating system, client and device, in the vocabulary of the Matomo catalogue."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

FIELDS = (
    "osCode", "osName", "osVersion", "clientType", "clientCode", "clientName", "clientVersion", "clientEngine",
    "clientEngineVersion", "deviceName", "deviceBrand", "deviceModel",
)  # fmt: skip
# One thread for good: the catalogue's native parser crashes when the thread that first used it has ended.
_reader = ThreadPoolExecutor(1, thread_name_prefix="user-agents")
_CLI = re.compile(r"AppwriteCLI/([\w.\-]+)")


async def describe(user_agent: str) -> dict[str, str]:
    """What the header tells, empty where it tells nothing. An unseen one takes milliseconds, so a thread reads it."""
    return dict(await asyncio.get_running_loop().run_in_executor(_reader, _read, user_agent))


@lru_cache(4096)
def _read(user_agent: str) -> dict[str, str]:
    from device_detector import DeviceDetector  # takes most of a second and 50 MB, the first time

    found = DeviceDetector(user_agent).parse().all_details if user_agent else {}
    os, client, device = found.get("os") or {}, found.get("client") or {}, found.get("device") or {}
    engine = client.get("engine") or ""
    told = {
        "osCode": os.get("short_name"), "osName": os.get("name"), "osVersion": os.get("version"),
        "clientType": client.get("type"), "clientCode": client.get("short_name"), "clientName": client.get("name"),
        "clientVersion": client.get("version"),
        "clientEngine": engine.get("default") if isinstance(engine, dict) else engine,
        "clientEngineVersion": client.get("engine_version"), "deviceName": device.get("type"),
        "deviceBrand": device.get("brand"), "deviceModel": device.get("model"),
    }  # fmt: skip
    if cli := _CLI.search(user_agent):
        told |= {"clientType": "desktop", "clientCode": "cli", "clientName": "Appwrite CLI", "clientVersion": cli[1]}
    return {name: _text(told[name]) for name in FIELDS}


def _text(value: Any) -> str:
    return "" if value is None else str(getattr(value, "value", value))

"""What a build tells: that all of it arrives, in order, however slowly it is taken."""

from __future__ import annotations

import asyncio

import pytest

from appwrite_py.compute import build_logs
from appwrite_py.compute.build_logs import Output


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_what_is_being_handed_on_at_the_end(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(build_logs, "FLUSH_SECONDS", 0.02)
    told: list[str] = []

    async def log(text: str) -> None:
        await asyncio.sleep(seconds)
        told.append(text)

    async def build() -> None:
        async with Output.to(log) as output:
            for number in range(30):
                output.write(f"{number}\n")
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.03)
            output.write("end\n")

    asyncio.run(build())
    assert "".join(told) == "".join(f"{number}\n" for number in range(30)) + "end\n"
    assert len(told) > 1

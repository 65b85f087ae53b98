"""What is a cron expression."""

from __future__ import annotations

import pytest

from appwrite_py.kit.cron import is_cron


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *", "*/5 0-6,22 1 * *", "0 0 * jan MON-FRI", "0 0 L * *", "0 0 * * 5#2", "0 0 ? * 1", "0 0 1 * ?",
        "@daily", "@Hourly", "@yearly", "@annually", "@monthly", "@weekly", "@midnight", "0 0 29 2 *", "0 0 * * 7",
    ],
)  # fmt: skip
def test_is_one(text: str) -> None:
    assert is_cron(text)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "daily", "@reboot", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
        "* * * * 8", "? * * * *", "5-1 * * * *", "*/0 * * * *", "1.5 * * * *", "٣ * * * *", None, 5, ["* * * * *"],
    ],
)  # fmt: skip
def test_is_none(text: object) -> None:
    assert not is_cron(text)

"""How many random examples a test tries: few and always the same ones, or more and new ones where somebody asks.

`APPWRITE_PY_TEST_EXAMPLES=50 make test` tries fifty times as many.
"""

from __future__ import annotations

import os
from datetime import timedelta

from hypothesis import HealthCheck, settings

_TIMES = int(os.environ.get("APPWRITE_PY_TEST_EXAMPLES", "1"))


def tries(count: int) -> settings:
    """Settings for tests whose fixtures may last longer than one example, on machines that may be slow."""
    return settings(
        max_examples=count * _TIMES, derandomize=_TIMES == 1, database=None, deadline=timedelta(seconds=10),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
    )  # fmt: skip

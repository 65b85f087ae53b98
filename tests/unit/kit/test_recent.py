"""What is kept in memory, for how long, and what goes when there is no room."""

from __future__ import annotations

import pytest

from appwrite_py.kit import recent
from appwrite_py.kit.recent import Recent


def test_what_was_asked_for_the_longest_ago_goes_first() -> None:
    kept = Recent[str](10, 5)
    for name in ("a", "b"):
        kept.put(name, name.upper(), 4)
    assert kept.get("a") == "A"
    kept.put("c", "C", 4)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == ("A", None, "C")


def test_sizes() -> None:
    kept = Recent[str](10, 5)
    kept.put("large", "x", 6)
    assert kept.get("large") is None
    for _ in range(9):
        kept.put("same", "y", 5)  # replaced, so its bytes count once
    kept.put("other", "z", 5)
    assert (kept.get("same"), kept.get("other")) == ("y", "z")


def test_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(recent.time, "monotonic", lambda: now)
    kept = Recent[str](10, 5, 60)
    kept.put("a", "A", 1)
    now = 160.0
    assert kept.get("a") == "A"
    now = 161.0
    assert kept.get("a") is None

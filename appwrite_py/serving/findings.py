"""What a check has found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what it is about, how it is, and what to do."""

    about: str
    level: Literal["good", "remark", "problem"]
    text: str
    advice: str = ""


def good(about: str, text: str) -> Finding:
    """All is well."""
    return Finding(about, "good", text)


def remark(about: str, text: str, advice: str) -> Finding:
    """It works, and could be better."""
    return Finding(about, "remark", text, advice)


def problem(about: str, text: str, advice: str) -> Finding:
    """It keeps the server from working."""
    return Finding(about, "problem", text, advice)

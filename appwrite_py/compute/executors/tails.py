"""Ends of long texts: what is kept of logs, and of what a process prints."""

from __future__ import annotations

from collections import deque


class Tail:
    """The last so many characters of what is added."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: deque[str] = deque()
        self._length = 0
        self._cut = False

    def add(self, text: str) -> None:
        """Add to the end."""
        self._parts.append(text)
        self._length += len(text)
        while self._length - len(self._parts[0]) >= self._most:
            self._length -= len(self._parts.popleft())
            self._cut = True

    def text(self, notice: str = "") -> str:
        """What is left; where something is missing, below a line that says so."""
        whole = "".join(self._parts)
        if not self._cut and len(whole) <= self._most:
            return whole
        first = f"{notice}\n" if notice else ""
        return first + whole[len(whole) - self._most + len(first) :]

"""Documents."""

from __future__ import annotations


class Store:
    """Placeholder until the engine below is in."""

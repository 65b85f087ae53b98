"""When Python looks for garbage: seldom while it starts, since what is imported stays.

With its usual thresholds a sixth of a start goes into collections that find nothing.
"""

from __future__ import annotations

import gc

_USUAL = gc.get_threshold()
_WHILE_STARTING = (50_000, 50, 50)


def starting() -> None:
    """Look seldom. Short commands leave it at that."""
    gc.set_threshold(*_WHILE_STARTING)


def started() -> None:
    """Look as usual, but never again at what the start has made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_USUAL)

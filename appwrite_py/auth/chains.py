"""How far what happens follows from events: an event runs a function, whose changes are events, which run functions.

The API key that an execution gets has an id which names the execution and its place in the chain. Whatever is done with
the key is recorded under this id, so that an event tells how far the chain has come that led to it.
"""

from __future__ import annotations

MOST_LINKS = 8
"""So many executions may follow from one another by events. The next one is refused."""
_BETWEEN = "/"  # which no id of a stored key has


def key_id(execution_id: str, links: int) -> str:
    """The id of the key of an execution that is so many links away from what began the chain."""
    return f"{execution_id}{_BETWEEN}{links}"


def links_of(actor_type: str, actor_id: str) -> int:
    """How many links lead to what somebody does; 0 for all who are no execution."""
    links = actor_id.rpartition(_BETWEEN)[2] if actor_type == "key" and _BETWEEN in actor_id else ""
    return int(links) if links.isascii() and links.isdigit() else 0

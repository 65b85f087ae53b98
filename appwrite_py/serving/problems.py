"""What keeps a server or a command from starting."""

from __future__ import annotations


class Problem(RuntimeError):
    """Something that the person who runs the server has to mend; the message says what and how."""

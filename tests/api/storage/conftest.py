"""The object store that some tests keep files in."""

from __future__ import annotations

from tests.s3 import store

__all__ = ["store"]

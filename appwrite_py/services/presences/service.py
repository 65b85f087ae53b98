"""The services of this folder."""

from __future__ import annotations

from appwrite_py.services.presences.presences import presences

services = [presences]

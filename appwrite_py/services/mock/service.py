"""The mock OAuth2 provider, with which clients are tested: served in development only."""

from __future__ import annotations

from appwrite_py.services.mock.oauth2 import service

services = [service]

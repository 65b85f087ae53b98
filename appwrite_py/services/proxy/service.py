"""The proxy: domains of projects, and where they lead."""

from __future__ import annotations

from appwrite_py.services.proxy import creating, rules

ROOMS = (rules, creating)
services = [rules.service]

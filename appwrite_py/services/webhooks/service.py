"""Webhooks: addresses that are called when something happens."""

from __future__ import annotations

from appwrite_py.services.webhooks import deliveries, webhooks

ROOMS = (webhooks, deliveries)
services = [webhooks.service]

"""GraphQL: all methods of the SDKs as fields of one schema, several in one request if need be."""

from __future__ import annotations

from appwrite_py.services.graphql import endpoint

services = [endpoint.service]

"""Functions: code that runs on the server, called by clients, by the clock and by events."""

from __future__ import annotations

from appwrite_py.services.functions import catalogue, deployments, downloads, executions, functions, uploads, variables

services = [
    catalogue.service,
    catalogue.jobs,
    functions.service,
    uploads.service,
    deployments.service,
    downloads.service,
    variables.service,
    executions.service,
]

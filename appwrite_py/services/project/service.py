"""The project that the request is about: itself, its keys, platforms, variables, labels and switches.

Older clients reach the same routes below `/v1/projects/:projectId`.
"""

from __future__ import annotations

from appwrite_py.services.project import apps, keys, platforms, project, switches, variables, web

services = [
    project.service,
    keys.service,
    platforms.service,
    web.service,
    apps.service,
    switches.service,
    variables.service,
]

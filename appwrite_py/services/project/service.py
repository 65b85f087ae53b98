"""The project that the request is about: itself, its keys, platforms, variables, labels and switches.

Older clients reach the same routes below `/v1/projects/:projectId`.
"""

from __future__ import annotations

from appwrite_py.services.project import (
    apps,
    keys,
    mock_phones,
    oauth2,
    platforms,
    policies,
    project,
    smtp,
    switches,
    templates,
    variables,
    web,
)

services = [
    project.service,
    keys.service,
    platforms.service,
    web.service,
    apps.service,
    switches.service,
    variables.service,
    policies.service,
    oauth2.service,
    smtp.service,
    templates.service,
    mock_phones.service,
]

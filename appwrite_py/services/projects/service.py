"""Projects, as the console of older and of present clients manages them. A project itself is the service `project`."""

from __future__ import annotations

from appwrite_py.services.projects import dev_keys, leftovers, oauth2, projects, schedules, stages

services = [projects.service, dev_keys.service, schedules.service, stages.service, oauth2.service, leftovers.service]

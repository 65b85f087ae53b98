"""Console: what a console asks of the server before and while it manages projects."""

from __future__ import annotations

from appwrite_py.services.console import catalogues, resources, templates, variables

services = [catalogues.service, resources.service, templates.service, variables.service]

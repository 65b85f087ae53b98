"""What a console has to know of this server's settings and abilities."""

from __future__ import annotations

import ipaddress

from appwrite_py.data.kinds import KINDS
from appwrite_py.http.context import Ctx
from appwrite_py.http.registry import Service
from appwrite_py.kit.text import is_hostname
from appwrite_py.services.console.models import ConsoleVariables
from appwrite_py.settings import Settings, split_words

service = Service("console", "/v1/console/variables", within="console")

"""What the tests of attributes start from."""

from __future__ import annotations

import pytest

from tests.api.databases.tools import make_notes
from tests.client import Sandbox


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    make_notes(sandbox, attributes=[])
    return sandbox

"""What the tests of transactions start from."""

from __future__ import annotations

import pytest

from tests.api.databases.transactions.tools import fill_notes
from tests.client import Sandbox


@pytest.fixture
def notes(sandbox: Sandbox) -> Sandbox:
    fill_notes(sandbox)
    return sandbox

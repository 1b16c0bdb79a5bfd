"""The bed that snapshot tests lie in."""

from __future__ import annotations

import pytest
from tests.journal.snapshots.bed import Bed
from tests.support.home import Home
from tests.support.repositories import Playground


@pytest.fixture
def bed(home: Home, playground: Playground) -> Bed:
    return Bed(home, playground)

"""The room under test on real repositories, with what Hedgerow recorded held in memory."""

from __future__ import annotations

import pytest
from tests.checkouts.room import Room
from tests.support.home import Home
from tests.support.repositories import Playground


@pytest.fixture
def room(home: Home, playground: Playground) -> Room:
    """Repositories, discovery and listing on this test's playground."""
    return Room(home, playground)

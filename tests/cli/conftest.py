"""What the tests of the shell share."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.repositories import Playground


@pytest.fixture
def repository(playground: Playground) -> Path:
    return playground.repository()

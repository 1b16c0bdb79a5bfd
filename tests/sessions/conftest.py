"""Terminals on a tmux of the test's own, which ends with the test's home."""

from __future__ import annotations

import shutil

import pytest
from tests.support.home import Home

from hedgerow.sessions.terminals.terminals import Terminals


@pytest.fixture
def terminals(home: Home) -> Terminals:
    if shutil.which("tmux") is None:
        pytest.skip("no tmux")
    return Terminals(home.hedgerow_state / "launches")

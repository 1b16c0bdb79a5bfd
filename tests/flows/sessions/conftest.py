"""A server's application with a scripted agent, in a home whose path is short enough for a socket of tmux."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.support.home import Home, living_in
from tests.support.repositories import Playground
from tests.support.scripted import Sessions


@pytest.fixture(autouse=True)
def home() -> Iterator[Home]:
    root = Path(tempfile.mkdtemp(prefix="hr-", dir="/tmp"))
    try:
        with living_in(Home(root).make()) as made:
            yield made
    finally:
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
async def sessions(home: Home, playground: Playground) -> AsyncIterator[Sessions]:
    async with Sessions.opened(home, playground) as opened:
        yield opened

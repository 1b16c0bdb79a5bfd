"""A server's application with a scripted agent, in a home whose path is short enough for a socket of tmux."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.support.home import Home
from tests.support.repositories import Playground
from tests.support.scripted import Sessions, living_shortly


@pytest.fixture(autouse=True)
def home() -> Iterator[Home]:
    with living_shortly() as made:
        yield made


@pytest.fixture
async def sessions(home: Home, playground: Playground) -> AsyncIterator[Sessions]:
    async with Sessions.opened(home, playground) as opened:
        yield opened


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Real terminals and programs run in these: one more try, which is printed as such."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))

"""Fixtures that every test has: a throwaway home, a playground of real repositories, and the product."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.support.hedgerow import Hedgerow
from tests.support.home import Home, living_in
from tests.support.repositories import Playground

# Before any home is thrown away: the programs that tests drive stay where the person's cache has them.
os.environ.setdefault(
    "HEDGEROW_TESTBED",
    str(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hedgerow-testbed"),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Home]:
    """HOME, XDG_* and TMPDIR of this test alone."""
    with living_in(Home(tmp_path).make()) as made:
        yield made


@pytest.fixture
def playground(home: Home) -> Playground:
    """Where this test's repositories lie."""
    return Playground(home)


@pytest.fixture
async def hedgerow(home: Home) -> AsyncIterator[Hedgerow]:
    """The product, in this process, with this test's home."""
    async with Hedgerow.opened(home) as opened:
        yield opened

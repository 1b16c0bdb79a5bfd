"""A server that watches what it lists."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.flows.server import Server
from tests.support.hedgerow import Hedgerow
from tests.support.repositories import Playground


@pytest.fixture
async def server(hedgerow: Hedgerow, playground: Playground) -> AsyncIterator[Server]:
    yield Server(hedgerow, playground.repository())

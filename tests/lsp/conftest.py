"""A server of its own for each test, in the test's own home."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack

import pytest
from tests.lsp.framed import SERVER, Client
from tests.support.home import Home

StartServer = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
def start_server(home: Home) -> StartServer:
    """Start the real server; more than one may run at once."""

    def start(argv: Sequence[str] = SERVER, **options: object) -> AbstractAsyncContextManager[Client]:
        return Client.start(argv, env=home.environment(), cwd=home.root, **options)  # type: ignore[arg-type]

    return start


@pytest.fixture
async def client(start_server: StartServer) -> AsyncIterator[Client]:
    """A server that has not been initialized."""
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(start_server())

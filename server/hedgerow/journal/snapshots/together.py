"""Waiting for several things at once, leaving none behind.

`asyncio.gather` lets the others run on when one fails: here, in a scratch directory that is about to go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar, cast

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


async def together(*work: Awaitable[T]) -> list[T]:
    """The results of all, in order; when one fails, the rest is ended before its error goes on."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def two(first: Awaitable[A], second: Awaitable[B]) -> tuple[A, B]:
    one, other = await together(_as_object(first), _as_object(second))
    return cast("A", one), cast("B", other)


async def three(first: Awaitable[A], second: Awaitable[B], third: Awaitable[C]) -> tuple[A, B, C]:
    results = await together(_as_object(first), _as_object(second), _as_object(third))
    return cast("tuple[A, B, C]", tuple(results))


async def _as_object(work: Awaitable[object]) -> object:
    return await work

"""Waiting for several things at once, leaving none behind.

`asyncio.gather` lets the others run on when one fails: here, in a scratch directory that is about to go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


async def together(*work: Awaitable[T]) -> list[T]:
    """The results of all, in order; when one fails, the rest is ended before its error goes on."""
    tasks = [asyncio.ensure_future(one) for one in work]
    await _all(*tasks)
    return [task.result() for task in tasks]


async def two(first: Awaitable[A], second: Awaitable[B]) -> tuple[A, B]:
    one, other = asyncio.ensure_future(first), asyncio.ensure_future(second)
    await _all(one, other)
    return one.result(), other.result()


async def three(first: Awaitable[A], second: Awaitable[B], third: Awaitable[C]) -> tuple[A, B, C]:
    one, other, last = asyncio.ensure_future(first), asyncio.ensure_future(second), asyncio.ensure_future(third)
    await _all(one, other, last)
    return one.result(), other.result(), last.result()


async def _all(*tasks: asyncio.Future[Any]) -> None:
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise

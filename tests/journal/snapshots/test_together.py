"""Waiting for several things at once leaves none behind, and none begun by nobody."""

from __future__ import annotations

import asyncio
import gc
import warnings

import pytest

from hedgerow.journal.snapshots.together import three, together, two


async def never_ends(ended: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append("ended")


async def fails() -> int:
    raise ValueError("the first error counts")


async def answers(value: int) -> int:
    return value


async def test_results_come_in_order() -> None:
    assert await together(answers(1), answers(2)) == [1, 2]
    assert await two(answers(1), answers(2)) == (1, 2)
    assert await three(answers(1), answers(2), answers(3)) == (1, 2, 3)


async def test_an_error_ends_the_others_first() -> None:
    ended: list[str] = []
    with pytest.raises(ValueError, match="first error"):
        await two(fails(), never_ends(ended))
    assert ended == ["ended"]


async def test_cancelled_before_anything_has_begun() -> None:
    """Python warns of a coroutine that nobody ever awaited."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        task = asyncio.ensure_future(two(answers(1), answers(2)))
        await asyncio.sleep(0)  # its two tasks exist, and neither has run
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        del task
        await asyncio.sleep(0)
        gc.collect()
    assert [str(one.message) for one in caught] == []

"""Waiting for what is true, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

LIMIT = 60.0
"""Seconds that anything may take before the test gives up. Nothing is expected to come near it."""


def until(condition: Callable[[], Any], what: str, limit: float = LIMIT) -> Any:
    """Return the first true answer of ``condition``; fail with ``what`` (and its last answer) when none comes."""
    end = time.monotonic() + limit
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit:.0f} s for {what}; last answer: {answer!r}")
        time.sleep(0.02)

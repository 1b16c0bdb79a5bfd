"""Whether a process that we launched is still the one that has its number."""

from __future__ import annotations

_BORN_BEFORE_SECONDS = 5.0
_BORN_AFTER_SECONDS = 120.0
"""A process was born around the moment that we noted; another one with its number was not."""


def still_runs(pid: int, launched: float) -> bool:
    """Whether process `pid`, launched at a moment (seconds since the epoch), is there and no zombie."""
    import psutil  # noqa: PLC0415 - only where something was launched

    try:
        process = psutil.Process(pid)
        born = process.create_time()
        return (
            launched - _BORN_BEFORE_SECONDS <= born <= launched + _BORN_AFTER_SECONDS
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.Error:
        return False

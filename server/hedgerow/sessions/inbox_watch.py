"""Hearing that something was put into the inbox: the system tells, else it is looked at twice a second."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5


def watch(directory: Path, changed: Callable[[], None]) -> Callable[[], None]:
    """Call back on the running loop after files came. Answers what stops that."""
    loop = asyncio.get_running_loop()

    def heard() -> None:
        with contextlib.suppress(RuntimeError):  # a loop that has just been closed has nobody left to tell
            loop.call_soon_threadsafe(changed)

    try:
        return _told_by_the_system(directory, heard)
    except OSError as error:
        logger.warning("no watch for %s (%s): looking every %s s", directory, error, POLL_SECONDS)
        return loop.create_task(_poll(directory, changed), name="inbox").cancel  # type: ignore[return-value]


def _told_by_the_system(directory: Path, heard: Callable[[], None]) -> Callable[[], None]:
    # Imported here: it takes 30 ms that no start of a server may wait for.
    from watchdog.events import (  # noqa: PLC0415
        FileCreatedEvent,
        FileMovedEvent,
        FileSystemEvent,
        FileSystemEventHandler,
    )
    from watchdog.observers import Observer  # noqa: PLC0415

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            name = os.path.basename(os.fsdecode(event.dest_path or event.src_path))
            if not name.startswith("."):  # one that is being written is renamed once it is whole
                heard()

    observer = Observer()
    # Without a filter watchdog 7.1 can spin for ever on its own reads.
    observer.schedule(Handler(), str(directory), event_filter=[FileCreatedEvent, FileMovedEvent])
    observer.start()
    return observer.stop


async def _poll(directory: Path, changed: Callable[[], None]) -> None:
    seen: set[str] = set()
    while True:
        with contextlib.suppress(OSError):
            now = set(os.listdir(directory))
            if now - seen:
                changed()
            seen = now
        await asyncio.sleep(POLL_SECONDS)

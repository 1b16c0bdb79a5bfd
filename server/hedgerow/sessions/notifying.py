"""Telling a program of the person's choice that a session needs them."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from hedgerow import processes
from hedgerow.protocol.sessions import Attention

logger = logging.getLogger(__name__)

_LIMIT_SECONDS = 30.0


async def notify(argv: Sequence[str], news: Attention) -> None:
    """Run the person's program once, with the news as JSON on its standard input. What fails is logged."""
    try:
        process = await processes.start(
            argv, cwd=Path.home(), env=os.environ, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
        )
    except OSError as error:
        logger.warning("the program of the setting `notify` cannot be started: %s", error)
        return
    try:
        text = news.model_dump_json(by_alias=True).encode()
        async with asyncio.timeout(_LIMIT_SECONDS):
            _, errors = await process.communicate(text)
    except TimeoutError:
        logger.warning("the program of the setting `notify` took more than %.0f s and was ended", _LIMIT_SECONDS)
        return
    finally:
        await processes.end(process)
    if process.returncode:
        logger.warning("the program of the setting `notify` failed (%s): %s", process.returncode, errors[-500:])

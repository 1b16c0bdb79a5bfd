"""The application in this process, with its phases timed: what planning, re-checking and the renames cost apart."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from hedgerow.app import App
from hedgerow.git.runner import Git
from hedgerow.journal import guards, steps
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.commands import BY_VERB
from hedgerow.protocol.model import Model
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.settings import Settings

from .ground import Ground

Answer = TypeVar("Answer", bound=Model)

GUARDS = (guards.Unchanged, guards.RefIs, guards.Absent, guards.NotLocked, guards.NotInUse)


class Product:
    def __init__(self, app: App, git: Git, settings: Settings) -> None:
        self.git = git
        self._app = app
        self._settings = settings

    async def call(self, verb: str, place: Path, **params: Any) -> ChangeResult:
        return await self.ask(verb, place, ChangeResult, **params)

    async def ask(self, verb: str, place: Path, kind: type[Answer], **params: Any) -> Answer:
        model = BY_VERB[verb].params.model_validate(params)
        result = await self._app.call(verb, model, Caller(directories=(place,), settings=self._settings))
        assert isinstance(result, kind)
        return result


@asynccontextmanager
async def product(ground: Ground) -> AsyncIterator[Product]:
    settings = Settings(retention=None, trash_hours=0)
    git = Git()
    app = await App.open(settings=settings, state_directory=ground.state, git=git)
    try:
        yield Product(app, git, settings)
    finally:
        await app.close()


@contextmanager
def phases() -> Iterator[dict[str, float]]:
    """Seconds spent in guards (`recheck`), in renames (`renames`) and in keeping the snapshot (`hold`) meanwhile."""
    spent: dict[str, float] = defaultdict(float)
    wrapped: list[tuple[type, str, str]] = [(guard, "check", "recheck") for guard in GUARDS]
    wrapped += [(steps.Move, "apply", "renames"), (steps.Hold, "apply", "hold")]
    before = [(cls, name, cls.__dict__[name]) for cls, name, _ in wrapped]
    for cls, name, phase in wrapped:
        setattr(cls, name, _timed(cls.__dict__[name], phase, spent))
    try:
        yield spent
    finally:
        for cls, name, function in before:
            setattr(cls, name, function)


def _timed(function: Callable[..., Awaitable[None]], phase: str, spent: dict[str, float]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapper(self: Any, bench: Any) -> None:
        began = time.perf_counter()
        try:
            await function(self, bench)
        finally:
            spent[phase] += time.perf_counter() - began

    return wrapper

"""Runs commands on the app: who calls, the progress, the question before a plan, and what the end has to wait for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from hedgerow.protocol.commands import Command
from hedgerow.protocol.model import Model
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.worktrees import Change, SetupChoice

if TYPE_CHECKING:
    from hedgerow.app import App
    from hedgerow.protocol.caller import Caller

    from .server import HedgerowServer

NOTHING_CHANGED = "Nothing was changed."


def _no_progress(_message: str, _percent: int | None) -> None:
    return None


class Calls:
    """The commands that are under way."""

    def __init__(self, server: HedgerowServer) -> None:
        self._server = server
        self._running: set[asyncio.Task[Any]] = set()

    async def run(self, command: Command, params: Model, token: str | int | None) -> Model:
        """One command from its params to its result.

        Raises:
            HedgerowError: an expected failure.
        """
        from .progress import Progress  # noqa: PLC0415 - after the reply to `initialize`

        server = self._server
        bars = server.client_capabilities.window
        with self.counted():
            app = await server.app()
            progress = Progress(
                server.protocol,
                server.tasks,
                title=command.title,
                token=token,
                may_create=bool(bars and bars.work_done_progress),
            )
            async with progress:
                caller = self.caller(progress.report)
                result: Model = await app.call(command.verb, params, caller)
                return result if server.options.asks else await self._ask(app, command, params, caller, result)

    async def choose(self, command: Command, arguments: dict[str, Any]) -> dict[str, Any] | None:
        """For a client that knows nothing of Hedgerow: ask which one is meant, where buttons are enough.

        Returns:
            The arguments, completed where that was possible. None when the person chose nothing.
        """
        if self._server.options.asks:
            return arguments
        from .choosing import choose  # noqa: PLC0415

        with self.counted():
            return await choose(self._server.protocol, await self._server.app(), command, arguments, self.caller())

    def caller(self, progress: Callable[[str, int | None], None] = _no_progress, *, automatic: bool = False) -> Caller:
        from hedgerow.protocol.caller import Caller  # noqa: PLC0415

        server = self._server
        return Caller(
            directories=server.directories(),
            settings=server.settings,
            trusted_folders=server.options.trusted_folders,
            progress=progress,
            unsaved=server.documents.unsaved,
            automatic=automatic,
        )

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """Around work that must have ended before the app is closed."""
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            yield
        finally:
            self._running.discard(task)

    async def stop(self, seconds: float) -> None:
        """Cancel everything, and give it so long to put things back."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)

    async def _ask(self, app: App, command: Command, params: Model, caller: Caller, result: Model) -> Model:
        """For a client that shows no plans: ask the person, and carry out what was agreed to."""
        from .asking import ask  # noqa: PLC0415

        if not isinstance(result, ChangeResult) or not isinstance(params, Change) or params.dry_run:
            return result
        plan = result.plan
        if plan is None or not plan.needs_agreement:
            return result
        agreement = await ask(self._server.protocol, plan)
        if agreement is None:
            return result.model_copy(update={"message": NOTHING_CHANGED})
        update: dict[str, object] = {"token": plan.token}
        if agreement.script or agreement.skip_setup:
            chosen = getattr(params, "setup", None) or SetupChoice()
            update["setup"] = chosen.model_copy(update={"sha256": agreement.script, "skip": agreement.skip_setup})
        carried_out: Model = await app.call(command.verb, params.model_copy(update=update), caller)
        return carried_out

"""Constructs the rooms and hands them to each other. The only place that does."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hedgerow.checkouts.discovery import Discovery
from hedgerow.checkouts.listing import Listing
from hedgerow.checkouts.repositories import Repositories
from hedgerow.flows.doctor import doctor
from hedgerow.flows.show import show
from hedgerow.flows.undo import undo
from hedgerow.git.runner import Git
from hedgerow.journal.agreement import Agreement
from hedgerow.journal.bench import Journal
from hedgerow.journal.database import Database
from hedgerow.journal.history import checkouts_changed_since, history
from hedgerow.journal.locks import Locks
from hedgerow.journal.operations import Operations
from hedgerow.journal.plans import Plans
from hedgerow.journal.records import Records
from hedgerow.journal.state import StateDirectory
from hedgerow.journal.wording import worded
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import ListChanged, ListParams, ServerStatus
from hedgerow.protocol.commands import BY_VERB
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.model import Model
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.settings import Settings
from hedgerow.protocol.worktrees import CleanUpParams, HistoryParams, HistoryResult
from hedgerow.watch.bell import Bell
from hedgerow.watch.bus import Topic
from hedgerow.worktrees.clean_up import clean_up
from hedgerow.worktrees.create import create
from hedgerow.worktrees.marks import adopt, branch_here, keep, rename, set_base
from hedgerow.worktrees.repair import repair
from hedgerow.worktrees.restore import restore
from hedgerow.worktrees.tools import Tools
from hedgerow.worktrees.trash import empty_trash

logger = logging.getLogger(__name__)

Handler = Callable[[Tools, Any, Caller], Awaitable[Model]]

_CHANGES: dict[str, Handler] = {
    "create": create,
    "keep": keep,
    "adopt": adopt,
    "setBase": set_base,
    "branchHere": branch_here,
    "rename": rename,
    "cleanUp": clean_up,
    "restore": restore,
    "repair": repair,
    "undo": undo,
    "show": show,
    "doctor": doctor,
}


def state_directory() -> Path:
    """The user's state directory, made if it is missing."""
    return StateDirectory.open().root


class App:
    """Everything behind the two doors, lsp and cli."""

    def __init__(self, tools: Tools, listing: Listing, bell: Bell, settings: Settings) -> None:
        self._tools = tools
        self._listing = listing
        self._bell = bell
        self._settings = settings
        self._status: Topic[ServerStatus] = Topic("status")
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop_listening: Callable[[], None] | None = None
        self._working = 0
        self._looked = time.time()

    @classmethod
    async def open(cls, *, settings: Settings, state_directory: Path | None = None, git: Git | None = None) -> App:
        """Open the state, and bring to an end what a dead process left half-way.

        Raises:
            HedgerowError: STATE_DAMAGED, STATE_NEWER, READ_ONLY, DISK_FULL.
        """
        state = StateDirectory.open(state_directory)
        database = Database.open(state.database)
        runner = git or Git(processes=settings.git_processes)
        journal = Journal(runner, state, database, Locks(state.locks))
        records = Records(database)
        operations = Operations(journal)
        repositories = Repositories(runner, records)
        tools = Tools(
            journal=journal,
            records=records,
            repositories=repositories,
            discovery=Discovery(runner, records, repositories),
            agreement=Agreement(Plans(database), operations),
        )
        app = cls(tools, Listing(repositories, records, runner), Bell(state.root), settings)
        if await operations.recover():
            app._bell.ring()
        return app

    async def call(self, verb: str, params: Model, caller: Caller) -> Model:
        """Carry out one command.

        Raises:
            HedgerowError: an expected failure; nothing has changed.
            asyncio.CancelledError: it was cancelled; nothing has changed.
        """
        command = BY_VERB[verb]
        self._tell_working(1)
        try:
            if verb == "list":
                assert isinstance(params, ListParams)
                return await self._list(params, caller)
            if verb == "history":
                assert isinstance(params, HistoryParams)
                return await self._history(params, caller)
            if command.changes and await self._tools.agreement.operations.recover():
                self._bell.ring()
            result = await _CHANGES[verb](self._tools, params, caller)
        except (HedgerowError, asyncio.CancelledError):
            raise
        except Exception as error:
            logger.exception("hedgerow.%s failed", verb)
            raise worded(error) from error
        finally:
            self._tell_working(-1)
        if command.changes and getattr(result, "plan", None) is None:  # a plan has changed nothing yet
            self.changed()
        if verb == "create" and isinstance(result, ChangeResult) and result.operation is not None:
            await self._retire_surplus(caller, result.operation.repository)
        return result

    def on_list_changed(self, tell: Callable[[ListChanged], None]) -> Callable[[], None]:
        """Tell of every change of the list from now on, this process's and others'; answers what ends that."""
        if self._stop_listening is None:
            self._stop_listening = self._bell.listen(self._look_again)
        return self._listing.subscribe(tell)

    def on_status(self, tell: Callable[[ServerStatus], None]) -> Callable[[], None]:
        return self._status.subscribe(tell)

    def changed(self) -> None:
        """Something was changed by this process: refresh the list, and let the other servers know."""
        self._bell.ring()
        if self._stop_listening is not None:
            self._look_again()

    async def keep_house(self, caller: Caller) -> None:
        """What a server does once when it is up: empty old trash, retire what is beyond the number to keep."""
        await empty_trash(self._tools.journal, self._tools.agreement.operations, caller.settings.trash_hours)
        for directory in caller.directories:
            try:
                await self._retire_surplus(replace(caller, directories=(directory,)), None)
            except HedgerowError as error:
                logger.info("retention in %s: %s", directory, error.message)

    async def _retire_surplus(self, caller: Caller, repository: str | None) -> None:
        """Retire managed worktrees beyond the number to keep, where that names no loss; nothing of it is an error."""
        known = dict(self._tools.records.repositories())
        place = Path(known[repository]) if repository in known else caller.directories[0]
        quiet = replace(caller, directories=(place,), automatic=True, progress=Caller(directories=()).progress)
        try:
            opened = await self._tools.repositories.open(place, quiet)
            count = len(self._tools.records.worktrees(opened.id))
            limit = caller.settings.retention
            if opened.refusal is None and limit is not None and count > limit:
                await clean_up(self._tools, CleanUpParams(repository=str(place), retention=True), quiet)
                self.changed()
        except HedgerowError as error:
            logger.info("retention in %s: %s", place, error.message)

    async def close(self) -> None:
        if self._stop_listening is not None:
            self._stop_listening()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._bell.close()
        self._tools.journal.database.close()

    async def _list(self, params: ListParams, caller: Caller) -> Model:
        result = await self._listing.answer(params, caller)
        if not params.wait:
            self._run(self._listing.complete())
        return result

    async def _history(self, params: HistoryParams, caller: Caller) -> HistoryResult:
        if params.all:
            return history(self._tools.journal, None, params.limit)
        place = Path(params.repository) if params.repository else caller.directories[0] if caller.directories else None
        if place is None:
            raise HedgerowError(ErrorCode.NOT_A_REPOSITORY, "no folder is open; open one that is in a git repository")
        repository = await self._tools.repositories.open(place, caller)
        return history(self._tools.journal, repository.id, params.limit)

    def _look_again(self) -> None:
        """Read again what operations have changed since we last looked, this process's or another's."""
        touched, self._looked = checkouts_changed_since(self._tools.journal, self._looked)
        self._run(self._listing.refresh(touched))

    def _run(self, work: Any) -> None:
        """A background task whose error is logged, never lost."""
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(self._supervised(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _supervised(self, work: Any) -> None:
        self._tell_working(1)
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.exception("background work failed")
            self._status.publish(
                ServerStatus(health="warning", quiescent=False, message="reading the worktrees failed; see the log")
            )
        finally:
            self._tell_working(-1)

    def _tell_working(self, change: int) -> None:
        before, self._working = self._working, self._working + change
        if (before == 0) != (self._working == 0):
            self._status.publish(ServerStatus(health="ok", quiescent=self._working == 0))

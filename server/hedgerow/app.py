"""Constructs the rooms and hands them to each other. The only place that does."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hedgerow.checkouts.discovery import Discovery
from hedgerow.checkouts.listing import Listing
from hedgerow.checkouts.repositories import Repositories
from hedgerow.flows.handlers import NEEDS_SESSIONS, handler, session_handler
from hedgerow.flows.serving.live import Live
from hedgerow.flows.serving.reviews import Reviews
from hedgerow.flows.serving.sessions import Sessions
from hedgerow.git.runner import Git
from hedgerow.journal.bench import Journal
from hedgerow.journal.database import Database
from hedgerow.journal.locks import Locks
from hedgerow.journal.records import Records
from hedgerow.journal.state import StateDirectory
from hedgerow.journal.wording import worded
from hedgerow.planning.tools import Tools
from hedgerow.planning.turns import Turns
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import ListChanged, ListParams, ListResult, ServerStatus
from hedgerow.protocol.commands import BY_VERB
from hedgerow.protocol.comments import CommentsChanged
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.follow import Edited, FollowParams, FollowResult
from hedgerow.protocol.model import Model
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.review import BaseContentResult, ReviewChange, ReviewChanged
from hedgerow.protocol.sessions import Attention
from hedgerow.protocol.settings import Settings
from hedgerow.protocol.worktrees import HistoryParams, HistoryResult
from hedgerow.watch.bell import Bell
from hedgerow.watch.bus import Topic

if TYPE_CHECKING:
    from hedgerow.flows.whereabouts import Whereabouts

logger = logging.getLogger(__name__)

_OF_COMMENTS = {"comment", "editComment", "sendComments"}
_HOUR = 3600.0


def state_directory() -> Path:
    """The user's state directory, made if it is missing."""
    return StateDirectory.open().root


class App:
    """Everything behind the two doors, lsp and cli."""

    def __init__(self, journal: Journal, settings: Settings, turns: Turns | None) -> None:
        records = Records(journal.database)
        repositories = Repositories(journal.git, records)
        self._bell = Bell(journal.state.root)
        self._sessions = Sessions(settings, turns, run=self._run, changed=self._bell.ring)
        tools = Tools(
            journal, records, repositories, Discovery(journal.git, records, repositories), self._sessions.turns
        )
        listing = Listing(repositories, records, journal.git)
        self._sessions.serve(tools, listing)
        self._tools = tools
        self._listing = listing
        self._settings = settings
        self._status: Topic[ServerStatus] = Topic("status")
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop_listening: Callable[[], None] | None = None
        self._warning: str | None = None
        self._live = Live(listing, tools, busy=self._tell_working, warn=self._warn, author=self._sessions.authors.of)
        self._reviews = Reviews(tools, listing, self._live.edits, run=self._run, changed=self.changed)
        self._comments: Topic[CommentsChanged] = Topic("comments")
        self._comments_seen = 0
        self._working = 0
        self._looked = self._emptied = time.time()

    @classmethod
    async def open(
        cls, *, settings: Settings, state_directory: Path | None = None, git: Git | None = None,
        turns: Turns | None = None,
    ) -> App:  # fmt: skip
        """Open the state, and bring to an end what a dead process left half-way.

        Args:
            turns: who knows whether an agent is at work in a checkout.

        Raises:
            HedgerowError: STATE_DAMAGED, STATE_NEWER, READ_ONLY, DISK_FULL.
        """
        state = StateDirectory.open(state_directory)
        database = Database.open(state.database)
        runner = git or Git(processes=settings.git_processes)
        journal = Journal(runner, state, database, Locks(state.locks))
        app = cls(journal, settings, turns)
        await app._recover()
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
            result = await self._carried_out(verb, params, caller)
        except (HedgerowError, asyncio.CancelledError):
            raise
        except Exception as error:
            logger.exception("hedgerow.%s failed", verb)
            raise worded(error) from error
        finally:
            self._tell_working(-1)
        self._tell_of_comments(verb)
        if command.changes and getattr(result, "plan", None) is None:  # a plan has changed nothing yet
            self.changed()
            if isinstance(result, ChangeResult):
                named = params.paths if isinstance(params, ReviewChange) else []
                for checkout in result.checkouts:
                    self._reviews.tell(checkout, named)
            if self._stop_listening is not None and time.time() - self._emptied > _HOUR:  # a server that is up for days
                self._run(self._empty_trash(caller.settings.trash_hours))
        if verb == "create" and isinstance(result, ChangeResult) and result.operation is not None:
            return await self._with_retention(result, caller)
        return result

    async def _carried_out(self, verb: str, params: Model, caller: Caller) -> Model:
        if isinstance(params, ListParams):
            return await self._list(params, caller)
        if isinstance(params, FollowParams):
            return await self._follow(params, caller)
        if isinstance(params, HistoryParams):
            return await self._history(params, caller)
        if BY_VERB[verb].changes:
            await self._recover()
        if verb in NEEDS_SESSIONS:
            await self._sessions.look(caller)
        of_sessions = session_handler(verb)
        if of_sessions is not None:
            return await of_sessions(self._sessions.desk(), params, caller)
        return await handler(verb)(self._tools, params, caller)

    def on_list_changed(self, tell: Callable[[ListChanged], None]) -> Callable[[], None]:
        """Tell of every change of the list from now on, this process's and others'; answers what ends that."""
        if self._stop_listening is None:
            self._stop_listening = self._bell.listen(self._heard)
        return self._listing.subscribe(tell)

    def on_review_changed(self, tell: Callable[[ReviewChanged], None]) -> Callable[[], None]:
        """Tell whenever what was asked about the files of a checkout may have another answer."""
        return self._reviews.subscribe(tell)

    async def base_document(self, uri: str, caller: Caller) -> BaseContentResult:
        """A base document by its address.

        Raises:
            HedgerowError: it is no such address, or leads to nothing that may be read.
        """
        from hedgerow.review.seeing.contents import document  # noqa: PLC0415 - see _HANDLERS

        return await document(self._tools, uri, caller)

    async def whereabouts(self, place: Path, caller: Caller) -> Whereabouts | None:
        """The checkout that contains a file and the file's path there; None for a file that is nobody's."""
        from hedgerow.flows.whereabouts import whereabouts  # noqa: PLC0415 - see _HANDLERS

        return await whereabouts(self._tools, place, caller)

    def on_status(self, tell: Callable[[ServerStatus], None]) -> Callable[[], None]:
        return self._status.subscribe(tell)

    def on_edited(self, tell: Callable[[Edited], None]) -> Callable[[], None]:
        """Tell of each edit of what `follow` was asked for; answers what ends that."""
        return self._live.edited.subscribe(tell)

    def on_attention(self, tell: Callable[[Attention], None]) -> Callable[[], None]:
        """Tell of each session that comes to need the person; answers what ends that."""
        return self._sessions.attention.subscribe(tell)

    def on_comments_changed(self, tell: Callable[[CommentsChanged], None]) -> Callable[[], None]:
        """Tell when comments have changed, in this process or another; answers what ends that."""
        self._look_at_comments()
        return self._comments.subscribe(tell)

    def changed(self) -> None:
        """Something was changed by this process: refresh the list, and let the other servers know."""
        self._listing.mark((), None)
        self._bell.ring()
        if self._stop_listening is not None:
            self._look_again()

    async def keep_house(self, caller: Caller) -> None:
        """What a server does once when it is up: empty old trash, retire what is beyond the number to keep."""
        self._sessions.keep_house(caller)
        if self._tools.journal.database.row("SELECT 1 FROM rejections LIMIT 1") is not None:
            await self._sessions.look(caller)  # who is in the middle of a turn: nothing is written under them
        self._reviews.carry_out_what_waits(caller)
        await self._empty_trash(caller.settings.trash_hours)
        for directory in caller.directories:
            await self._retire_surplus(replace(caller, directories=(directory,)))

    async def _empty_trash(self, hours: float) -> None:
        from hedgerow.worktrees.trash import empty_trash  # noqa: PLC0415 - see _HANDLERS

        self._emptied = time.time()
        await empty_trash(self._tools.journal, self._tools.agreement.operations, hours)

    async def _with_retention(self, made: ChangeResult, caller: Caller) -> ChangeResult:
        """What was made stands and is told, whatever becomes of the retention that follows it."""
        assert made.operation is not None
        known = dict(self._tools.records.repositories())
        place = known.get(made.operation.repository or "")
        if place is None:
            return made
        try:
            retired = await self._retire_surplus(replace(caller, directories=(Path(place),)), spare=made.checkouts)
        except asyncio.CancelledError:
            return made
        if retired is None:
            return made
        text = f"there were more than {caller.settings.retention} worktrees: {retired.message}"
        return made.model_copy(update={"warnings": [*made.warnings, text]})

    async def _retire_surplus(self, caller: Caller, *, spare: Collection[str] = ()) -> ChangeResult | None:
        """Retire managed worktrees beyond the number to keep; nothing that goes wrong with it is the person's error."""
        from hedgerow.worktrees.clean_up import retire_surplus  # noqa: PLC0415 - see _HANDLERS

        quiet = replace(caller, automatic=True, progress=Caller(directories=()).progress)
        limit = caller.settings.retention
        try:
            opened = await self._tools.repositories.open(caller.directories[0], quiet)
            if opened.refusal is not None or limit is None or len(self._tools.records.worktrees(opened.id)) <= limit:
                return None
            await self._sessions.look(quiet)
            retired = await retire_surplus(self._tools, opened, quiet, spare=spare)
        except HedgerowError as error:
            logger.info("retention in %s: %s", caller.directories[0], error.message)
            return None
        except Exception:
            logger.exception("retention in %s failed", caller.directories[0])
            return None
        if retired is not None:
            self.changed()
        return retired

    async def close(self) -> None:
        self._reviews.close()
        if self._stop_listening is not None:
            self._stop_listening()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._live.close()
        await self._sessions.close()
        self._bell.close()
        self._tools.journal.database.close()

    async def _list(self, params: ListParams, caller: Caller) -> ListResult:
        result = await self._listing.answer(params, caller)
        if not params.wait or self._stop_listening is not None:
            self._run(self._complete())
        return await self._sessions.added_to(params, result, caller)

    async def _complete(self) -> None:
        await self._listing.complete()
        if self._stop_listening is not None:  # a shell is gone before anything changes
            await self._sessions.attend()
            await self._live.bring_in_line()

    async def _follow(self, params: FollowParams, caller: Caller) -> FollowResult:
        if self._stop_listening is None:
            raise HedgerowError(
                ErrorCode.UNSUPPORTED,
                "following shows edits in an editor; call it from one, where Hedgerow is a server",
            )
        session = None if params.session is None else await self._sessions.find(params.session, caller)
        return await self._live.follow(params, caller, session)

    async def _history(self, params: HistoryParams, caller: Caller) -> HistoryResult:
        from hedgerow.journal.history import history  # noqa: PLC0415 - see _HANDLERS

        if params.all:
            return history(self._tools.journal, None, params.limit)
        place = caller.directories[0] if caller.directories else None
        if params.repository is not None:
            place = (place or Path.cwd()) / params.repository
        if place is None:
            raise HedgerowError(ErrorCode.NOT_A_REPOSITORY, "no folder is open; open one that is in a git repository")
        repository = await self._tools.repositories.open(place, caller)
        return history(self._tools.journal, repository.id, params.limit)

    async def _recover(self) -> None:
        """Bring to an end what dead processes left; nothing of the journal is loaded when there is nothing."""
        if self._tools.journal.database.row("SELECT 1 FROM operations WHERE state = 'running' LIMIT 1") is None:
            return
        if await self._tools.agreement.operations.recover():
            self._bell.ring()

    def _heard(self) -> None:
        """Another process has changed something, and rang."""
        self._sessions.heard()
        self._reviews.heard(self._look_again())

    def _look_again(self) -> set[str]:
        """Read again what operations have changed since we last looked, this process's or another's."""
        self._look_at_comments()
        from hedgerow.journal.history import checkouts_changed_since  # noqa: PLC0415 - see _HANDLERS

        touched, self._looked = checkouts_changed_since(self._tools.journal, self._looked)
        self._run(self._listing.refresh(touched))
        return touched

    def _tell_of_comments(self, verb: str) -> None:
        """What is said of a checkout changes nothing in it, so that there is nothing else to look at."""
        if verb in _OF_COMMENTS and self._look_at_comments():
            self._bell.ring()

    def _look_at_comments(self) -> bool:
        """Tell when comments have changed since we last looked; answers whether they have."""
        row = self._tools.journal.database.row("SELECT MAX(revision) AS newest FROM comments")
        newest = int((row and row["newest"]) or 0)
        changed = newest != self._comments_seen
        self._comments_seen = newest
        if changed:
            self._comments.publish(CommentsChanged(revision=newest))
        return changed

    def _run(self, work: Any) -> None:
        """A background task whose error is logged, never lost."""
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(self._supervised(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # one that was cancelled before it began

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
            self._tell_status()

    def _warn(self, problem: str | None) -> None:
        self._warning = problem
        self._tell_status()

    def _tell_status(self) -> None:
        health = "ok" if self._warning is None else "warning"
        self._status.publish(ServerStatus(health=health, quiescent=self._working == 0, message=self._warning))

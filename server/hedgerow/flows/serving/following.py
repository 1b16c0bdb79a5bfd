"""Which checkouts this client follows. Tells their edits on one topic; another client's following is its own affair."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.discovery import Discovery
from hedgerow.checkouts.listing import Listing
from hedgerow.checkouts.repositories import Repositories
from hedgerow.checkouts.rows import needs_files
from hedgerow.git.runner import Git
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import ListChanged, ListParams
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.follow import Edited, FollowParams, FollowResult
from hedgerow.protocol.sessions import SessionRow
from hedgerow.watch.changes import Edits
from hedgerow.watch.seen import Seen

from .followed import Followed
from .watching import Watching


class Following:
    """What is followed, kept in line with what is listed.

    Args:
        edited: told each edit.
    """

    def __init__(
        self,
        listing: Listing,
        watching: Watching,
        discovery: Discovery,
        repositories: Repositories,
        git: Git,
        edited: Callable[[Edited], None],
    ) -> None:
        self._listing = listing
        self._watching = watching
        self._discovery = discovery
        self._repositories = repositories
        self._git = git
        self._edited = edited
        self._seen = Seen()
        self._all = False
        self._followed: dict[str, Followed] = {}
        self._sessions: dict[str, str] = {}
        self._changing = asyncio.Lock()
        self._later: set[asyncio.Task[None]] = set()
        self._stop: list[Callable[[], None]] = [
            watching.edits.subscribe(self._touched),
            listing.subscribe(self._listed),
        ]

    async def follow(self, params: FollowParams, caller: Caller) -> FollowResult:
        """Begin or end following; what is edited after the answer is told.

        Raises:
            HedgerowError: BAD_PARAMS; NO_SUCH_CHECKOUT, AMBIGUOUS; UNTRUSTED or UNSUPPORTED, when its files may not
                or cannot be looked at.
        """
        if params.all == (params.checkout is not None):
            raise HedgerowError(ErrorCode.BAD_PARAMS, "say which checkout to follow, or all of them, and not both")
        if params.all:
            return await self._follow_all(params, caller)
        assert params.checkout is not None
        repository = None
        if params.repository is not None:
            here = caller.directories[0] if caller.directories else Path.cwd()
            repository = await self._repositories.open(here / params.repository, caller)
        checkout = await self._discovery.find(params.checkout, caller, repository)
        if params.on:
            _refuse_unwatched(checkout)
            await self._list(checkout, caller)
        async with self._changing:
            if params.on:
                await self._begin(checkout)
            else:
                await self._end([checkout.id])
        word = "Following" if params.on else "No longer following"
        return self._result(f"{word} {checkout.label}.")

    async def follow_session(self, session: SessionRow, params: FollowParams, caller: Caller) -> FollowResult:
        """Follow a session, wherever it works, or no longer.

        Raises:
            HedgerowError: as `follow`; NO_SUCH_CHECKOUT when the directory that it works in is gone.
        """
        if params.all or params.checkout is not None:
            raise HedgerowError(ErrorCode.BAD_PARAMS, "say which session, which checkout, or all; only one of them")
        if session.checkout is None:
            raise HedgerowError(
                ErrorCode.NO_SUCH_CHECKOUT, f"{session.label} works in no checkout that is there: {session.path}"
            )
        named = params.model_copy(update={"session": None, "checkout": session.checkout})
        result = await self.follow(named, caller)
        if params.on:
            self._sessions[session.id] = session.checkout
        else:
            self._sessions.pop(session.id, None)
        word = "Following" if params.on else "No longer following"
        return result.model_copy(update={"message": f"{word} {session.label}."})

    async def _go_after(self, session: str, checkout: str) -> None:
        """A session that is followed works elsewhere now."""
        async with self._changing:
            before, self._sessions[session] = self._sessions[session], checkout
            if before not in self._sessions.values():
                await self._end([before])
            found = next((one for one in self._listed_checkouts() if one.id == checkout), None)
            if found is not None and needs_files(found):
                await self._begin(found)

    async def close(self) -> None:
        for stop in self._stop:
            stop()
        for task in list(self._later):
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        await self._end(list(self._followed))

    async def _follow_all(self, params: FollowParams, caller: Caller) -> FollowResult:
        if not params.on:
            self._all = False
            async with self._changing:
                await self._end(list(self._followed))
            return self._result("No longer following anything.")
        await self._listing.answer(ListParams(repository=params.repository), caller)
        self._all = True
        await self._keep_up()
        number = len(self._followed)
        return self._result(f"Following {number} checkout{'' if number == 1 else 's'}, and those that come.")

    async def _list(self, checkout: Checkout, caller: Caller) -> None:
        """Only what is listed is watched."""
        if checkout.id not in {each.id for each in self._listed_checkouts()}:
            await self._listing.answer(ListParams(repository=str(checkout.repository.path)), caller)

    async def _keep_up(self) -> None:
        """Follow everything that is listed, where that was asked for; and nothing that is gone."""
        async with self._changing:
            listed = {each.id: each for each in self._listed_checkouts()}
            moved = [identifier for identifier, one in self._followed.items()
                     if identifier not in listed or listed[identifier].path != one.root]  # fmt: skip
            again = [listed[identifier] for identifier in moved if identifier in listed]
            await self._end(moved)
            wanted = listed.values() if self._all else again
            for checkout in wanted:
                if checkout.id not in self._followed and needs_files(checkout):
                    await self._begin(checkout)

    async def _begin(self, checkout: Checkout) -> None:
        followed = self._followed.get(checkout.id)
        if followed is not None and followed.root == checkout.path:
            await followed.begun()
            return
        await self._end([checkout.id])  # it was moved meanwhile
        await asyncio.shield(self._watching.bring_in_line())  # who no longer waits for it leaves it whole
        followed = Followed(self._git, checkout.id, checkout.path, self._seen, self._edited)
        self._followed[checkout.id] = followed
        await followed.begun()

    async def _end(self, identifiers: Iterable[str]) -> None:
        for identifier in identifiers:
            followed = self._followed.pop(identifier, None)
            if followed is not None:
                await followed.close()

    def _listed_checkouts(self) -> list[Checkout]:
        return [checkout for skeleton in self._listing.skeletons() for checkout in skeleton.checkouts.values()]

    def _result(self, message: str) -> FollowResult:
        return FollowResult(checkouts=sorted(self._followed), all=self._all, message=message)

    def _touched(self, edits: Edits) -> None:
        followed = self._followed.get(edits.checkout)
        if followed is not None:
            followed.touched(edits)

    def _listed(self, change: ListChanged) -> None:
        for row in change.sessions:
            if row.checkout is not None and self._sessions.get(row.id, row.checkout) != row.checkout:
                self._soon(self._go_after(row.id, row.checkout))
        if self._all or any(row.id in self._followed for row in change.changed) or change.removed:
            self._soon(self._keep_up())

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name="following what is listed")
        self._later.add(task)
        task.add_done_callback(self._later.discard)


def _refuse_unwatched(checkout: Checkout) -> None:
    if not checkout.repository.trusted:
        raise HedgerowError(
            ErrorCode.UNTRUSTED, checkout.repository.refusal or f"{checkout.repository.name} is not trusted"
        )
    if not needs_files(checkout):
        problem = checkout.problem or f"it is {checkout.state.value}"
        raise HedgerowError(ErrorCode.UNSUPPORTED, f"{checkout.label} cannot be followed: {problem}")

"""The list of one set of open repositories: answered at once, completed in the background, kept true by `refresh`.

Owns the rows as they were last told. Starts nothing by itself: an idle list runs no git.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from hedgerow.git.runner import Git
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutRow, ListParams, ListResult, RepositoryRow
from hedgerow.protocol.errors import HedgerowError

from .announcer import Announcer, Subscriber
from .checkout import Checkout
from .completion import Completion
from .discovery import Discovery
from .records import Records
from .repositories import KnownRepository, Repositories, Unopened
from .rows import Files, needs_files, repository_row, unopened_row
from .skeleton import Skeleton, read_skeleton

_ROWS_AT_ONCE = 8


@dataclass
class _Entry:
    """One checkout of the list.

    Attributes:
        row: as it was last answered or told.
        stale: it must be completed again.
        sizes: what it takes on disk is to be measured as well.
        files: what is known of its files and needs no look; None asks for one.
        size_bytes: as measured last; a refresh does not measure again.
    """

    checkout: Checkout
    row: CheckoutRow
    stale: bool = True
    sizes: bool = False
    files: Files | None = None
    size_bytes: int | None = None


@dataclass
class _Open:
    """One repository of the list.

    Attributes:
        caller: whose trust holds for it.
        reading: number of the reading that the skeleton is from; a slower, earlier one does not replace it.
    """

    caller: Caller
    skeleton: Skeleton
    row: RepositoryRow
    reading: int


class Listing:
    """Rows of every repository that was asked for so far."""

    def __init__(self, repositories: Repositories, records: Records, git: Git) -> None:
        self._repositories = repositories
        self._git = git
        self._discovery = Discovery(git, records, repositories)
        self._completion = Completion(git, records)
        self._open: dict[Path, _Open] = {}
        self._entries: dict[str, _Entry] = {}
        self._readings = 0
        self._announcer = Announcer()
        self._completing = asyncio.Lock()
        self._refreshing = asyncio.Lock()

    @property
    def revision(self) -> int:
        return self._announcer.revision

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` with each change; what is answered ends that."""
        return self._announcer.subscribe(subscriber)

    async def answer(self, params: ListParams, caller: Caller) -> ListResult:
        """The list now. Rows that need a look at files are `pending` (run `complete` next), unless ``params.wait``.

        Raises:
            HedgerowError: the repository named, or every directory of the caller, cannot be opened.
        """
        opened = await self._opened(params, caller)
        known = [each for each in opened if isinstance(each, KnownRepository)]
        reading = self._next_reading()
        skeletons = await asyncio.gather(*(read_skeleton(self._git, self._discovery, each) for each in known))
        for skeleton in skeletons:
            self._take(skeleton, caller, reading, sizes=params.sizes)
        if params.wait:
            await self.complete()
        self._announcer.flush()
        listed = [self._open[each.common_dir] for each in known if each.common_dir in self._open]
        return ListResult(
            revision=self._announcer.revision,
            repositories=[
                *(each.row for each in listed),
                *(unopened_row(each) for each in opened if isinstance(each, Unopened)),
            ],
            checkouts=[
                self._entries[identifier].row
                for each in listed
                for identifier in each.skeleton.checkouts
                if identifier in self._entries
            ],
        )

    async def complete(self) -> None:
        """Fill in every pending row, and tell subscribers as they come in. Returns when none is left."""
        async with self._completing:
            while stale := [identifier for identifier, entry in self._entries.items() if entry.stale]:
                await self._fill(stale)
        self._announcer.flush()

    async def refresh(self, checkouts: Collection[str] | None = None) -> None:
        """Read again what may have changed, and tell only what differs.

        Args:
            checkouts: ids whose files are looked at again; all when None. Heads, branches, locks and which
                checkouts there are is always read again, for it costs a handful of git calls in all.
        """
        async with self._refreshing:
            for common_dir, opened in list(self._open.items()):
                await self._refresh(common_dir, opened, checkouts)
            await self.complete()

    def forget(self, common_dir: Path) -> None:
        """Stop listing a repository: its folder was closed."""
        if self._close(common_dir):
            self._announcer.flush()

    def _close(self, common_dir: Path) -> bool:
        opened = self._open.pop(common_dir, None)
        if opened is None:
            return False
        self._drop(common_dir, ())
        self._announcer.gone(opened.row.id)
        return True

    def _next_reading(self) -> int:
        self._readings += 1
        return self._readings

    async def _opened(self, params: ListParams, caller: Caller) -> list[KnownRepository | Unopened]:
        if params.repository is not None:
            return [await self._repositories.open(_absolute(params.repository, caller), caller)]
        opened = await self._repositories.open_each(caller, all=params.all)
        refused = [each for each in opened if isinstance(each, Unopened)]
        if refused and len(refused) == len(opened):
            raise refused[0].error
        return opened

    async def _refresh(self, common_dir: Path, opened: _Open, checkouts: Collection[str] | None) -> None:
        reading = self._next_reading()
        try:
            repository = await self._repositories.open(common_dir, opened.caller)
        except HedgerowError as error:
            if not common_dir.exists():
                self._close(common_dir)
                return
            skeleton = replace(opened.skeleton, problems=[error.message])
        else:
            skeleton = await read_skeleton(self._git, self._discovery, repository)
        if common_dir not in self._open:
            return  # closed meanwhile
        if skeleton.problems:  # a failed reading says nothing about the checkouts: what was told stays told
            self._settle_repository(opened, skeleton)
            return
        before = {identifier: entry for identifier, entry in self._entries.items()
                  if entry.checkout.repository.common_dir == common_dir}  # fmt: skip
        self._take(skeleton, opened.caller, reading, sizes=False, before=before, look_at=checkouts)

    def _take(
        self,
        skeleton: Skeleton,
        caller: Caller,
        reading: int,
        *,
        sizes: bool,
        before: dict[str, _Entry] | None = None,
        look_at: Collection[str] | None = None,
    ) -> None:
        """Make a skeleton the state of its repository.

        Args:
            before: entries whose rows stay as told until they are complete again (a refresh); without it every
                row starts over as pending (an answer).
            look_at: of those, the ones whose files are looked at again; all when None.
        """
        repository = skeleton.repository
        row = repository_row(repository, skeleton.targets, list(skeleton.problems))
        opened = self._open.setdefault(repository.common_dir, _Open(caller, skeleton, row, reading))
        if opened.reading > reading:
            return
        if before is not None:
            self._settle_repository(opened, skeleton)
        opened.caller, opened.skeleton, opened.row, opened.reading = caller, skeleton, row, reading
        self._drop(repository.common_dir, skeleton.checkouts, told=before is not None)
        for identifier, checkout in skeleton.checkouts.items():
            known = None if before is None else before.get(identifier)
            if known is None:
                row_now = skeleton.row(checkout, pending=needs_files(checkout))
                entry = _Entry(checkout, row_now, stale=needs_files(checkout), sizes=sizes)
                if before is not None:
                    self._announcer.row(row_now)
            else:
                moved = _differs(known.checkout, checkout)
                files = None if moved or look_at is None or identifier in look_at else known.files
                entry = _Entry(checkout, known.row, needs_files(checkout), False, files, known.size_bytes)
                if not entry.stale:
                    self._settle(identifier, entry, skeleton.row(checkout))
            self._entries[identifier] = entry

    def _settle_repository(self, opened: _Open, skeleton: Skeleton) -> None:
        row = repository_row(skeleton.repository, skeleton.targets, list(skeleton.problems))
        if row != opened.row:
            if row.id != opened.row.id:  # it has been given an id meanwhile
                self._announcer.gone(opened.row.id)
            opened.row = row
            self._announcer.repository(row)

    def _drop(self, common_dir: Path, staying: Collection[str], *, told: bool = True) -> None:
        gone = [identifier for identifier, entry in self._entries.items()
                if entry.checkout.repository.common_dir == common_dir and identifier not in staying]  # fmt: skip
        for identifier in gone:
            del self._entries[identifier]
            self._announcer.forget(identifier)
            if told:
                self._announcer.gone(identifier)

    async def _fill(self, identifiers: list[str]) -> None:
        """Complete these rows, several at once; one that fails has its sentence and holds up no other."""
        waiting = list(reversed(identifiers))

        async def work() -> None:
            while waiting:
                identifier = waiting.pop()
                entry = self._entries.get(identifier)
                if entry is not None and entry.stale:
                    await self._fill_one(identifier, entry)

        workers = [asyncio.ensure_future(work()) for _ in range(min(_ROWS_AT_ONCE, len(waiting)))]
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        finally:  # `gather` would come back while cancelled workers are still ending their git
            for worker in workers:
                worker.cancel()
            ended = await asyncio.gather(*workers, return_exceptions=True)
        for outcome in ended:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _fill_one(self, identifier: str, entry: _Entry) -> None:
        checkout = entry.checkout
        skeleton = self._open[checkout.repository.common_dir].skeleton
        others = [each.path for each in skeleton.checkouts.values() if each.id != identifier]
        history, files, problem = await self._completion.of(
            checkout, skeleton.targets, files=entry.files, sizes=entry.sizes, others=others
        )
        if self._entries.get(identifier) is not entry:
            return  # read again meanwhile: this is about an earlier state
        if files.size_bytes is None and entry.size_bytes is not None:
            files = replace(files, size_bytes=entry.size_bytes)
        entry.files, entry.size_bytes, entry.stale = files, files.size_bytes, False
        self._settle(identifier, entry, skeleton.row(checkout, history=history, files=files, problem=problem))

    def _settle(self, identifier: str, entry: _Entry, row: CheckoutRow) -> None:
        if row != entry.row:
            entry.row = row
            self._announcer.row(row)


def _absolute(text: str, caller: Caller) -> Path:
    directory = caller.directories[0] if caller.directories else Path.cwd()
    return directory / text


def _differs(one: Checkout, other: Checkout) -> bool:
    """Whether what git says of a checkout differs so that its files must be looked at again."""
    return (one.listed, one.directory, one.admin_directory, one.state) != (
        other.listed,
        other.directory,
        other.admin_directory,
        other.state,
    )

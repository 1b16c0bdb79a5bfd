"""The list of one set of open repositories: answered at once, completed in the background, kept true by `refresh`.

Owns the rows as they were last told. Starts nothing by itself: an idle list runs no git. What is watched and was not
touched is not read again (`freshness`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from hedgerow.git.runner import Git
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutRow, ListParams, ListResult
from hedgerow.protocol.errors import HedgerowError

from .announcer import Announcer, Subscriber
from .completion import Completion
from .discovery import Discovery
from .entries import Entry, Open, carried_over, differs, still_stands
from .freshness import Freshness
from .records import Records
from .repositories import KnownRepository, Repositories, Unopened
from .rows import needs_files, repository_row, unopened_row
from .skeleton import Skeleton, read_skeleton

_ROWS_AT_ONCE = 8


class Listing:
    """Rows of every repository that was asked for so far."""

    def __init__(self, repositories: Repositories, records: Records, git: Git) -> None:
        self._repositories = repositories
        self._git = git
        self._discovery = Discovery(git, records, repositories)
        self.freshness = Freshness()
        self._completion = Completion(git, records, self.freshness)
        self._open: dict[Path, Open] = {}
        self._entries: dict[str, Entry] = {}
        self._readings = 0
        self.announcer = Announcer()
        self._completing = asyncio.Lock()
        self._refreshing = asyncio.Lock()

    @property
    def revision(self) -> int:
        return self.announcer.revision

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` with each change; what is answered ends that."""
        return self.announcer.subscribe(subscriber)

    async def answer(self, params: ListParams, caller: Caller) -> ListResult:
        """The list now. Rows that need a look at files are `pending` (run `complete` next), unless ``params.wait``.

        Raises:
            HedgerowError: the repository named, or every directory of the caller, cannot be opened.
        """
        await self.freshness.catch_up()
        opened = await self._opened(params, caller)
        known = [each for each in opened if isinstance(each, KnownRepository)]
        reading = self._next_reading()
        skeletons = await asyncio.gather(*(self._skeleton(each) for each in known))
        for skeleton in skeletons:
            self._take(skeleton, caller, reading, sizes=params.sizes)
        if params.wait:
            await self.complete()
        self.announcer.flush()
        listed = [self._open[each.common_dir] for each in known if each.common_dir in self._open]
        return ListResult(
            revision=self.announcer.revision,
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
        self.announcer.flush()

    async def refresh(
        self, checkouts: Collection[str] | None = None, *, repositories: Collection[Path] | None = None
    ) -> None:
        """Read again what may have changed, and tell only what differs.

        Args:
            checkouts: ids whose files are looked at again; all when None.
            repositories: common directories of which heads, branches, locks and which checkouts there are is read
                again; of all when None, for it costs a handful of git calls in all.
        """
        self.mark(checkouts, repositories)
        await self.read_again(checkouts, repositories)

    async def read_again(self, checkouts: Collection[str] | None, repositories: Collection[Path] | None) -> None:
        """`refresh` of what is marked already: what an answer has read since then stands."""
        if checkouts is not None:
            checkouts = [identifier for identifier in checkouts if not self.freshness.fresh(identifier)]
        async with self._refreshing:
            for common_dir, opened in list(self._open.items()):
                if repositories is None or common_dir in repositories:
                    await self._refresh(common_dir, opened, checkouts)
            if repositories is not None:
                self._look_again(checkouts)
            await self.complete()

    def mark(self, checkouts: Collection[str] | None, repositories: Collection[Path] | None = None) -> None:
        """These may have changed, so the next answer does not rely on what was read before."""
        for identifier in self._entries if checkouts is None else checkouts:
            self.freshness.mark(identifier)
        for common_dir in self._open if repositories is None else repositories:
            self.freshness.mark(common_dir)

    def skeletons(self) -> list[Skeleton]:
        """What is listed, as it was read last."""
        return [each.skeleton for each in self._open.values()]

    def forget(self, common_dir: Path) -> None:
        """Stop listing a repository: its folder was closed."""
        if self._close(common_dir):
            self.announcer.flush()

    def _close(self, common_dir: Path) -> bool:
        opened = self._open.pop(common_dir, None)
        if opened is None:
            return False
        self._drop(common_dir, ())
        self.announcer.gone(opened.row.id)
        return True

    def _next_reading(self) -> int:
        self._readings += 1
        return self._readings

    async def _skeleton(self, repository: KnownRepository) -> Skeleton:
        """As it was read last where nothing has changed since, else read now."""
        key = repository.common_dir
        opened = self._open.get(key)
        if opened is not None and self.freshness.fresh(key) and still_stands(opened.skeleton, repository):
            return opened.skeleton
        began = self.freshness.reading(key)
        skeleton = await read_skeleton(self._git, self._discovery, repository)
        if not skeleton.problems:
            self.freshness.read(key, began)
        return skeleton

    def _look_again(self, checkouts: Collection[str] | None) -> None:
        """The files of these are looked at again, whatever was under way."""
        for identifier, entry in self._entries.items():
            if (checkouts is None or identifier in checkouts) and needs_files(entry.checkout):
                self._entries[identifier] = replace(entry, stale=True, files=None)

    async def _opened(self, params: ListParams, caller: Caller) -> list[KnownRepository | Unopened]:
        if params.repository is not None:
            return [await self._repositories.open(_absolute(params.repository, caller), caller)]
        opened = await self._repositories.open_each(caller, all=params.all)
        refused = [each for each in opened if isinstance(each, Unopened)]
        if refused and len(refused) == len(opened):
            raise refused[0].error
        return [each for each in opened if not (isinstance(each, Unopened) and each.is_plain)]

    async def _refresh(self, common_dir: Path, opened: Open, checkouts: Collection[str] | None) -> None:
        reading = self._next_reading()
        try:
            repository = await self._repositories.open(common_dir, opened.caller)
        except HedgerowError as error:
            if not common_dir.exists():
                self._close(common_dir)
                return
            skeleton = replace(opened.skeleton, problems=[error.message])
        else:
            skeleton = await self._skeleton(repository)
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
        before: dict[str, Entry] | None = None,
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
        opened = self._open.setdefault(repository.common_dir, Open(caller, skeleton, row, reading))
        if opened.reading > reading:
            return
        if before is not None:
            self._settle_repository(opened, skeleton)
        self._drop(repository.common_dir, skeleton.checkouts, told=before is not None)
        for identifier, checkout in skeleton.checkouts.items():
            known = None if before is None else before.get(identifier)
            if before is None and not sizes:
                entry_now = self._entries.get(identifier) if self.freshness.fresh(identifier) else None
                if unchanged := carried_over(entry_now, checkout, opened.skeleton, skeleton):
                    self._entries[identifier] = unchanged
                    continue
            if known is None:
                row_now = skeleton.row(checkout, pending=needs_files(checkout))
                entry = Entry(checkout, row_now, stale=needs_files(checkout), sizes=sizes)
                if before is not None:
                    self.announcer.row(row_now)
            else:
                moved = differs(known.checkout, checkout)
                files = None if moved or look_at is None or identifier in look_at else known.files
                entry = Entry(checkout, known.row, needs_files(checkout), False, files, None, known.size_bytes)
                if not entry.stale:
                    self._settle(identifier, entry, skeleton.row(checkout))
            self._entries[identifier] = entry
        opened.caller, opened.skeleton, opened.row, opened.reading = caller, skeleton, row, reading

    def _settle_repository(self, opened: Open, skeleton: Skeleton) -> None:
        row = repository_row(skeleton.repository, skeleton.targets, list(skeleton.problems))
        if row != opened.row:
            if row.id != opened.row.id:  # it has been given an id meanwhile
                self.announcer.gone(opened.row.id)
            opened.row = row
            self.announcer.repository(row)

    def _drop(self, common_dir: Path, staying: Collection[str], *, told: bool = True) -> None:
        gone = [identifier for identifier, entry in self._entries.items()
                if entry.checkout.repository.common_dir == common_dir and identifier not in staying]  # fmt: skip
        for identifier in gone:
            del self._entries[identifier]
            self.announcer.forget(identifier)
            if told:
                self.announcer.gone(identifier)
        if gone:
            self._completion.statuses.keep_only(self._entries.keys())

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

    async def _fill_one(self, identifier: str, entry: Entry) -> None:
        checkout = entry.checkout
        skeleton = self._open[checkout.repository.common_dir].skeleton
        others = [each.path for each in skeleton.checkouts.values() if each.id != identifier]
        began = self.freshness.reading(identifier)
        history, files, problem = await self._completion.of(
            checkout, skeleton.targets, files=entry.files, sizes=entry.sizes, others=others
        )
        if self._entries.get(identifier) is not entry:
            return  # read again meanwhile: this is about an earlier state
        if entry.files is None and files.problem is None:
            self.freshness.read(identifier, began)
        if files.size_bytes is None and entry.size_bytes is not None:
            files = replace(files, size_bytes=entry.size_bytes)
        entry.files, entry.history, entry.size_bytes, entry.stale = files, history, files.size_bytes, False
        self._settle(identifier, entry, skeleton.row(checkout, history=history, files=files, problem=problem))

    def _settle(self, identifier: str, entry: Entry, row: CheckoutRow) -> None:
        if row != entry.row:
            entry.row = row
            self.announcer.row(row)


def _absolute(text: str, caller: Caller) -> Path:
    directory = caller.directories[0] if caller.directories else Path.cwd()
    return directory / text

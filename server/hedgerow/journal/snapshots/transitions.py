"""From one state to another in a checkout where a person may be: only what differs, each path checked just before.

Everything it needs is data, so that it can be repeated after being killed at any point, and undone by the same call
with source and target swapped. Never overwrites anything that is not exactly what it expects to find.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hedgerow.git.errors import GitError
from hedgerow.git.refs import HeadRef, read_head, read_ref, set_head, update_ref
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git
from hedgerow.journal import files
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .contents import write_out
from .difference import Difference, refuse_changed_under_us, refuse_in_the_way
from .index_change import IndexLock, Staged, install_index, read_staged
from .placing import Placing
from .reading import read_conversions
from .sides import OnDisk, State, differing, look, read_side, stage


@dataclass(frozen=True)
class Transitioned:
    """What a transition did.

    Attributes:
        changed: paths written or removed.
        quarantined: paths that were neither what the source nor what the target holds, and were moved aside.
    """

    changed: tuple[bytes, ...]
    quarantined: tuple[bytes, ...]


@dataclass(frozen=True)
class BranchMove:
    """A branch that moves under a checkout: while the lock on the index is held, nobody else can commit to it there."""

    ref: str
    before: str | None
    after: str | None


class NotBegunError(HedgerowError):
    """A transition was refused before its first change."""


async def transition(
    git: Git, repository: Repository, checkout: Path, admin: Path, *,
    source: State, target: State, heads: tuple[HeadRef, HeadRef] | None = None, branch: BranchMove | None = None,
    message: str = "", half_way: bool = False, quarantine: Path | None = None,
) -> Transitioned:  # fmt: skip
    """Bring a checkout from ``source`` to ``target``: files, permissions, HEAD and index. Ignored files stay.

    Args:
        heads: what HEAD is before and becomes, with ``message`` for its reflog; None leaves it.
        branch: the branch that HEAD is on, where it moves with the files.
        half_way: an earlier try may have been cut short: a path may have either state already, or none.
        quarantine: where to move what is neither, when half way; None refuses instead.

    Raises:
        NotBegunError: something is in the way or is not what the source holds, all named (`conflict`); HEAD, the
            branch or what is staged has changed (`stalePlan`); another program holds the index (`busy`).
        HedgerowError: it failed when something had changed already, or must be taken back (``half_way``).
    """
    lock = IndexLock(admin, half_way=half_way)
    work = _Transition(git, repository, checkout, admin, half_way)
    placing: Placing | None = None
    try:
        lock.take()
    except HedgerowError as error:
        raise _told(error, untouched=not half_way) from error
    try:
        with files.scratch_directory() as scratch:
            found = await work.prepare(source, target, scratch)
            placing = Placing(found, quarantine)
            staged = await read_staged(git, checkout, found.source, found.target, scratch)
            moved = branch is not None and await work.is_at(branch.ref, branch.before)
            if not half_way or lock.begun or found.was_begun(staged) or moved:
                await work.refuse_changed(staged, heads, branch)
                strange = found.strange()
                # What is nobody's can only be moved aside where an earlier try got as far as changing something.
                if not half_way or lock.untouched or quarantine is None:
                    refuse_in_the_way(strange)
                lock.mark_begun()
                if branch is not None and not await work.is_at(branch.ref, branch.after):
                    await update_ref(
                        git, repository, branch.ref, branch.after, branch.before, message=f"hedgerow: {message}"
                    )
                await placing.carry_out(strange, await work.contents(staged.strange, scratch))
                await work.settle(found, heads, message, scratch)
    except BaseException as error:
        begun = placing is not None and placing.begun
        # Before the first change nothing needs the lock; after it, it keeps git out until the way back is done.
        if not begun:
            lock.release()
        if isinstance(error, GitError) or (isinstance(error, HedgerowError) and not begun and not half_way):
            raise _told(error, untouched=not begun and not half_way) from error
        raise
    lock.release()
    return Transitioned(tuple(placing.changed), tuple(placing.quarantined))


def _told(error: GitError | HedgerowError, *, untouched: bool) -> HedgerowError:
    kind = NotBegunError if untouched else HedgerowError
    if isinstance(error, GitError):
        return kind(ErrorCode.GIT_FAILED, f"git failed: {error.last_line}", git=error.stderr)
    return kind(error.code, error.message, **error.data)


async def foresee(
    git: Git, repository: Repository, checkout: Path, admin: Path, *, source: State, target: State
) -> str | None:
    """Why a transition would be refused as things are now; None when it would not. Changes nothing.

    Raises:
        HedgerowError: anything but something in the way.
    """
    try:
        with files.scratch_directory() as scratch:
            await _Transition(git, repository, checkout, admin, False).prepare(source, target, scratch)
    except HedgerowError as error:
        if error.code is not ErrorCode.CONFLICT:
            raise
        return error.message
    except GitError as error:
        raise HedgerowError(ErrorCode.GIT_FAILED, f"git failed: {error.last_line}", git=error.stderr) from error
    return None


@dataclass
class _Transition:
    git: Git
    repository: Repository
    checkout: Path
    admin: Path
    half_way: bool

    async def prepare(self, source: State, target: State, scratch: Path) -> Difference:
        """Work everything out, and refuse here if it cannot be done."""
        conversions = await read_conversions(self.git, self.checkout)
        one = await read_side(self.git, self.repository, source)
        other = await read_side(self.git, self.repository, target)
        paths = differing(one, other, file_mode=conversions.file_mode)
        await stage(self.git, self.repository, self.admin, one, paths, scratch / "source", contents=False)
        await stage(self.git, self.repository, self.admin, other, paths, scratch / "target", contents=True)
        found = Difference(os.fsencode(self.checkout), one, other, self.half_way, paths)
        found.leave_ignored()
        if self.half_way:
            Placing(found, None).remove_temporaries()
        found.on_disk = await self._look(found)
        if not self.half_way:
            refuse_in_the_way(found.strange())
        return found

    async def is_at(self, ref: str, oid: str | None) -> bool:
        return await read_ref(self.git, ref, cwd=self.repository.common_dir) == oid

    async def refuse_changed(
        self, staged: Staged, heads: tuple[HeadRef, HeadRef] | None, branch: BranchMove | None
    ) -> None:
        """The last look at what git has; from here on nobody else can stage or commit."""
        if not self.half_way and staged.now != staged.source:
            raise HedgerowError(
                ErrorCode.STALE_PLAN,
                f"what is staged in {self.checkout} has changed since the plan was made; plan again",
            )
        if heads is not None:
            now = await read_head(self.git, self.checkout)
            if not any(now.ref == one.ref and (now.ref is not None or now.oid == one.oid) for one in heads):
                raise HedgerowError(
                    ErrorCode.STALE_PLAN, f"HEAD of {self.checkout} has moved since; nothing was changed there"
                )

        if branch is not None and not (
            await self.is_at(branch.ref, branch.before) or await self.is_at(branch.ref, branch.after)
        ):
            name = branch.ref.removeprefix("refs/heads/")
            raise HedgerowError(ErrorCode.STALE_PLAN, f"{name} has moved since the plan was made; plan again")

    async def contents(self, entries: Sequence[tuple[str, bytes]], scratch: Path) -> list[tuple[bytes, Path]]:
        """Files with what only the index names, by path: it is about to be replaced."""
        if not entries:
            return []
        place = scratch / "only-staged"
        place.mkdir()
        await write_out(self.git, self.checkout, (oid for oid, _ in entries), place)
        return [(path, place / oid) for oid, path in entries]

    async def settle(
        self, found: Difference, heads: tuple[HeadRef, HeadRef] | None, message: str, scratch: Path
    ) -> None:
        """HEAD and index, and the proof that every path came out as the target has it."""
        if heads is not None and await read_head(self.git, self.checkout) != heads[1]:
            await set_head(self.git, self.checkout, heads[1], message=f"hedgerow: {message}")
        await install_index(self.git, self.repository, self.checkout, self.admin, found.target, scratch)
        wrong = found.wrong(await self._look(found))
        if wrong:
            refuse_changed_under_us(*wrong)

    async def _look(self, found: Difference) -> dict[bytes, OnDisk]:
        return await look(self.git, self.repository, self.checkout, found.paths)

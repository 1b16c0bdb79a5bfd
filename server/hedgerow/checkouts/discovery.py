"""The checkouts of a repository as git lists them now, and which of them a person means."""

from __future__ import annotations

import asyncio
import difflib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from hedgerow.git.errors import readable
from hedgerow.git.runner import Git
from hedgerow.git.worktree_list import ListedWorktree, list_worktrees, points_back
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutKind, CheckoutState
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .checkout import LOCAL_LABEL, Checkout
from .identity import file_id, foreign_id, local_id, owner_of, record_of, state_of
from .records import CheckoutRecord, Records, WorktreeRecord
from .repositories import KnownRepository, Repositories, shown


class Discovery:
    """Finds checkouts. Nothing is remembered between calls: the list is git's, live (graveyard UX12, DL02)."""

    def __init__(self, git: Git, records: Records, repositories: Repositories) -> None:
        self._git = git
        self._records = records
        self._repositories = repositories

    async def checkouts_of(self, repository: KnownRepository) -> list[Checkout]:
        """Every checkout, Local first; also those being made, and directories of ours that git lost.

        Raises:
            GitError: git cannot list them.
        """
        listed = await list_worktrees(self._git, repository.git)
        records = [
            record
            for record in self._records.worktrees(repository.id)
            if record.state != "retired" and not repository.id.startswith("path-")
        ]
        remembered = self._records.checkouts(repository.id)
        found: list[Checkout] = []
        for entry in listed:
            if entry.main and (entry.bare or repository.bare):
                continue
            record = None if entry.main else record_of(entry.admin, records) or _being_made(entry, records)
            if record is not None:
                records.remove(record)
            found.append(_listed(repository, entry, record, remembered.get))
        found += [
            checkout for record in records if (checkout := _unlisted(repository, record, remembered.get)) is not None
        ]
        hosting = self._records.hosting(repository.id)
        return [replace(one, in_local=True) if hosting is not None and one.id == hosting.home else one for one in found]

    async def find(self, text: str, caller: Caller, repository: KnownRepository | None = None) -> Checkout:
        """The one checkout that a person means by id, path, name, label or branch, in this order.

        Args:
            repository: look only here; else in every repository of the caller's directories.

        Raises:
            HedgerowError: NO_SUCH_CHECKOUT, with the names that come close; AMBIGUOUS, with the candidates.
        """
        repositories = [repository] if repository is not None else await self._repositories.open_all(caller)
        several = await asyncio.gather(*(self.checkouts_of(each) for each in repositories))
        checkouts = [checkout for each in several for checkout in each]
        for matching in (_by_id, _by_path, _by_word):
            candidates = matching(text, checkouts, caller)
            if len(candidates) > 1:
                raise _ambiguous(text, candidates)
            if candidates:
                return candidates[0]
        raise _unknown(text, checkouts)


def _being_made(entry: ListedWorktree, records: Sequence[WorktreeRecord]) -> WorktreeRecord | None:
    """Our record of a worktree that git lists already and that carries no token yet."""
    return next((one for one in records if one.state == "making" and Path(one.path) == entry.path), None)


_Remembered = Callable[[str], "CheckoutRecord | None"]


def _listed(
    repository: KnownRepository, entry: ListedWorktree, record: WorktreeRecord | None, remembered: _Remembered
) -> Checkout:
    if entry.main and repository.local is not None:
        # Git names the git directory here when the working tree is elsewhere (submodules, --separate-git-dir).
        entry = replace(entry, path=repository.local)
    kind = CheckoutKind.FOREIGN
    if entry.main:
        kind, identifier = CheckoutKind.LOCAL, local_id(repository)
    elif record is not None:
        kind, identifier = CheckoutKind.KEPT if record.kept else CheckoutKind.MANAGED, record.id
    else:
        identifier = foreign_id(entry.admin)
    state, problem = state_of(entry)
    if entry.main and repository.local is None:
        state, problem = CheckoutState.UNREADABLE, repository.refusal
    if record is not None and record.state == "making":
        state, problem = CheckoutState.MAKING, None
    return Checkout(
        id=identifier,
        repository=repository,
        path=entry.path,
        admin=entry.admin,
        kind=kind,
        owner=owner_of(entry, record),
        listed=entry,
        state=state,
        record=record,
        remembered=remembered(identifier),
        directory=file_id(entry.path),
        admin_directory=file_id(entry.admin),
        problem=problem,
    )


def _unlisted(repository: KnownRepository, record: WorktreeRecord, remembered: _Remembered) -> Checkout | None:
    """A worktree of ours that git does not list: being made, or a directory whose entry is gone.

    None when its directory is gone too, or another's is there: someone removed it, and nothing is left.
    """
    path, admin = Path(record.path), Path(record.admin)
    making = record.state == "making"
    if not making:
        try:
            target = points_back(path)
        except OSError:
            return None
        if target is None or (target != admin and os.path.realpath(target) != os.path.realpath(admin)):
            return None
        if os.path.lexists(admin):
            return None
    return Checkout(
        id=record.id,
        repository=repository,
        path=path,
        admin=admin,
        kind=CheckoutKind.KEPT if record.kept else CheckoutKind.MANAGED,
        owner="hedgerow",
        listed=ListedWorktree(path=path, admin=admin, main=False),
        state=CheckoutState.MAKING if making else CheckoutState.ORPHANED,
        record=record,
        remembered=remembered(record.id),
        directory=file_id(path),
        admin_directory=file_id(admin),
        problem=None if making else f"{shown(path)} is there, but git no longer knows it. Repair mends that.",
    )


def _by_id(text: str, checkouts: Sequence[Checkout], _caller: Caller) -> list[Checkout]:
    return [checkout for checkout in checkouts if checkout.id == text]


def _by_path(text: str, checkouts: Sequence[Checkout], caller: Caller) -> list[Checkout]:
    """By a path that looks like one, so that a name wins over a directory that happens to be called the same."""
    if not (text in {".", ".."} or "/" in text) or "\0" in text:
        return []
    for directory in caller.directories or (Path.cwd(),):
        place = Path(os.path.normpath(directory / text))
        same = [checkout for checkout in checkouts if _is_at(checkout, place)]
        if not same and text == ".":
            around = [checkout for checkout in checkouts if place.is_relative_to(checkout.path)]
            same = sorted(around, key=lambda checkout: len(checkout.path.parts))[-1:]
        if same:
            return same
    return []


def _is_at(checkout: Checkout, place: Path) -> bool:
    if checkout.path == place:
        return True
    found = file_id(Path(os.path.realpath(place)))
    return found is not None and found == checkout.directory


def _by_word(text: str, checkouts: Sequence[Checkout], _caller: Caller) -> list[Checkout]:
    """By label, name or branch. A word that means two worktrees is ambiguous (graveyard DL35); Local's branch alone
    gives way to a worktree of that name, since handed-off work is in Local on a branch called like its home."""
    exact = [checkout for checkout in checkouts if text in _words(checkout)]
    others = [checkout for checkout in exact if not (checkout.local and text != checkout.label)]
    return (
        others
        or exact
        or [checkout for checkout in checkouts if checkout.local and text.lower() == LOCAL_LABEL.lower()]
    )


def _words(checkout: Checkout) -> list[str]:
    words = [checkout.label, readable(os.fsencode(checkout.name)), checkout.name]
    if checkout.branch is not None:
        words += [checkout.branch, f"refs/heads/{checkout.branch}"]
    return words


def _unknown(text: str, checkouts: Sequence[Checkout]) -> HedgerowError:
    words = dict.fromkeys(word for checkout in checkouts for word in _words(checkout)[:4] if word)
    close = difflib.get_close_matches(text, words, n=3)
    hint = f" Did you mean {_or(close)}?" if close else ""
    asked = readable(os.fsencode(text)).replace("\n", " ")
    return HedgerowError(
        ErrorCode.NO_SUCH_CHECKOUT, f"There is no checkout {asked!r} here.{hint}", checkout=asked, close=close
    )


def _ambiguous(text: str, candidates: Sequence[Checkout]) -> HedgerowError:
    asked = readable(os.fsencode(text)).replace("\n", " ")
    places = [f"{checkout.id} ({shown(checkout.path)})" for checkout in candidates]
    return HedgerowError(
        ErrorCode.AMBIGUOUS,
        f"{asked!r} names {len(candidates)} checkouts: {_or(places)}. Say which by its id or path.",
        checkout=asked,
        candidates=[{"id": checkout.id, "path": shown(checkout.path)} for checkout in candidates],
    )


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

"""What every maker of plans in this room works with."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hedgerow.checkouts.discovery import Discovery
from hedgerow.checkouts.repositories import KnownRepository, Repositories
from hedgerow.git.runner import Git
from hedgerow.journal.bench import Journal
from hedgerow.journal.identity import ensure_identity
from hedgerow.journal.records import Records
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .pages import Pages
from .turns import NoTurns, Turns

if TYPE_CHECKING:
    from hedgerow.journal.agreement import Agreement, Last
    from hedgerow.journal.plans import Draft
    from hedgerow.protocol.plans import ChangeResult
    from hedgerow.protocol.worktrees import Change


@dataclass(frozen=True)
class Tools:
    journal: Journal
    records: Records
    repositories: Repositories
    discovery: Discovery
    turns: Turns = field(default_factory=NoTurns)
    pages: Pages = field(default_factory=Pages)

    @cached_property
    def agreement(self) -> Agreement:
        """Plans and operations, loaded by the first command that changes something."""
        from hedgerow.journal.agreement import Agreement  # noqa: PLC0415
        from hedgerow.journal.operations import Operations  # noqa: PLC0415
        from hedgerow.journal.plans import Plans  # noqa: PLC0415

        return Agreement(Plans(self.journal.database), Operations(self.journal))

    @property
    def git(self) -> Git:
        return self.journal.git

    async def repository_to_change(self, path: str | None, caller: Caller) -> KnownRepository:
        """The repository a change is meant for, known by an id of its own from now on.

        Raises:
            HedgerowError: none is open, several are, or it refuses changes.
        """
        if path is None and len(caller.directories) > 1:
            opened = await self.repositories.open_all(caller)
            if len(opened) > 1:
                names = ", ".join(sorted(one.name for one in opened))
                raise HedgerowError(
                    ErrorCode.AMBIGUOUS, f"several repositories are open ({names}); say which with `repository`"
                )
            found = opened[0]
        else:
            place = Path(path) if path is not None else caller.directories[0] if caller.directories else None
            if place is None:
                raise HedgerowError(
                    ErrorCode.NOT_A_REPOSITORY, "no folder is open; open one that is in a git repository"
                )
            if not place.is_absolute():
                place = (caller.directories[0] if caller.directories else Path.cwd()) / place
            found = await self.repositories.open(place, caller)
        return await self.prepared(found, caller)

    async def repository_of(self, row: Mapping[str, Any], caller: Caller, path: str | None = None) -> KnownRepository:
        """The repository that an operation or a snapshot is of, wherever it lies by now.

        Args:
            path: a path inside the repository that the person named, if any.

        Raises:
            HedgerowError: it cannot be found, another one is in its place, or it refuses changes.
        """
        places = [(caller.directories[0] if caller.directories else Path.cwd()) / path] if path is not None else []
        opened = await self.repositories.open_each(replace(caller, directories=(*places, *caller.directories)))
        for one in opened:
            if one.id == row["repository"] and isinstance(one, KnownRepository):
                return await self.prepared(one, caller)
        place = self.records.place_of(row["repository"], row["common_dir"])
        found = await self.repositories.open(place, caller)
        if found.id != row["repository"]:
            raise HedgerowError(
                ErrorCode.NOT_A_REPOSITORY, f"another repository is at {place} now; open the one that is meant"
            )
        return await self.prepared(found, caller)

    async def settle(
        self, draft: Draft, repository: KnownRepository, params: Change, caller: Caller, *, last: Last | None = None
    ) -> ChangeResult:
        """Settle a draft; agents of ours that it says are to be stopped are stopped first, between turns, and go on
        again where it fails.

        Raises:
            HedgerowError: see `Agreement.settle`; or an agent is in the middle of something by now.
        """

        async def first() -> None:
            stops = draft.extra.get("stops", ())
            if stops and params.token is not None:  # a plan that is out of date stops nobody
                await self.agreement.refuse_outdated(draft, repository.git)
            await stopping.enter_async_context(self.turns.stopped(stops, caller))

        async with AsyncExitStack() as stopping:
            return await self.agreement.settle(draft, repository.git, params, caller, first=first, last=last)

    async def prepared(self, found: KnownRepository, caller: Caller) -> KnownRepository:
        """The same repository, refused if it may not be changed, with an id of its own."""
        if found.refusal is not None:
            raise HedgerowError(ErrorCode.UNTRUSTED if not found.trusted else ErrorCode.UNSUPPORTED, found.refusal)
        try:
            str(found.path).encode()
        except UnicodeEncodeError:
            raise HedgerowError(
                ErrorCode.UNSUPPORTED, "this repository lies at a path that is not UTF-8; it is listed, and not changed"
            ) from None
        if ensure_identity(found.common_dir, self.records, found.id) == found.id:
            return found
        return await self.repositories.open(found.path, caller)

"""From a draft to its end: shown first where a person must agree, carried out where nothing is destroyed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from hedgerow.git.repository import Repository
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.worktrees import Change

from .bench import Bench
from .guards import NotInUse
from .operations import Operations
from .plans import Draft, Plans

First = Callable[[], Awaitable[None]]
Last = Callable[[Bench], Awaitable[None]]


class Agreement:
    """Settles drafts."""

    def __init__(self, plans: Plans, operations: Operations) -> None:
        self.plans = plans
        self.operations = operations

    def agreed(self, params: Change, command: str) -> Draft | None:
        """The plan whose token came back from a person, or None when there is no token.

        Raises:
            HedgerowError: UNKNOWN_TOKEN.
        """
        return None if params.token is None else self.plans.take(params.token, command)

    async def settle(
        self,
        draft: Draft,
        repository: Repository,
        params: Change,
        caller: Caller,
        *,
        first: First | None = None,
        last: Last | None = None,
    ) -> ChangeResult:
        """Carry the draft out, or keep it and answer with the plan when a person must agree first.

        A plan that names conflicts is only ever shown.

        Args:
            first: what is done outside of the journal right before, when it is carried out.
            last: what is done right after, as a part of it.

        Raises:
            HedgerowError: UNKNOWN_TOKEN for a plan of another repository; why nothing was done.
        """
        if Path(draft.directory) != repository.common_dir:
            raise HedgerowError(
                ErrorCode.UNKNOWN_TOKEN, f"this plan was made for {draft.directory}, not for {repository.common_dir}"
            )
        if draft.shown.conflicts:
            if params.token is not None:
                raise HedgerowError(ErrorCode.CONFLICT, f"nothing was changed: {'; '.join(draft.shown.conflicts[:3])}")
            self.plans.keep(draft)
            return ChangeResult(plan=draft.shown, message=draft.shown.title, kept=draft.shown.kept)
        if params.dry_run or (params.token is None and draft.shown.needs_agreement):
            if params.token is None:
                self.plans.keep(draft)
            return ChangeResult(plan=draft.shown, message=draft.shown.title, kept=draft.shown.kept)
        for directory in draft.touches:
            refuse_unsaved(caller, Path(directory), draft.shown.title)
        caller.progress(draft.shown.title, None)
        if first is not None:
            await first()
        operation = await self.operations.carry_out(draft, repository, last=last)
        return ChangeResult(
            operation=operation,
            message=draft.message,
            checkouts=list(draft.checkouts),
            paths=list(draft.paths),
            kept=draft.shown.kept,
            warnings=list(draft.warnings),
        )

    async def refuse_outdated(self, draft: Draft, repository: Repository) -> None:
        """Look before anybody is stopped for a plan; under the locks it is all looked at again.

        Raises:
            HedgerowError: something is not as the plan saw it.
        """
        bench = Bench(self.operations.journal, repository, draft.operation)
        for guard in draft.guards:
            if not isinstance(guard, NotInUse):  # those who are to be stopped are still there
                await guard.check(bench)


def refuse_unsaved(caller: Caller, directory: Path, doing: str) -> None:
    """Refuse when the editor holds text below a directory that is not saved.

    Raises:
        HedgerowError: UNSAVED_TEXT, naming the files.
    """
    unsaved = sorted({str(path) for path in caller.unsaved(directory)})
    if unsaved:
        names = ", ".join(Path(path).name for path in unsaved[:5])
        verb = "is" if len(unsaved) == 1 else "are"
        raise HedgerowError(
            ErrorCode.UNSAVED_TEXT, f"{names} {verb} not saved; save or close before this: {doing}", paths=unsaved
        )

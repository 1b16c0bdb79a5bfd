"""Carrying out a plan: journaled before its first effect, undone at any failure, recovered after any crash."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from hedgerow.git.repository import Repository, discover
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import Operation

from .bench import Bench, Journal
from .identity import prove_identity
from .locks import checkout_lock, operation_lock, ref_lock, registry_lock
from .plans import Draft
from .steps import AnyStep, MoveRef, OvertakenError, Step, Transition
from .wording import worded

_STEPS: TypeAdapter[Any] = TypeAdapter(AnyStep)

_FOR_GOOD = {ErrorCode.STALE_PLAN, ErrorCode.PROTECTED, ErrorCode.NAME_TAKEN, ErrorCode.CONFLICT}
"""Why a step cannot be taken back later either: somebody else has moved what it changed."""

_Result = TypeVar("_Result")


class Operations:
    """The journal's working hand."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    async def carry_out(
        self, draft: Draft, repository: Repository, *, last: Callable[[Bench], Awaitable[None]] | None = None
    ) -> Operation:
        """Do what a plan says, or leave everything as it was.

        Args:
            last: what the room does after the last step (a set-up script); a failure or a cancellation of it
                takes the whole operation back.

        Raises:
            HedgerowError: why nothing was done. Cancellation passes through after everything was taken back.
        """
        bench = Bench(self.journal, repository, draft.operation)
        names = _locks(draft)
        async with self.journal.locks.held([operation_lock(draft.operation), *names], why=draft.shown.title):
            try:
                await self._carry_out(bench, draft, names, last)
            finally:
                self._forget_lock(draft.operation)
        return self.operation(draft.operation)

    async def recover(self) -> list[Operation]:
        """Bring every operation whose owner has died to a definite end: forward past its point of no return,
        else back. Operations of living owners are left alone."""
        ended: list[Operation] = []
        for row in self._running():
            names = [operation_lock(row["id"]), *json.loads(row["locks"])]
            with self.journal.locks.if_free(names) as ours:
                if not ours or not self._is_running(row["id"]):
                    continue
                try:
                    await self._recover_one(row)
                except Exception as error:  # noqa: BLE001 - one that cannot be recovered keeps nobody from working
                    self._note_error(row["id"], f"could not be recovered yet: {worded(error).message}")
                if not self._is_running(row["id"]):
                    ended.append(self.operation(row["id"]))
                self._forget_lock(row["id"])
        return ended

    def operation(self, identity: str) -> Operation:
        """One operation.

        Raises:
            HedgerowError: NO_SUCH_OPERATION.
        """
        row = self.journal.database.row("SELECT * FROM operations WHERE id = ?", identity)
        if row is None:
            raise HedgerowError(
                ErrorCode.NO_SUCH_OPERATION, f"there is no operation {identity}; `hedgerow history` lists them"
            )
        return as_operation(row)

    def steps(self, identity: str) -> list[Step]:
        rows = self.journal.database.rows("SELECT body FROM steps WHERE operation = ? ORDER BY number", identity)
        return [_STEPS.validate_python(json.loads(row["body"])) for row in rows]

    async def _carry_out(
        self, bench: Bench, draft: Draft, names: Sequence[str], last: Callable[[Bench], Awaitable[None]] | None
    ) -> None:
        self._refuse_if_overtaken(draft, names)
        prove_identity(bench.repository.common_dir, draft.repository)
        for guard in draft.guards:
            await guard.check(bench)
        self._begin(draft, names)
        try:
            await self._apply_all(bench, draft.steps)
            if last is not None:
                await last(bench)
        except BaseException as error:
            problem = await to_the_end(self._take_back(bench, draft.operation, error))
            if problem is not None and not isinstance(error, asyncio.CancelledError):
                raise problem from error
            if isinstance(error, Exception):
                raise worded(error) from error
            raise
        self._finish(draft)

    def _refuse_if_overtaken(self, draft: Draft, names: Sequence[str]) -> None:
        """Refuse what another process has done, undone, or left half-way since the plan was made."""
        database = self.journal.database
        if database.row("SELECT 1 FROM operations WHERE id = ?", draft.operation) is not None:
            raise HedgerowError(ErrorCode.UNKNOWN_TOKEN, "this plan was carried out already; see `hedgerow history`")
        if draft.undoes is not None:
            undone = database.row("SELECT * FROM operations WHERE id = ?", draft.undoes)
            if undone is not None and undone["state"] != "done":
                raise HedgerowError(
                    ErrorCode.NOT_UNDOABLE, f"{undone['title']}: this was undone meanwhile; see `hedgerow history`"
                )
        for row in self._running():
            if not set(names).isdisjoint(json.loads(row["locks"])):
                raise HedgerowError(
                    ErrorCode.BUSY,
                    f"an operation here was cut short ({row['title']}) and must end first: try again, "
                    f"or see `hedgerow show {row['id']}`" + (f" ({row['error']})" if row["error"] else ""),
                )

    async def _recover_one(self, row: dict[str, Any]) -> None:
        database, identity = self.journal.database, row["id"]
        repository = await discover(self.journal.git, Path(row["common_dir"]))
        prove_identity(repository.common_dir, row["repository"])
        bench = Bench(self.journal, repository, identity)
        rows = database.rows("SELECT state FROM steps WHERE operation = ? ORDER BY number", identity)
        done = sum(1 for step in rows if step["state"] == "done")
        if done < row["no_return"]:
            await self._take_back(bench, identity, None)
            return
        await self._apply_all(bench, self.steps(identity), after=done)
        with database.transaction(durable=True):
            database.change("operations", {"id": identity}, {"state": "done", "ended": time.time()})
            for checkout in json.loads(row["checkouts"]):  # nobody saw the end of a set-up script
                database.change("worktrees", {"id": checkout, "setup": "running"}, {"setup": "failed"})
            self._after(identity)

    def _running(self) -> list[dict[str, Any]]:
        return self.journal.database.rows("SELECT * FROM operations WHERE state = 'running' ORDER BY started")

    def _is_running(self, identity: str) -> bool:
        return any(row["id"] == identity for row in self._running())

    def _forget_lock(self, identity: str) -> None:
        """While it is still held: whoever waits for it sees that the file has gone, and looks again."""
        if not self._is_running(identity):
            self.journal.locks.forget(operation_lock(identity))

    def _note_error(self, identity: str, text: str) -> None:
        self.journal.database.change("operations", {"id": identity}, {"error": text})

    def _begin(self, draft: Draft, names: Sequence[str]) -> None:
        database = self.journal.database
        with database.transaction(durable=True):
            database.put(
                "operations",
                {
                    "id": draft.operation,
                    "repository": draft.repository,
                    "common_dir": draft.directory,
                    "command": draft.shown.command,
                    "title": draft.message,
                    "state": "running",
                    "started": time.time(),
                    "ended": None,
                    "undo": draft.undo.model_dump(),
                    "undoes": draft.undoes,
                    "undone_by": None,
                    "snapshots": list(draft.snapshots),
                    "checkouts": list(draft.checkouts),
                    "no_return": draft.no_return,
                    "locks": list(names),
                    "error": None,
                },
            )
            for number, step in enumerate(draft.steps):
                body = json.dumps(step.model_dump(mode="python"))
                database.put(
                    "steps", {"operation": draft.operation, "number": number, "body": body, "state": "waiting"}
                )
            database.run("DELETE FROM plans WHERE token = ?", draft.shown.token)

    async def _apply_all(self, bench: Bench, steps: Sequence[Step], *, after: int = 0) -> None:
        """Apply them in order; the first `after` are done already."""
        for number, step in list(enumerate(steps))[after:]:
            self._mark(bench.operation, number, "begun")
            try:
                async with self._registry(bench, step):
                    await step.apply(bench)
            except OvertakenError:
                self._mark(bench.operation, number, "waiting")
                raise
            self._mark(bench.operation, number, "done")

    async def _take_back(self, bench: Bench, identity: str, cause: BaseException | None) -> HedgerowError | None:
        """Revert what was begun, newest first. Answers what could not be reverted, if anything."""
        database = self.journal.database
        rows = database.rows("SELECT number, state FROM steps WHERE operation = ? ORDER BY number DESC", identity)
        steps = self.steps(identity)
        problem: HedgerowError | None = None
        for row in rows:
            if row["state"] == "waiting" or row["state"] == "reverted":
                continue
            try:
                step = steps[row["number"]]
                async with self._registry(bench, step):
                    await step.revert(bench)
                self._mark(identity, row["number"], "reverted")
            except Exception as error:  # noqa: BLE001 - take back as much as can be
                problem = worded(error)
        text = None if cause is None else worded(cause).message if isinstance(cause, Exception) else "cancelled"
        if bench.aside.is_dir():
            text = f"{text or 'interrupted'}; what others wrote there meanwhile was moved to {bench.aside}"
        if problem is None:
            self._end(identity, "rolledBack", text)
            return None
        text = f"{text or 'interrupted'}; not taken back: {problem.message}"
        if problem.code in _FOR_GOOD:
            self._end(identity, "failed", text)
        else:  # a lack of room, a git that failed: still running, so that the next recovery tries again
            self._note_error(identity, text)
        return HedgerowError(
            problem.code, f"{text}; `hedgerow repair` and `hedgerow show {identity}` say more", **problem.data
        )

    def _end(self, identity: str, state: str, error: str | None) -> None:
        values = {"state": state, "ended": time.time(), "error": error}
        self.journal.database.change("operations", {"id": identity}, values)

    def _finish(self, draft: Draft) -> None:
        with self.journal.database.transaction(durable=True):
            self.journal.database.change("operations", {"id": draft.operation}, {"state": "done", "ended": time.time()})
            self._after(draft.operation)

    def _after(self, identity: str) -> None:
        """An undo that was carried out marks what it undid."""
        row = self.journal.database.row("SELECT undoes FROM operations WHERE id = ?", identity)
        if row is not None and row["undoes"]:
            self.journal.database.change(
                "operations", {"id": row["undoes"]}, {"state": "undone", "undone_by": identity}
            )

    def _mark(self, identity: str, number: int, state: str) -> None:
        self.journal.database.change("steps", {"operation": identity, "number": number}, {"state": state})

    @contextlib.asynccontextmanager
    async def _registry(self, bench: Bench, step: Step) -> AsyncIterator[None]:
        if not step.registry:
            yield
            return
        async with self.journal.locks.held(
            [registry_lock(bench.repository.common_dir)], why="changing the list of worktrees"
        ):
            yield


def _locks(draft: Draft) -> list[str]:
    """Of its checkouts, and of the refs it makes or moves: two operations that want one name do not meet half-way."""
    refs = [step.ref for step in draft.steps if isinstance(step, MoveRef)]
    refs += [step.branch.ref for step in draft.steps if isinstance(step, Transition) and step.branch is not None]
    return [*(checkout_lock(one) for one in draft.locks), *(ref_lock(draft.repository, ref) for ref in refs)]


async def to_the_end(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Await something to its end, however often we are cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    return task.result()


def as_operation(row: dict[str, Any]) -> Operation:
    undo = json.loads(row["undo"]) if row["undo"] else {"how": "none"}
    return Operation(
        id=row["id"],
        repository=row["repository"],
        command=row["command"],
        title=row["title"],
        state=row["state"],
        started=row["started"],
        ended=row["ended"],
        undoable=row["state"] == "done" and undo["how"] != "none",
        undone_by=row["undone_by"],
        undoes=row["undoes"],
        snapshots=json.loads(row["snapshots"]),
        checkouts=json.loads(row["checkouts"]),
        error=row["error"],
    )

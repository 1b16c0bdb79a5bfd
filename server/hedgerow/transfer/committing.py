"""`commit`: everything, or what is staged, with the person's hooks and signature.

The commit is made beside the checkout, in an index of its own; only when hooks and signing have gone well does the
journal move the branch and put the index in place. A hook that fails has changed nothing of git's.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.git.errors import GitError
from hedgerow.journal import files, snapshots
from hedgerow.journal.plans import Draft
from hedgerow.journal.snapshots import FactKind
from hedgerow.journal.steps import BranchState, HeadState, StateData, Transition
from hedgerow.planning.finding import prepared_checkout
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.transfer import CommitParams

from .authorship import commit_as_person, identity
from .ends import End, read_end
from .parts import Parts, spoken
from .parts import files as counted


async def commit(tools: Tools, params: CommitParams, caller: Caller) -> ChangeResult:
    """The command `commit`."""
    checkout = await prepared_checkout(tools, params.checkout, params, caller)
    planned = tools.agreement.agreed(params, "commit")
    if params.dry_run:
        draft = planned or await _foretold(tools, checkout, params, caller)
        return await tools.agreement.settle(draft, checkout.repository.git, params, caller)
    with files.scratch_directory() as scratch:
        draft = await _made(tools, checkout, params, caller, scratch, planned)
    result = await tools.agreement.settle(draft, checkout.repository.git, params, caller)
    # What it says changes nothing any more, as with git itself; nor does it when somebody cancels.
    with contextlib.suppress(GitError, asyncio.CancelledError):
        await _hook(tools, checkout, "post-commit", env={})
    return result


async def _foretold(tools: Tools, checkout: Checkout, params: CommitParams, caller: Caller) -> Draft:
    """What would be committed; no hook runs for that."""
    parts = Parts()
    end = await read_end(tools, checkout, parts.operation, "commit", caller)
    with files.scratch_directory() as scratch:
        index = await _index(tools, end, params, scratch)
        await _tree(tools, end, index)
    parts.guards += end.guards
    parts.includes(checkout, str(end.hold.row["id"]))
    _say(parts, end, params)
    draft = parts.draft(checkout.repository, "commit", _title(end, params), "")
    return draft.model_copy(update={"extra": {"fingerprint": end.taking.taken.fingerprint}, "snapshots": ()})


async def _made(
    tools: Tools, checkout: Checkout, params: CommitParams, caller: Caller, scratch: Path, planned: Draft | None
) -> Draft:
    """The commit, made beside the checkout, and the plan that puts it in place.

    Raises:
        HedgerowError: nothing to commit, a conflict in the index, a hook or the signature that failed.
    """
    git, repository = tools.git, checkout.repository
    parts = Parts() if planned is None else Parts(operation=planned.operation)
    before = await read_end(tools, checkout, parts.operation, "commit", caller)
    if planned is not None and planned.extra["fingerprint"] != before.taking.taken.fingerprint:
        raise HedgerowError(ErrorCode.STALE_PLAN, f"{checkout.label} has changed since the plan was made; plan again")
    person = await identity(git, checkout.path)
    index = await _index(tools, before, params, scratch)
    await _tree(tools, before, index)
    env = {**person, "GIT_INDEX_FILE": str(index)}
    caller.progress("running the hooks", None)
    await _run_hook(tools, checkout, "pre-commit", env)
    message = scratch / "COMMIT_EDITMSG"
    message.write_text(params.message + "\n", "utf-8")
    await _run_hook(tools, checkout, "prepare-commit-msg", env, str(message), "message")
    await _run_hook(tools, checkout, "commit-msg", env, str(message))
    text = await git.read("stripspace", cwd=checkout.path, input=message.read_bytes())
    if not text.strip():
        raise HedgerowError(ErrorCode.BAD_PARAMS, "the commit's message is empty")
    tree = await _tree(tools, before, index)
    parents = [before.head.oid] if before.head.oid is not None else []
    oid = await commit_as_person(git, checkout.path, tree, parents, text, person)

    end = await read_end(tools, checkout, parts.operation, "commit", caller)  # a hook may have mended files
    if end.head != before.head:
        raise HedgerowError(ErrorCode.CONFLICT, f"HEAD of {checkout.label} moved while its hooks ran; try again")
    staged = [f"{one.taking.taken.oid}^2^{{tree}}" for one in (before, end)]  # the hooks stage in a copy
    one, other = (await git.read("rev-parse", *staged, cwd=checkout.path)).split()
    if one != other:
        raise HedgerowError(
            ErrorCode.CONFLICT, f"something was staged in {checkout.label} while its hooks ran; try again"
        )
    parts.change(end)
    held = await snapshots.load(git, repository.git, end.taking.taken.oid)
    state = await snapshots.with_index(
        git, repository.git, checkout.path, checkout.admin, held, index, oid, why=f"{checkout.label} at {oid[:9]}"
    )
    parts.keep_composed(state)
    subject = text.decode("utf-8", "replace").splitlines()[0]
    after = HeadState(ref=end.head.ref, oid=oid)
    parts.steps.append(
        Transition(
            path=str(checkout.path), source=end.state, target=StateData(oid=state, snapshot=str(end.hold.row["id"])),
            head=None if end.head.ref is not None else (end.head, after), message=f"commit: {subject}",
            branch=None if end.head.ref is None else BranchState(ref=end.head.ref, before=end.head.oid, after=oid),
        )
    )  # fmt: skip
    _say(parts, end, params)
    done = f"Committed {oid[:9]} on {spoken(after)}: {subject}"
    draft = parts.draft(repository, "commit", _title(end, params), done)
    if planned is not None:
        draft = draft.model_copy(update={"shown": draft.shown.model_copy(update={"token": planned.shown.token})})
    return draft


async def _index(tools: Tools, end: End, params: CommitParams, scratch: Path) -> Path:
    """A copy of the checkout's index with what is to be committed in it."""
    if end.taking.taken.fact(FactKind.CONFLICTED):
        raise HedgerowError(ErrorCode.CONFLICT, f"{end.label} has conflicts that are not resolved; resolve them first")
    index = scratch / "index"
    own = end.checkout.admin / "index"
    if own.exists():
        files.copy_with_times(own, index)
    if not params.staged:
        try:
            await tools.git.write("add", "--all", cwd=end.checkout.path, env={"GIT_INDEX_FILE": str(index)})
        except GitError as error:
            raise HedgerowError(
                ErrorCode.GIT_FAILED, f"git cannot add what is in {end.label}: {error.last_line}", git=error.stderr
            ) from error
    return index


async def _tree(tools: Tools, end: End, index: Path) -> str:
    """The tree that would be committed.

    Raises:
        HedgerowError: it is what HEAD has already.
    """
    git, cwd = tools.git, end.checkout.path
    tree = (await git.write("write-tree", cwd=cwd, env={"GIT_INDEX_FILE": str(index)})).decode().strip()
    now = end.checkout.repository.git.empty_tree
    if end.head.oid is not None:
        now = (await git.read("rev-parse", f"{end.head.oid}^{{tree}}", cwd=cwd)).decode().strip()
    if tree == now:
        raise HedgerowError(ErrorCode.CONFLICT, f"there is nothing to commit in {end.label}")
    return tree


async def _run_hook(tools: Tools, checkout: Checkout, name: str, env: Mapping[str, str], *args: str) -> None:
    try:
        await _hook(tools, checkout, name, *args, env=env)
    except GitError as error:
        raise HedgerowError(
            ErrorCode.GIT_FAILED, f"the hook {name} refused, and nothing was committed: {error.last_line}",
            git=error.stderr, hook=name,
        ) from error  # fmt: skip


async def _hook(tools: Tools, checkout: Checkout, name: str, *args: str, env: Mapping[str, str]) -> None:
    words = ("--", *args) if args else ()
    await tools.git.write(
        "hook", "run", "--ignore-missing", name, *words, cwd=checkout.path, env=env, hooks=True, network=True
    )


def _say(parts: Parts, end: End, params: CommitParams) -> None:
    what = "what is staged" if params.staged else f"everything ({counted(end.taking.changed)})"
    parts.effect(f"commit {what} in {end.label} on {spoken(end.head)}", end.checkout, ref=end.head.ref)


def _title(end: End, params: CommitParams) -> str:
    return f"Commit {'what is staged' if params.staged else 'everything'} in {end.label}"

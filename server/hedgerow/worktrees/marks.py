"""What is noted of a checkout: kept, adopted, its base, its branch, its label. No file of anyone's is touched."""

from __future__ import annotations

import secrets
import time
from typing import Any

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.identity import prove_identity
from hedgerow.checkouts.operation import operation_in
from hedgerow.git.refs import read_head, resolve
from hedgerow.journal.guards import RefIs
from hedgerow.journal.plans import Draft, UndoRecipe, new_id, new_token
from hedgerow.journal.records import WorktreeRecord
from hedgerow.journal.steps import AnyStep, HeadState, MoveRef, Record, SetHead, WriteFile
from hedgerow.journal.steps.notes import TOKEN_FILE, token_text
from hedgerow.planning.branches import check_new_branch
from hedgerow.planning.naming import check_label
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutKind, CheckoutState
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult, Effect, Plan
from hedgerow.protocol.worktrees import (
    AdoptParams,
    BranchHereParams,
    KeepParams,
    OneCheckout,
    RenameParams,
    SetBaseParams,
)


async def keep(tools: Tools, params: KeepParams, caller: Caller) -> ChangeResult:
    checkout = await _checkout(tools, params, caller)
    _must_be_ours(checkout)
    word = "Kept" if params.kept else "Handed back to retention:"
    if (checkout.kind is CheckoutKind.KEPT) == params.kept:
        return ChangeResult(
            message=f"{checkout.label} is {'kept' if params.kept else 'not kept'} already", checkouts=[checkout.id]
        )
    step = _changed_worktree(tools, checkout, {"kept": int(params.kept)})
    return await _note(tools, params, caller, checkout, "keep", f"{word} {checkout.label}", [step])


async def rename(tools: Tools, params: RenameParams, caller: Caller) -> ChangeResult:
    checkout = await _checkout(tools, params, caller)
    label = check_label(params.label)
    for other in await tools.discovery.checkouts_of(checkout.repository):
        if other.id != checkout.id and label in (other.label, other.name):
            raise HedgerowError(ErrorCode.NAME_TAKEN, f"{label!r} is what {other.path} is called; pick another label")
    step = _changed(tools, checkout, {"label": label})
    return await _note(tools, params, caller, checkout, "rename", f"{checkout.label} is called {label} now", [step])


async def set_base(tools: Tools, params: SetBaseParams, caller: Caller) -> ChangeResult:
    checkout = await _checkout(tools, params, caller)
    oid = await resolve(tools.git, params.base, cwd=checkout.path)
    if oid is None:
        raise HedgerowError(ErrorCode.BAD_START, f"{params.base[:80]!r} is no branch, tag or commit here")
    step = _changed(tools, checkout, {"base": oid, "started_from": params.base})
    message = f"{checkout.label} is reviewed against {params.base} ({oid[:9]}) now"
    return await _note(tools, params, caller, checkout, "setBase", message, [step])


async def adopt(tools: Tools, params: AdoptParams, caller: Caller) -> ChangeResult:
    checkout = await _checkout(tools, params, caller)
    if checkout.kind is CheckoutKind.LOCAL:
        raise HedgerowError(ErrorCode.PROTECTED, "Local is where you work; it cannot be adopted")
    if checkout.ours:
        return ChangeResult(message=f"{checkout.label} is Hedgerow's already", checkouts=[checkout.id])
    disproof = prove_identity(checkout)
    if disproof is not None:
        raise HedgerowError(ErrorCode.PROTECTED, disproof)
    if checkout.listed.locked is not None:
        raise HedgerowError(
            ErrorCode.PROTECTED,
            f"{checkout.label} is locked ({checkout.listed.locked or 'git worktree lock'}); unlock it first",
        )
    head = await read_head(tools.git, checkout.path)
    record = WorktreeRecord(
        id=new_id("w"),
        repository=checkout.repository.id,
        path=str(checkout.path),
        admin=str(checkout.admin),
        token=secrets.token_hex(16),
        name=checkout.name,
        label=checkout.label,
        kept=True,
        state="ready",
        base=checkout.base or head.oid,
        started_from=checkout.started_from,
        setup="none",
        created=time.time(),
        active=time.time(),
    )
    token = checkout.admin / TOKEN_FILE
    before = token.read_bytes() if token.is_file() else None
    steps: list[AnyStep] = [
        WriteFile.of(token, before, token_text(record.id, record.token), 0o600),
        Record(table="worktrees", key=record.id, before=None, after=record.row()),
    ]
    message = f"Adopted {checkout.label}; it is kept until you hand it to retention (keep --no-kept)"
    return await _note(tools, params, caller, checkout, "adopt", message, steps, identity=record.id)


async def branch_here(tools: Tools, params: BranchHereParams, caller: Caller) -> ChangeResult:
    checkout = await _checkout(tools, params, caller)
    head = await read_head(tools.git, checkout.path)
    if head.ref is not None:
        raise HedgerowError(
            ErrorCode.PROTECTED, f"{checkout.label} is on the branch {head.ref.removeprefix('refs/heads/')} already"
        )
    assert head.oid is not None
    operation = await operation_in(tools.git, checkout)
    if operation is not None:  # it would come back to where it started, and the name would be left somewhere on the way
        raise HedgerowError(
            ErrorCode.PROTECTED, f"{checkout.label} is in the middle of a {operation}; finish or abort it first"
        )
    ref = await check_new_branch(tools, checkout.repository, params.branch)
    text = f"name the work in {checkout.label} {params.branch}"
    steps: list[AnyStep] = [
        MoveRef(ref=ref, before=None, after=head.oid, message=text),
        SetHead(
            path=str(checkout.path), before=HeadState.of(head), after=HeadState(ref=ref, oid=head.oid), message=text
        ),
    ]
    message = f"{checkout.label} is on the new branch {params.branch}"
    return await _note(
        tools, params, caller, checkout, "branchHere", message, steps, guards=(RefIs(ref=ref, oid=None),)
    )


async def _checkout(tools: Tools, params: OneCheckout, caller: Caller) -> Checkout:
    """The checkout that is meant, in a repository that may be changed."""
    repository = None if params.repository is None else await tools.repository_to_change(params.repository, caller)
    found = await tools.discovery.find(params.checkout, caller, repository)
    prepared = await tools.prepared(found.repository, caller)
    if prepared.id != found.repository.id:  # its id was just made, and with it Local's
        found = await tools.discovery.find(str(found.path), caller, prepared)
    if found.state is not CheckoutState.OK:
        raise HedgerowError(
            ErrorCode.PROTECTED,
            found.problem or f"{found.label} is {found.state.value}; `hedgerow repair` plans a mend for it",
        )
    return found


def _must_be_ours(checkout: Checkout) -> None:
    if not checkout.ours:
        what = "Local" if checkout.kind is CheckoutKind.LOCAL else f"{checkout.label} ({checkout.owner}'s)"
        raise HedgerowError(
            ErrorCode.PROTECTED,
            f"{what} is never retired by itself; only Hedgerow's own worktrees can be kept (see adopt)",
        )


def _changed(tools: Tools, checkout: Checkout, values: dict[str, Any]) -> Record:
    return _changed_worktree(tools, checkout, values) if checkout.ours else _changed_note(tools, checkout, values)


def _changed_worktree(tools: Tools, checkout: Checkout, values: dict[str, Any]) -> Record:
    row = tools.journal.database.row("SELECT * FROM worktrees WHERE id = ?", checkout.id)
    assert row is not None
    return Record(table="worktrees", key=checkout.id, before=row, after={**row, **values})


def _changed_note(tools: Tools, checkout: Checkout, values: dict[str, Any]) -> Record:
    row = tools.journal.database.row("SELECT * FROM checkouts WHERE checkout = ?", checkout.id)
    empty = {
        "checkout": checkout.id,
        "repository": checkout.repository.id,
        "label": None,
        "base": None,
        "started_from": None,
    }
    return Record(table="checkouts", key=checkout.id, before=row, after={**(row or empty), **values})


async def _note(
    tools: Tools,
    params: OneCheckout,
    caller: Caller,
    checkout: Checkout,
    command: str,
    message: str,
    steps: list[AnyStep],
    *,
    guards: tuple[RefIs, ...] = (),
    identity: str | None = None,
) -> ChangeResult:
    draft = tools.agreement.agreed(params, command) or Draft(
        shown=Plan(
            token=new_token(),
            command=command,
            title=message,
            effects=[Effect(text=message, checkout=checkout.id)],
            needs_agreement=False,
        ),
        operation=new_id("o"),
        repository=checkout.repository.id,
        directory=str(checkout.repository.common_dir),
        steps=tuple(steps),
        guards=guards,
        no_return=len(steps),
        locks=(checkout.id,),
        checkouts=(identity or checkout.id,),
        paths=(str(checkout.path),),
        undo=UndoRecipe(how="invert"),
        message=message,
    )
    return await tools.agreement.settle(draft, checkout.repository.git, params, caller)

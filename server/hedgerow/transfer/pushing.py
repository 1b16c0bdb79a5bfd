"""`push`: a checkout's branch to a remote, and the pull request. What a remote has taken cannot be undone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.default_branch import read_targets
from hedgerow.git.configuration import read_configuration
from hedgerow.git.errors import GitError, readable
from hedgerow.git.refs import read_head, read_ref
from hedgerow.journal.guards import RefIs
from hedgerow.journal.plans import Draft, UndoRecipe
from hedgerow.journal.steps import Push
from hedgerow.journal.wording import worded
from hedgerow.planning.finding import prepared_checkout
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult, Loss
from hedgerow.protocol.transfer import PushParams

from .forge import Forge, ForgeError, forge_of, open_request
from .parts import Parts, short


@dataclass(frozen=True)
class _Pushing:
    """Attributes:
    follows: the branch has an upstream already, whichever.
    """

    checkout: Checkout
    remote: str
    address: str
    ref: str
    oid: str
    follows: bool

    @property
    def tracking(self) -> str:
        return f"refs/remotes/{self.remote}/{short(self.ref)}"


async def push(tools: Tools, params: PushParams, caller: Caller) -> ChangeResult:
    """The command `push`."""
    checkout = await prepared_checkout(tools, params.checkout, params, caller)
    pushing = await _pushing(tools, checkout, params)
    draft = tools.agreement.agreed(params, "push")
    if draft is None:
        draft = await _plan(tools, pushing, params)
    elif not any(isinstance(step, Push) and _is_of(step, pushing) for step in draft.steps):
        raise HedgerowError(
            ErrorCode.STALE_PLAN, f"{checkout.label} is on {short(pushing.ref)} for {pushing.remote} by now; plan again"
        )
    result = await tools.agreement.settle(draft, checkout.repository.git, params, caller)
    if result.plan is not None:
        return result
    forge = forge_of(pushing.address)
    if forge is None:
        if not params.pull_request:
            return result
        warning = f"{pushing.remote} ({pushing.address}) has no pull requests that could be opened"
        return result.model_copy(update={"warnings": [*result.warnings, warning]})
    try:
        return await _with_request(tools, pushing, forge, params, result)
    except (GitError, asyncio.CancelledError) as error:  # it is pushed, whatever becomes of the rest
        why = "it was cancelled" if isinstance(error, asyncio.CancelledError) else worded(error).message
        warning = f"whether a pull request was opened is not known: {why}"
        return result.model_copy(update={"warnings": [*result.warnings, *([warning] if params.pull_request else [])]})


def _is_of(step: Push, pushing: _Pushing) -> bool:
    return (step.path, step.remote, step.ref) == (str(pushing.checkout.path), pushing.remote, pushing.ref)


async def _pushing(tools: Tools, checkout: Checkout, params: PushParams) -> _Pushing:
    """Raises:
    HedgerowError: no branch, no commit, no remote.
    """
    head = await read_head(tools.git, checkout.path)
    if head.ref is None:
        raise HedgerowError(
            ErrorCode.UNSUPPORTED,
            f"{checkout.label} is on no branch; name its work first (hedgerow branch-here {checkout.label} NAME)",
        )
    if head.oid is None:
        raise HedgerowError(ErrorCode.UNSUPPORTED, f"{checkout.label} has no commit yet; there is nothing to push")
    pairs = dict(
        await read_configuration(
            tools.git, checkout.path, r"^(branch\..*\.((push)?remote|merge)|remote\..*\.(push)?url)$"
        )
    )
    names = [key[len("remote.") : -len(".url")] for key in pairs if key.startswith("remote.") and key.endswith(".url")]
    own = pairs.get(f"branch.{short(head.ref)}.pushremote") or pairs.get(f"branch.{short(head.ref)}.remote")
    remote = params.remote or (own if own in names else None)
    remote = remote or ("origin" if "origin" in names else names[0] if len(names) == 1 else None)
    if remote is None or remote not in names:
        there = (
            f"there is no remote {remote[:60]!r}"
            if remote
            else "no remote is set up"
            if not names
            else "say which remote"
        )
        known = f" ({', '.join(names)})" if names else "; add one first: git remote add origin ADDRESS"
        raise HedgerowError(ErrorCode.BAD_PARAMS, f"{there}{known}")
    address = pairs.get(f"remote.{remote}.pushurl") or pairs[f"remote.{remote}.url"]
    follows = any(f"branch.{short(head.ref)}.{key}" in pairs for key in ("remote", "merge"))
    return _Pushing(checkout, remote, address, head.ref, head.oid, follows)


async def _plan(tools: Tools, pushing: _Pushing, params: PushParams) -> Draft:
    checkout, name = pushing.checkout, short(pushing.ref)
    parts = Parts()
    cwd = checkout.repository.common_dir
    known = await read_ref(tools.git, pushing.tracking, cwd=cwd)
    expected = None
    if params.force and known is not None:
        expected = known
        out = await tools.git.read(
            "rev-list", "--format=%h %s", "--no-commit-header", known, f"^{pushing.oid}", cwd=cwd
        )
        lines = [readable(line) for line in out.splitlines()]
        if lines:
            text = f"{len(lines)} commit{'s' if len(lines) != 1 else ''} of {name} on {pushing.remote}"
            parts.losses.append(Loss(kind="commits", text=text, count=len(lines), paths=lines[:100], kept="no"))
    parts.guards.append(RefIs(ref=pushing.ref, oid=pushing.oid))
    parts.steps.append(
        Push(
            path=str(checkout.path), remote=pushing.remote, ref=pushing.ref, oid=pushing.oid, expected=expected,
            follow=not pushing.follows,
        )
    )  # fmt: skip
    parts.effect(
        f"push {name} ({pushing.oid[:9]}) to {pushing.remote}; this cannot be undone", checkout, ref=pushing.ref
    )
    if not pushing.follows:
        parts.effect(f"let {name} follow {pushing.remote}/{name} from now on", checkout, ref=pushing.ref)
    if params.pull_request:
        parts.effect(f"open a pull request for {name}, or say where", checkout)
    draft = parts.draft(
        checkout.repository, "push", f"Push {name} to {pushing.remote}", f"Pushed {name} to {pushing.remote}",
        undo=UndoRecipe(how="none", why="what a remote has taken cannot be taken back from here"),
    )  # fmt: skip
    return draft.model_copy(
        update={"locks": (checkout.id,), "checkouts": (checkout.id,), "paths": (str(checkout.path),)}
    )


async def _with_request(
    tools: Tools, pushing: _Pushing, forge: Forge, params: PushParams, result: ChangeResult
) -> ChangeResult:
    """The pull request opened, or the address where one can be."""
    repository, name = pushing.checkout.repository, short(pushing.ref)
    default = (await read_targets(tools.git, repository, None)).default
    base = None if default is None else default.name.removeprefix(f"{pushing.remote}/")
    if base == name:
        return result
    address = forge.address(name, base)
    if not params.pull_request:
        return result.model_copy(update={"url": address})
    subject = await tools.git.read("log", "-1", "--format=%s", pushing.oid, cwd=repository.common_dir)
    onto = f"^{default.oid}" if default else "--max-count=20"
    body = await tools.git.read("log", "--reverse", "--format=* %s", pushing.oid, onto, cwd=repository.common_dir)
    title = params.title or readable(subject).strip()
    try:
        opened = await open_request(forge, pushing.checkout.path, name, base, title, readable(body))
    except (ForgeError, TimeoutError) as error:
        warning = f"{str(error) or 'it took too long'}; open it at {address}"
        return result.model_copy(update={"url": address, "warnings": [*result.warnings, warning]})
    said = f"opened {opened}" if opened else f"open a pull request at {address}"
    return result.model_copy(update={"url": opened or address, "message": f"{result.message}; {said}"})

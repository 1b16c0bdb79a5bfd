"""Branches: which names can be made, and which can come back."""

from __future__ import annotations

import os
from collections.abc import Collection

from hedgerow.checkouts.operation import busy_branches
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.refs import read_ref, read_refs
from hedgerow.journal.steps import HeadState
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .tools import Tools

LONGEST = 200
"""Bytes of a branch's name: its file, its lock and its reflog must fit into the 255 of common filesystems."""


async def check_new_branch(tools: Tools, repository: KnownRepository, branch: str) -> str:
    """The full ref of a branch that can be made.

    Raises:
        HedgerowError: BAD_NAME or BRANCH_EXISTS.
    """
    if not await _is_branch_name(tools, repository, branch):
        raise HedgerowError(ErrorCode.BAD_NAME, f"{branch[:60]!r} cannot be a branch's name (git check-ref-format)")
    busy = busy_branches(await tools.discovery.checkouts_of(repository)).get(f"refs/heads/{branch}")
    if busy is not None:
        raise HedgerowError(
            ErrorCode.BRANCH_BUSY,
            f"the branch {branch} is checked out in {busy.label} ({busy.path}); hand it off or pick another name",
            checkout=busy.id,
        )
    refs = await read_refs(tools.git, repository.common_dir, "refs/heads/")
    for other in refs:
        short = other.removeprefix("refs/heads/")
        if short == branch:
            raise HedgerowError(
                ErrorCode.BRANCH_EXISTS,
                f"the branch {branch} exists already; start from it with --from {branch}, or pick another name",
            )
        if short.casefold() == branch.casefold():
            raise HedgerowError(
                ErrorCode.BRANCH_EXISTS, f"{branch} differs from the branch {short} only in case; pick another name"
            )
        if short.startswith(branch + "/") or branch.startswith(short + "/"):
            raise HedgerowError(
                ErrorCode.BRANCH_EXISTS, f"git cannot have {branch} beside the branch {short}; pick another name"
            )
    return f"refs/heads/{branch}"


async def refuse_elsewhere(
    tools: Tools, repository: KnownRepository, ref: str, *, besides: Collection[str] = ()
) -> None:
    """Refuse a branch that is checked out, or being rebased or bisected, in another place: git would let two commit to
    it, and each would see the other's commits as its own changes undone.

    Args:
        besides: ids of checkouts that may have it.

    Raises:
        HedgerowError: BRANCH_BUSY.
    """
    others = [one for one in await tools.discovery.checkouts_of(repository) if one.id not in besides]
    busy = busy_branches(others).get(ref)
    if busy is not None:
        raise HedgerowError(
            ErrorCode.BRANCH_BUSY,
            f"the branch {ref.removeprefix('refs/heads/')} is checked out in {busy.label} ({busy.path}) too; "
            "switch that one first",
            checkout=busy.id,
        )


async def _is_branch_name(tools: Tools, repository: KnownRepository, branch: str) -> bool:
    if not branch.isprintable() or branch.startswith("-") or branch in {"", "HEAD", "@"}:
        return False
    if len(os.fsencode(branch)) > LONGEST:
        return False
    return await tools.git.test("check-ref-format", f"refs/heads/{branch}", cwd=repository.common_dir)


async def branch_problem(tools: Tools, repository: KnownRepository, head: HeadState) -> str | None:
    """Why HEAD cannot come back on this branch: it moved, is gone, or is checked out elsewhere. None when it can."""
    assert head.ref is not None
    short = head.ref.removeprefix("refs/heads/")
    now = await read_ref(tools.git, head.ref, cwd=repository.common_dir)
    if now != head.oid:
        return f"{short} has moved since" if now else f"{short} is gone"
    busy = busy_branches(await tools.discovery.checkouts_of(repository)).get(head.ref)
    return None if busy is None else f"{short} is checked out in {busy.label}"

"""What git is in the middle of in a checkout, and the branches it holds meanwhile. Reads files and pseudo-refs only."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from hedgerow.git.runner import Git

from .checkout import Checkout


async def operation_in(git: Git, checkout: Checkout) -> str | None:
    """`rebase`, `am`, `merge`, `cherry-pick`, `revert`, `bisect`, or None.

    Raises:
        OSError: the administrative directory cannot be read.
    """
    found = operation_by_files(checkout.admin)
    if found is not None or checkout.repository.git.ref_format == "files":
        return found
    # Under reftable these two are no files; they are per checkout, so they are asked for from inside it.
    for name, operation in (("CHERRY_PICK_HEAD", "cherry-pick"), ("REVERT_HEAD", "revert")):
        if await git.read("rev-parse", "--verify", "--quiet", name, cwd=checkout.path, ok=(0, 1)):
            return operation
    return None


def operation_by_files(admin: Path) -> str | None:
    """The same, by what every ref format keeps in files; order as in git's own `status`."""
    present = set(os.listdir(admin))
    if "rebase-merge" in present:
        return "rebase"
    if "rebase-apply" in present:
        return "am" if (admin / "rebase-apply" / "applying").exists() else "rebase"
    for name, operation in (
        ("MERGE_HEAD", "merge"),
        ("CHERRY_PICK_HEAD", "cherry-pick"),
        ("REVERT_HEAD", "revert"),
    ):
        if name in present:
            return operation
    if "sequencer" in present:  # between two picks of several
        return _sequencer(admin / "sequencer" / "todo")
    return "bisect" if "BISECT_LOG" in present else None


def _sequencer(todo: Path) -> str | None:
    try:
        first = todo.read_bytes().lstrip().split(b" ", 1)[0]
    except FileNotFoundError:
        return None
    return "revert" if first == b"revert" else "cherry-pick"


def busy_branches(checkouts: Iterable[Checkout]) -> dict[str, Checkout]:
    """Full ref name -> the checkout that holds it: checked out there, or being rebased or bisected there.

    A rebasing worktree lists as detached; `--update-refs` holds further branches.

    Raises:
        OSError: an administrative directory cannot be read.
    """
    busy: dict[str, Checkout] = {}
    for checkout in checkouts:
        if checkout.listed.branch is not None:
            busy.setdefault(checkout.listed.branch, checkout)
        for ref in held_branches(checkout.admin):
            busy.setdefault(ref, checkout)
    return busy


def held_branches(admin: Path) -> list[str]:
    """Branches that an operation in progress comes back to, as full ref names."""
    names = [_line(admin / directory / "head-name") for directory in ("rebase-merge", "rebase-apply")]
    held = [name for name in names if name is not None and name.startswith("refs/heads/")]
    started = _line(admin / "BISECT_START")
    if started is not None:  # a branch's short name, or a commit id, which is no branch
        held.append(started if started.startswith("refs/") else f"refs/heads/{started}")
    try:
        lines = (admin / "rebase-merge" / "update-refs").read_bytes().split(b"\n")
    except (FileNotFoundError, NotADirectoryError):
        lines = []
    held += [os.fsdecode(line) for line in lines if line.startswith(b"refs/")]
    return list(dict.fromkeys(held))


def _line(path: Path) -> str | None:
    try:
        return os.fsdecode(path.read_bytes().rstrip(b"\n"))
    except (FileNotFoundError, NotADirectoryError):
        return None

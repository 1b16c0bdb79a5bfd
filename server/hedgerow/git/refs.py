"""References: reading and compare-and-swap writing. Never deletes a ref that has moved."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import GitError
from .repository import Repository
from .runner import Git


@dataclass(frozen=True)
class HeadRef:
    """What HEAD of one checkout is: on a branch (`ref` set, `oid` None when unborn) or detached."""

    ref: str | None
    oid: str | None


async def resolve(git: Git, name: str, *, cwd: Path, kind: str = "commit") -> str | None:
    """The object id of what a person typed, peeled to ``kind``; None when git cannot make anything of it.

    For text, not for refs whose name is known: there a failure must not read as "no such ref" (`read_ref`).
    An option, a pathspec or a range never gets through: the text is handed over behind ``--end-of-options``.
    """
    if not name or name.startswith("-") or "\0" in name or "\n" in name:
        return None
    try:
        out = await git.read(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{{kind}}}", cwd=cwd, ok=(0, 1)
        )
    except GitError:
        return None
    answer = out.decode().strip()
    # A range or a negation is verified too, and answered in more words than one id.
    return answer if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", answer) else None


async def read_ref(git: Git, ref: str, *, cwd: Path) -> str | None:
    """The object id of one ref by its full name; None when there is no such ref.

    Raises:
        GitError: the refs cannot be read. That is never "no such ref".
    """
    return (await read_refs(git, cwd, ref)).get(ref)


async def read_head(git: Git, checkout: Path) -> HeadRef:
    """HEAD of the checkout at ``checkout``.

    Raises:
        GitError: HEAD cannot be read.
    """
    ref = (await git.read("symbolic-ref", "--quiet", "HEAD", cwd=checkout, ok=(0, 1))).decode().strip() or None
    oid = (
        (await git.read("rev-parse", "--verify", "--quiet", "HEAD^{commit}", cwd=checkout, ok=(0, 1))).decode().strip()
    )
    return HeadRef(ref=ref, oid=oid or None)


async def read_refs(git: Git, cwd: Path, *prefixes: str) -> dict[str, str]:
    """Ref name -> object id below the prefixes (all refs when none is given); symbolic refs resolved."""
    out = await git.read("for-each-ref", "--format=%(refname)%00%(objectname)", *prefixes, cwd=cwd)
    pairs = (line.split(b"\0") for line in out.splitlines() if line)
    return {os.fsdecode(name): oid.decode() for name, oid in pairs}


async def update_ref(
    git: Git, repository: Repository, ref: str, new: str | None, old: str | None, *, message: str
) -> None:
    """Move, create (``old`` None) or delete (``new`` None) a ref, only if it still has the value ``old``.

    Raises:
        GitError: the ref has another value, or is locked.
    """
    value = old or repository.zero
    if new is None:
        await git.write("update-ref", "--no-deref", "-d", ref, value, cwd=repository.common_dir)
    else:
        await git.write("update-ref", "--no-deref", "-m", message, ref, new, value, cwd=repository.common_dir)


async def set_head(git: Git, checkout: Path, head: HeadRef, *, message: str) -> None:
    """Point HEAD of a checkout at a branch, or at a commit. Files and index are not touched."""
    if head.ref is not None:
        await git.write("symbolic-ref", "-m", message, "HEAD", head.ref, cwd=checkout)
    elif head.oid is not None:
        await git.write("update-ref", "--no-deref", "-m", message, "HEAD", head.oid, cwd=checkout)


async def reachable_from_refs(
    git: Git, cwd: Path, *oids: str, besides: tuple[str, ...] = (), kept_by: Sequence[str] = ()
) -> list[str]:
    """Commits reachable from ``oids`` that nothing else holds: no branch, tag, remote or other ref; newest first.

    Args:
        besides: ref name patterns (`--exclude`) that do not count as holding.
        kept_by: commits that count as holding (HEADs of other checkouts).
    """
    excludes = [f"--exclude={pattern}" for pattern in besides]
    out = await git.read("rev-list", *oids, "--not", *excludes, "--glob=refs/*", *kept_by, cwd=cwd)
    return out.decode().split()

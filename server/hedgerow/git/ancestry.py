"""How two commits stand to each other in history. Object ids only; never a name a person typed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .runner import Git


@dataclass(frozen=True)
class AheadBehind:
    ahead: int
    behind: int


async def is_ancestor(git: Git, ancestor: str, descendant: str, *, cwd: Path) -> bool:
    """Whether ``descendant`` contains ``ancestor``. In a shallow clone "no" proves nothing."""
    return await git.test("merge-base", "--is-ancestor", ancestor, descendant, cwd=cwd)


async def merge_base(git: Git, one: str, other: str, *, cwd: Path) -> str | None:
    """The best shared commit (the first, when there are several); None for unrelated histories."""
    out = await git.read("merge-base", one, other, cwd=cwd, ok=(0, 1))
    return out.decode().strip() or None


async def ahead_behind(git: Git, base: str, head: str, *, cwd: Path) -> AheadBehind:
    """Commits on ``head`` that ``base`` does not have, and the other way round."""
    out = await git.read("rev-list", "--left-right", "--count", f"{base}...{head}", cwd=cwd)
    behind, ahead = out.split()
    return AheadBehind(int(ahead), int(behind))

"""The branch that work of a repository is compared with. Found in what git has, never guessed, never remembered."""

from __future__ import annotations

import os
from dataclasses import dataclass

from hedgerow.git.runner import Git

from .repositories import KnownRepository


@dataclass(frozen=True)
class Branch:
    """A branch and where it is now.

    Attributes:
        name: `origin/main` or `main`.
        ref: the full name.
    """

    name: str
    ref: str
    oid: str


@dataclass(frozen=True)
class Targets:
    """Where work may have landed.

    Attributes:
        default: the remote's default branch, else the local one; None when there is none.
        local: the local branch of the same name, where it is another ref.
    """

    default: Branch | None = None
    local: Branch | None = None

    def besides(self, ref: str | None) -> list[Branch]:
        """The branches to compare a checkout with: a branch has not landed by being on itself."""
        return [branch for branch in (self.default, self.local) if branch is not None and branch.ref != ref]


async def read_targets(git: Git, repository: KnownRepository, local_branch: str | None) -> Targets:
    """The default branch now: the HEAD that the remote (`origin`, or the only one) had when it was last fetched;
    else `init.defaultBranch`, `main` or `master` if that branch exists; else the branch Local is on.

    Args:
        local_branch: full ref name of the branch Local is on.
    """
    remotes = repository.remotes
    remote = "origin" if "origin" in remotes else (remotes[0] if len(remotes) == 1 else None)
    # One call: the symbolic ref, and every branch it could name. A dangling one is left out by git.
    heads = await git.read(
        "for-each-ref",
        "--format=%(refname)%00%(objectname)%00%(symref)",
        "refs/heads",
        *([f"refs/remotes/{remote}/HEAD"] if remote else []),
        cwd=repository.common_dir,
    )
    oids: dict[str, str] = {}
    symbolic: str | None = None
    for line in heads.splitlines():
        ref, oid, target = (os.fsdecode(part) for part in line.split(b"\0"))
        oids[ref] = oid
        if remote and ref == f"refs/remotes/{remote}/HEAD" and target:
            symbolic = target
            oids[target] = oid
    if symbolic is not None and remote is not None:
        short = symbolic.removeprefix(f"refs/remotes/{remote}/")
        return Targets(_branch(symbolic, oids), _branch(f"refs/heads/{short}", oids))
    wanted = [f"refs/heads/{name}" for name in (repository.initial_branch, "main", "master") if name]
    for candidate in (*wanted, local_branch):
        if candidate is not None and (found := _branch(candidate, oids)) is not None:
            return Targets(found)
    return Targets()


def _branch(ref: str, oids: dict[str, str]) -> Branch | None:
    oid = oids.get(ref)
    if oid is None:
        return None
    return Branch(ref.removeprefix("refs/heads/").removeprefix("refs/remotes/"), ref, oid)

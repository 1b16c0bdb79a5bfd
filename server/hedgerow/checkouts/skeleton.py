"""What a repository's list shows without a look at any file: a handful of git calls, however many checkouts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hedgerow.git.commits import Commit, read_commits
from hedgerow.git.errors import GitError, GitParseError
from hedgerow.git.runner import Git
from hedgerow.protocol.checkouts import CheckoutRow

from .checkout import Checkout
from .default_branch import Targets, read_targets
from .discovery import Discovery
from .history import History
from .operation import operation_by_files
from .repositories import KnownRepository
from .rows import Files, checkout_row, needs_files


@dataclass(frozen=True)
class Skeleton:
    """One repository at one moment.

    Attributes:
        problems: sentences about what could not be read of it.
    """

    repository: KnownRepository
    checkouts: Mapping[str, Checkout]
    targets: Targets
    commits: Mapping[str, Commit]
    problems: Sequence[str] = ()

    def row(
        self,
        checkout: Checkout,
        *,
        history: History | None = None,
        files: Files | None = None,
        problem: str | None = None,
        pending: bool = False,
    ) -> CheckoutRow:
        """The row of one checkout with what is known so far."""
        head = checkout.listed.head
        commit = self.commits.get(head) if head is not None else None
        if head is not None and commit is None:
            problem = problem or f"The commit that HEAD names ({head[:12]}) cannot be read."
        if files is None and not needs_files(checkout):
            files = _without_files(checkout)
        created, active = _times(checkout)
        return checkout_row(
            checkout,
            commit=commit,
            created=created,
            active=active,
            history=history,
            files=files,
            problem=problem,
            pending=pending,
        )


async def read_skeleton(git: Git, discovery: Discovery, repository: KnownRepository) -> Skeleton:
    """The checkouts of a repository as git lists them now, with what their HEADs name.

    Whatever cannot be read becomes a sentence in `problems`; never an empty list that looks like the truth.
    """
    try:
        checkouts = await discovery.checkouts_of(repository)
        local_branch = next((checkout.listed.branch for checkout in checkouts if checkout.local), None)
        heads = [checkout.listed.head for checkout in checkouts if checkout.listed.head is not None]
        targets, commits = await asyncio.gather(
            read_targets(git, repository, local_branch), read_commits(git, heads, cwd=repository.common_dir)
        )
    except GitError as error:
        return Skeleton(repository, {}, Targets(), {}, [f"Git cannot list its checkouts: {error.last_line}"])
    except (GitParseError, OSError) as error:
        return Skeleton(repository, {}, Targets(), {}, [f"Its checkouts cannot be listed: {error}"])
    return Skeleton(repository, {checkout.id: checkout for checkout in checkouts}, targets, commits)


def _without_files(checkout: Checkout) -> Files:
    """An operation in progress shows in files of the administrative directory, trusted or not."""
    try:
        return Files(operation=operation_by_files(checkout.admin))
    except (FileNotFoundError, NotADirectoryError):
        return Files()
    except OSError as error:
        return Files(problem=f"{checkout.name}: git's own directory cannot be read: {error.strerror}.")


def _times(checkout: Checkout) -> tuple[float | None, float | None]:
    """When it was made (git writes `commondir` once), and the last time its HEAD or index was written."""
    active = [time for name in ("index", "logs/HEAD", "HEAD") if (time := _written(checkout.admin / name)) is not None]
    created = None if checkout.listed.main else _written(checkout.admin / "commondir")
    return created, max(active, default=None)


def _written(path: Path) -> float | None:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return None

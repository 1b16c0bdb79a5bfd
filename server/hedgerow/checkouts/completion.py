"""Completes one checkout: its files, its operation, its history. Whatever fails becomes a sentence, never a zero."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from hedgerow.git.errors import GitError, GitParseError
from hedgerow.git.runner import Git
from hedgerow.protocol.checkouts import CheckoutState, Counts

from .checkout import Checkout
from .default_branch import Targets
from .freshness import Freshness
from .history import Histories, History
from .identity import state_of
from .operation import operation_in
from .records import Records
from .rows import Files
from .size import disk_size
from .statuses import Statuses


class Completion:
    """One for a list.

    Attributes:
        statuses: what is kept from one look at files to the next.
    """

    def __init__(self, git: Git, records: Records, freshness: Freshness) -> None:
        self.statuses = Statuses(git, freshness)
        self._git = git
        self._histories = Histories(git, records)

    async def of(
        self,
        checkout: Checkout,
        targets: Targets,
        *,
        files: Files | None,
        sizes: bool,
        others: Sequence[Path],
    ) -> tuple[History | None, Files, str | None]:
        """History, files, and a sentence when the history cannot be told.

        Args:
            files: what is known of the files already, when they need no look.
            sizes: also measure what it takes on disk, and take nothing about its files for granted.
            others: paths of the other checkouts, which do not count into this one's size.
        """
        history, problem = await self._history(checkout, targets)
        if files is None:
            files = await self._files(checkout, sizes, others)
        return history, files, problem

    async def _history(self, checkout: Checkout, targets: Targets) -> tuple[History | None, str | None]:
        try:
            return await self._histories.of(checkout, targets), None
        except GitError as error:
            return None, f"Its history cannot be read: {error.last_line}"
        except ValueError as error:
            return None, f"Its history cannot be understood: {error}"

    async def _files(self, checkout: Checkout, sizes: bool, others: Sequence[Path]) -> Files:
        # Again, right before git runs there: another repository may have taken the place since it was listed.
        state, problem = state_of(checkout.listed)
        if state is not CheckoutState.OK:
            return Files(problem=problem)
        counts: Counts | None = None
        operation: str | None = None
        try:
            operation = await operation_in(self._git, checkout)
            counts = await self.statuses.of(checkout, whole=sizes)
        except GitError as error:
            problem = f"Its files cannot be compared: {error.last_line}"
        except (GitParseError, OSError, ValueError) as error:
            problem = f"Its state cannot be read: {error}"
        size = await asyncio.to_thread(disk_size, _places(checkout), others) if sizes else None
        return Files(counts, operation, size, problem)


def _places(checkout: Checkout) -> list[Path]:
    return [checkout.path] if checkout.local else [checkout.path, checkout.admin]

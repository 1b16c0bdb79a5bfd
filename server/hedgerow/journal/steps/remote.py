"""The step that leaves this machine. It cannot be taken back, and its plan says so."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from hedgerow.git.errors import GitError
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from ..bench import Bench
from .step import Step

_REASONS = (
    ("non-fast-forward", "it has commits that are not here; fetch and bring them in first"),
    ("fetch first", "it has commits that are not here; fetch and bring them in first"),
    ("stale info", "it is not what was last fetched any more; fetch and look again"),
    ("protected branch", "the branch is protected there"),
    ("hook declined", "a hook there declined it"),
    ("Could not resolve host", "its host is not found"),
    ("Authentication failed", "you are not allowed in; check your credentials"),
    ("could not read Username", "it asks who you are; set up a credential helper or an ssh key"),
    ("Permission denied", "you are not allowed in; check your key"),
    ("does not appear to be a git repository", "there is no repository at its address"),
    ("not found", "there is no repository at its address"),
)
"""What git says, and what a person can do about it."""


class Push(Step):
    """Put a commit onto a branch of a remote, with the person's pre-push hook.

    Attributes:
        expected: with it the branch there is replaced, if it still is at this commit.
    """

    kind: Literal["push"] = "push"
    path: str
    remote: str
    ref: str
    oid: str
    expected: str | None = None

    async def apply(self, bench: Bench) -> None:
        lease = () if self.expected is None else (f"--force-with-lease={self.ref}:{self.expected}",)
        try:
            await bench.git.write(
                "push", "--no-recurse-submodules", *lease, "--", self.remote, f"{self.oid}:{self.ref}",
                cwd=Path(self.path), hooks=True, network=True,
            )  # fmt: skip
        except GitError as error:
            why = next((text for mark, text in _REASONS if mark in error.stderr), error.last_line)
            raise HedgerowError(
                ErrorCode.GIT_FAILED, f"{self.remote} did not take the push: {why}", git=error.stderr
            ) from error

    async def revert(self, bench: Bench) -> None:
        """What a remote has taken is out of our hands; what it refused was never there."""

    def inverse(self) -> None:
        return None

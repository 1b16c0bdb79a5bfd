"""The step that leaves this machine. It cannot be taken back, and its plan says so."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from hedgerow.git.configuration import read_configuration
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
        follow: let the local branch, which has no upstream, follow that one, as `git push -u` does. Set before the
            push, so that nothing can fail once it is through, and taken back when the push fails.
    """

    kind: Literal["push"] = "push"
    path: str
    remote: str
    ref: str
    oid: str
    expected: str | None = None
    follow: bool = False

    async def apply(self, bench: Bench) -> None:
        if self.follow:
            await self._begin_to_follow(bench)
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
        if not self.follow:
            return
        now = dict(await read_configuration(bench.git, Path(self.path), r"^branch\..*\.(remote|merge)$"))
        for key, value in self._upstream.items():
            if now.get(key) == value:
                await bench.git.write("config", "--local", "--unset", key, cwd=Path(self.path), ok=(0, 5))

    async def _begin_to_follow(self, bench: Bench) -> None:
        try:
            for key, value in self._upstream.items():
                await bench.git.write("config", "--local", key, value, cwd=Path(self.path))
        except GitError as error:
            raise HedgerowError(
                ErrorCode.GIT_FAILED,
                f"git could not note what the branch follows, and nothing was pushed: {error.last_line}",
                git=error.stderr,
            ) from error

    @property
    def _upstream(self) -> dict[str, str]:
        name = self.ref.removeprefix("refs/heads/")
        return {f"branch.{name}.remote": self.remote, f"branch.{name}.merge": self.ref}

    def inverse(self) -> None:
        return None

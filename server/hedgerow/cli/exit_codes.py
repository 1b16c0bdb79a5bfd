"""What the exit codes of `hedgerow` mean; `docs/cli.md` is generated from here."""

from __future__ import annotations

from enum import Enum


class ExitCode(int, Enum):
    DONE = 0
    """Done, or there was nothing to do; with `--dry-run`, the plan was shown."""
    REFUSED = 1
    """Refused or failed: the sentence says why, and nothing has changed. Also when `doctor` finds fault."""
    USAGE = 2
    """The command line does not fit."""
    UNANSWERED = 3
    """A plan was declined, or needs an answer that nobody gave. Nothing has changed."""
    INTERRUPTED = 130
    """Interrupted (Ctrl-C, or told to terminate) and cleanly cancelled. Nothing has changed."""

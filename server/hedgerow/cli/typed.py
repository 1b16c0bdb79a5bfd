"""What a command line can ask for. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from hedgerow.protocol.commands import Command

Shell = Literal["bash", "zsh", "fish"]


class UsageError(Exception):
    """The command line does not fit; the message is one sentence."""


@dataclass(frozen=True)
class Typed:
    """A command of the table as it was typed: values by the keys of its options."""

    command: Command
    values: dict[str, Any]
    json: bool
    yes: bool


@dataclass(frozen=True)
class Serve:
    """Run the language server."""


@dataclass(frozen=True)
class Completion:
    """Print the completion script of a shell, or of the shell that is running."""

    shell: Shell | None


@dataclass(frozen=True)
class Shown:
    """Help or the version was asked for, and has been printed."""

"""What can go wrong when git is run. A failed read is an error, never "nothing there"."""

from __future__ import annotations

from collections.abc import Sequence


class GitError(Exception):
    """Git ended with an exit code that the caller did not expect.

    Attributes:
        command: the arguments, without our fixed options.
        returncode: exit code, negative for a signal.
        stderr: what git said, decoded lossily, control characters kept out.
    """

    def __init__(self, command: Sequence[str], returncode: int, stderr: bytes) -> None:
        self.command = tuple(command)
        self.returncode = returncode
        self.stderr = readable(stderr).strip()
        super().__init__(f"git {self.command[0] if self.command else ''} failed ({returncode}): {self.last_line}")

    @property
    def last_line(self) -> str:
        """The line of git's message that says what is wrong: the first `fatal:`/`error:`, else the last."""
        lines = [line for line in self.stderr.splitlines() if line.strip()]
        for line in lines:
            for prefix in ("fatal: ", "error: "):
                if line.startswith(prefix):
                    return line[len(prefix) :]
        return lines[-1] if lines else "no message"


class GitMissingError(Exception):
    """There is no git program on PATH, or it is older than 2.39."""


class GitParseError(Exception):
    """Git printed something this code does not understand; treated as a failed read."""


def readable(raw: bytes) -> str:
    """Bytes for a person: UTF-8 with replacement; control characters but newline and tab dropped."""
    text = raw.decode("utf-8", "replace")
    return "".join(char for char in text if char in "\n\t" or (char.isprintable() or char == " "))

"""rich's console as we use it: text is only text, and a reader that goes away is told as what it is."""

from __future__ import annotations

from typing import NoReturn

import rich.console


class Console(rich.console.Console):
    """Prints what it is given: no markup, no highlighting, no emoji codes.

    Args:
        stderr: print there instead of on standard output.
        width: columns; None asks the terminal.
    """

    def __init__(self, *, stderr: bool, width: int | None) -> None:
        super().__init__(stderr=stderr, width=width, markup=False, highlight=False, emoji=False)

    def on_broken_pipe(self) -> NoReturn:
        """Let the caller decide, who knows that the work itself is done; rich would exit with 1."""
        raise BrokenPipeError

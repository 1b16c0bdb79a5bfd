"""What a person sees: a Neovim shown in a terminal of 80 by 24, as text.

Owns a tmux server of its own. Knows nothing of Hedgerow.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text
from tests.neovim.editor import Editor
from tests.support.until import until

COLUMNS, LINES = 80, 24

THEME = TerminalTheme((20, 22, 27), (224, 226, 234), [(0, 0, 0)] * 8)
"""Neovim's own background and text; it names every other colour itself."""


class Screen:
    """Shows an editor until ``close``.

    The test bed's Neovim runs through its own loader and so cannot start itself as a terminal's child; it is
    shown as any remote Neovim is (`--remote-ui`).
    """

    def __init__(self, neovim: Path, editor: Editor, folder: Path, env: Mapping[str, str]) -> None:
        self._env = dict(env)
        self._tmux = ["tmux", "-S", str(folder / "screen"), "-f", "/dev/null"]
        show = [str(neovim), "--server", editor.address, "--remote-ui"]
        self._run("new-session", "-d", "-x", str(COLUMNS), "-y", str(LINES), *show)

    def _run(self, *words: str) -> str:
        return subprocess.run([*self._tmux, *words], env=self._env, capture_output=True, text=True, check=True).stdout

    def type(self, keys: str) -> None:
        """Press keys; a newline is Enter."""
        for line in keys.splitlines(keepends=True):
            self._run("send-keys", "-l", line.rstrip("\n"))
            if line.endswith("\n"):
                self._run("send-keys", "Enter")

    def escape(self) -> None:
        """Press Escape."""
        self._run("send-keys", "Escape")

    def text(self) -> str:
        """The screen, without blanks at the ends of lines."""
        lines = [line.rstrip() for line in self._run("capture-pane", "-p").splitlines()]
        return "\n".join(lines).rstrip("\n") + "\n"

    def picture(self, change: Callable[[str], str]) -> str:
        """The screen in its colours, as SVG; ``change`` sees its text (with colours) first."""
        console = Console(record=True, width=COLUMNS, file=StringIO())
        coloured = change(self._run("capture-pane", "-p", "-e"))
        console.print(Text.from_ansi(coloured), no_wrap=True, overflow="crop")
        svg = console.export_svg(title="Neovim", unique_id="neovim", theme=THEME)
        return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # they would be fetched from elsewhere

    def wait(self, shows: Callable[[str], bool], what: str) -> str:
        """The screen, once it shows something."""

        def shown() -> str | None:
            text = self.text()
            return text if shows(text) else None

        try:
            return str(until(shown, what))
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text()}") from None

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], env=self._env, capture_output=True, check=False)

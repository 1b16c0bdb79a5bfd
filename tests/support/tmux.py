"""A tmux of one test: on a socket of its own, without any configuration, gone at the end.

Drives the real tmux as a person's hands and eyes do. Knows nothing of Hedgerow's own terminals.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.until import LIMIT, until


class Tmux:
    """Every pane stays after its program has ended, so that the last screen can be read."""

    def __init__(self, folder: Path, name: str = "test") -> None:
        self.folder = folder
        self.name = name

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[Tmux]:
        folder = Path(tempfile.mkdtemp(prefix="hr-tmux-", dir="/tmp"))  # a socket's path is limited
        tmux = cls(folder)
        try:
            yield tmux
        finally:
            tmux.run("kill-server", check=False)
            shutil.rmtree(folder, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        return {"TMUX_TMPDIR": str(self.folder)}

    def run(self, *arguments: str, check: bool = True) -> str:
        command = ["tmux", "-L", self.name, "-f", "/dev/null", *arguments]
        own = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **self.environment()}
        done = subprocess.run(command, env=own, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if check:
            assert done.returncode == 0, f"tmux {arguments[0]}: {done.stderr}"
        return done.stdout

    def start(self, name: str, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        """Run a program in a session of its own; ``env`` is all of its environment."""
        whole = ["env", "-i", *(f"{key}={value}" for key, value in env.items()), "TERM=screen-256color", *argv]
        size = ("-x", "120", "-y", "35")
        keep = (";", "set-option", "-w", "-t", f"={name}:", "remain-on-exit", "on")
        self.run("new-session", "-d", "-s", name, *size, "-c", str(cwd), "--", *whole, *keep)

    def send(self, name: str, *keys: str) -> None:
        """Press keys, by tmux's names (`Enter`, `Escape`, `C-c`); anything else is typed."""
        self.run("send-keys", "-t", f"={name}:", *keys)

    def screen(self, name: str) -> str:
        return self.run("capture-pane", "-p", "-t", f"={name}:")

    def title(self, name: str) -> str:
        return self.run("display-message", "-p", "-t", f"={name}:", "#{pane_title}").rstrip("\n")

    def pid(self, name: str) -> int:
        return int(self.run("display-message", "-p", "-t", f"={name}:", "#{pane_pid}"))

    def names(self) -> list[str]:
        return self.run("list-sessions", "-F", "#{session_name}", check=False).splitlines()

    def wait_for(self, name: str, text: str, limit: float = LIMIT) -> str:
        """The screen, once ``text`` stands on it."""
        last = ""

        def shows() -> bool:
            nonlocal last
            last = self.screen(name)
            return text in last

        try:
            until(shows, f"{text!r} on the screen of {name}", limit)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{last}") from None
        return last

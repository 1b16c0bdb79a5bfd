"""A real Helix that tests drive: in a terminal of tmux, with keys, as a person does.

Owns a tmux server of its own. Knows nothing of Hedgerow.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

LIMIT = 60.0
"""Seconds that anything may take before the test gives up. Nothing is expected to come near it."""
COLUMNS, LINES = 120, 40


class Helix:
    def __init__(self, program: Path, file: Path, env: Mapping[str, str]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hedgerow-helix-", dir="/tmp"))  # a socket's path is limited
        self._env = dict(env)
        self._tmux = ["tmux", "-S", str(self._folder / "tmux"), "-f", "/dev/null"]
        self._log = self._folder / "log"
        size = ("-x", str(COLUMNS), "-y", str(LINES))
        command = (str(program), "-v", "--log", str(self._log), str(file))
        self._run("new-session", "-d", *size, "-c", str(file.parent), *command)

    @classmethod
    @contextlib.contextmanager
    def started(cls, program: Path, file: Path, env: Mapping[str, str]) -> Iterator[Helix]:
        editor = cls(program, file, env)
        try:
            editor.until(lambda: file.name in editor.screen(), "the file")
            editor.until(editor._has_server, "its language server")
            yield editor
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                editor._run("kill-server")
            shutil.rmtree(editor._folder, ignore_errors=True)

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names: `j`, `Space`, `Enter`, `Escape`."""
        self._run("send-keys", *keys)

    def command(self, text: str) -> None:
        """A command after a colon."""
        self._run("send-keys", "-l", f":{text}")
        self.until(lambda: text in self.screen(), "what was typed")
        self.keys("Enter")

    def leave(self, shown: str) -> None:
        """Close what shows this. Waits, since a key that follows an escape at once would be taken with it."""
        self.keys("Escape")
        self.until(lambda: shown not in self.screen(), f"{shown!r} to go")

    def screen(self) -> str:
        return self._run("capture-pane", "-p")

    def until(self, condition: Callable[[], object], what: str) -> None:
        end = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"waited for {what}; on the screen:\n{self.screen()}")
            time.sleep(0.05)

    def shows(self, *texts: str) -> None:
        """Wait until all of these are on the screen."""
        self.until(lambda: all(text in self.screen() for text in texts), " and ".join(texts))

    def _has_server(self) -> bool:
        """It hands documents over once the server has said what it can do; before that it offers nothing."""
        return self._log.exists() and '"method":"textDocument/didOpen"' in self._log.read_text("utf-8", "replace")

    def _run(self, *words: str) -> str:
        return subprocess.run([*self._tmux, *words], env=self._env, capture_output=True, text=True, check=True).stdout

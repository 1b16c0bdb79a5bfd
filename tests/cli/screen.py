"""`hedgerow` on a pseudo-terminal of its own, as a person has it: what appears is read, keys are typed."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.home import Home

LIMIT = 60.0
_SEQUENCES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|.)")


class Screen:
    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self._master = master
        self._raw = b""

    @property
    def text(self) -> str:
        """Everything that appeared, without colours and cursor moves."""
        return _SEQUENCES.sub("", self._raw.decode(errors="replace")).replace("\r\n", "\n")

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def wait_for(self, words: str) -> str:
        """Read until ``words`` appear; the whole text."""
        deadline = time.monotonic() + LIMIT
        while words not in self.text:
            if time.monotonic() > deadline or not self._read(deadline):
                raise AssertionError(f"{words!r} did not appear in:\n{self.text}")
        return self.text

    def end(self) -> int:
        """Read until the program ends; its exit code."""
        deadline = time.monotonic() + LIMIT
        while self._read(deadline):
            pass
        return self.process.wait(LIMIT)

    def _read(self, deadline: float) -> bool:
        """Read once; false when nothing more will come."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            read = os.read(self._master, 65536)
        except OSError:  # Linux answers EIO when the last of the other side has gone
            return False
        self._raw += read
        return bool(read)


def _take_terminal() -> None:
    """In the child: its terminal controls it, so that Ctrl-C interrupts, also where whoever runs the tests ignores it
    (as a shell has what it starts in the background do)."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def on_a_screen(home: Home, cwd: Path, *args: str, typed_before: str = "") -> Iterator[Screen]:
    """`hedgerow ARGS` with a terminal of 80 columns as its only input and output."""
    master, slave = os.openpty()
    try:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
        if typed_before:
            os.write(master, typed_before.encode())
        process = subprocess.Popen(
            [Path(sys.executable).parent / "hedgerow", *args],
            cwd=cwd,
            env=home.environment({"TERM": "xterm-256color"}),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - one call, which takes no lock
        )
    finally:
        os.close(slave)
    try:
        yield Screen(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(master)

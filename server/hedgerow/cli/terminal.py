"""The terminal that the person sits at: where lines are printed, asked and progress is shown. Decides nothing."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from hedgerow.protocol.model import Model

from .text import visible

if TYPE_CHECKING:
    from rich.status import Status

    from .console import Console

UNBOUNDED = 200
"""Columns where no terminal says how many it has: enough for a pipe into a search."""


class Terminal:
    """Standard input, output and error of this process.

    Attributes:
        interactive: a person can be asked: they see standard error and can type.
    """

    def __init__(self) -> None:
        _open_standard_streams()
        self.interactive = sys.stdin.isatty() and sys.stderr.isatty()
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # a locale without some letter shows its code instead of failing
                stream.reconfigure(errors="backslashreplace")

    @staticmethod
    def give_up_output() -> None:
        """Nothing more can be written to standard output, and Python must not try again at exit."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    @staticmethod
    def out() -> Console:
        return _console(stderr=False)

    @staticmethod
    def err() -> Console:
        return _console(stderr=True)

    @staticmethod
    def say(sentence: str) -> None:
        """One line on standard error, without loading rich."""
        sys.stderr.write(visible(sentence, lines=True).rstrip() + "\n")
        sys.stderr.flush()

    @staticmethod
    def prints_to_person() -> bool:
        """Standard output is a terminal, which text may steer."""
        return sys.stdout.isatty()

    def write(self, text: str) -> None:
        """Exactly this text and a line break on standard output, as UTF-8 whatever the locale."""
        self.write_bytes(text.encode() + b"\n")

    @staticmethod
    def write_bytes(content: bytes) -> None:
        """Exactly these bytes on standard output."""
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()

    def write_json(self, value: Model) -> None:
        """A model as JSON by its names on the wire; in ASCII, so that no name steers a terminal.

        Not by pydantic's own serialiser, which refuses the lone surrogates of a path that is not UTF-8.
        """
        import json  # noqa: PLC0415 - only for those who ask for it

        self.write(json.dumps(value.model_dump(), indent=2))

    async def ask(self, question: str) -> str | None:
        """What the person types in one line, lower case; None at the end of input.

        Waits without holding up the event loop, so that an interruption is noticed. What was typed before the
        question appeared is thrown away: nobody agrees to what they have not seen.
        """
        import termios  # noqa: PLC0415 - only with a terminal

        descriptor = sys.stdin.fileno()
        termios.tcflush(descriptor, termios.TCIFLUSH)
        sys.stderr.write(question + " ")
        sys.stderr.flush()
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        loop.add_reader(descriptor, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(descriptor)
        line = os.read(descriptor, 4096)
        return line.decode(errors="replace").strip().lower() if line else None


class Progress:
    """A spinner with the last message, on standard error while that is a terminal; otherwise nothing."""

    def __init__(self) -> None:
        self._status: Status | None = None
        self._shown = sys.stderr.isatty()

    def __call__(self, message: str, percent: int | None = None) -> None:
        if not self._shown:
            return
        from rich.text import Text  # noqa: PLC0415 - costs only those who see it

        words = Text(visible(message) + (f" ({percent} %)" if percent is not None else ""))
        words.no_wrap, words.overflow = True, "ellipsis"
        if self._status is None:
            self._status = Terminal.err().status(words)
            self._status.start()
        else:
            self._status.update(words)

    def stop(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


def _open_standard_streams() -> None:
    """Where a stream is closed, open it on nothing: else the next file opened would take its number and our words."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - for good


def _console(*, stderr: bool) -> Console:
    from .console import Console  # noqa: PLC0415 - rich costs only those who read

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else UNBOUNDED
    return Console(stderr=stderr, width=width)

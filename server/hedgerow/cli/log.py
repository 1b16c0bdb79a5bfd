"""The shell's log: what a person is spared goes to a file in the state directory, which is made when there is some."""

from __future__ import annotations

import logging
from pathlib import Path

MEBIBYTE = 1 << 20


class Log(logging.Handler):
    """Writes warnings and errors of every room to ``path``; opened, and its imports paid for, at the first of them."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._file: logging.Handler | None = None
        self._problem: str | None = None

    @property
    def path(self) -> Path:
        import platformdirs  # noqa: PLC0415 - only where something is logged

        return platformdirs.user_state_path("hedgerow", appauthor=False) / "logs" / "shell.log"

    @property
    def words(self) -> str:
        """Where the details are, for the end of a sentence."""
        if self._problem is not None:
            return f"{self.path} could not be written either ({self._problem})"
        return f"{self.path} has the details"

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self._file is None:
                self._file = self._opened()
            self._file.emit(record)
        except OSError as error:
            self._problem = error.strerror or type(error).__name__

    def _opened(self) -> logging.Handler:
        from logging.handlers import RotatingFileHandler  # noqa: PLC0415 - as above

        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = RotatingFileHandler(
            self.path, maxBytes=MEBIBYTE, backupCount=1, encoding="utf-8", errors="backslashreplace"
        )
        file.setFormatter(logging.Formatter("%(asctime)s %(process)d %(name)s: %(message)s"))
        return file


def keep() -> Log:
    """Everything that is logged from now on goes there, and nothing to the terminal."""
    log = Log()
    logging.getLogger().addHandler(log)
    return log

"""Where a server says what went wrong: on stderr for the editor's own log, and in the state directory for later."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections import deque

_KEPT_FILES = 10
_FILE_BYTES = 1024 * 1024
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_WAITING_LINES = 1000


class StderrHandler(logging.Handler):
    """Writes from a thread of its own: an editor that does not read the log must not stop the server.

    Of what waits too long, the oldest goes; the file has it all.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._waiting: deque[bytes] = deque(maxlen=_WAITING_LINES)
        self._more = threading.Event()
        self._written = threading.Event()
        self._written.set()
        threading.Thread(target=self._run, name="stderr", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        self._written.clear()
        self._waiting.append(f"{self.format(record)}\n".encode("utf-8", "replace"))
        self._more.set()

    def close(self) -> None:
        """Called at exit; waits a moment for the last lines."""
        self._written.wait(0.5)
        super().close()

    def _run(self) -> None:
        with contextlib.suppress(OSError):  # Nobody is there to read it.
            while self._more.wait():
                self._more.clear()
                while self._waiting:
                    line = self._waiting.popleft()
                    while line:
                        line = line[os.write(2, line) :]
                if not self._more.is_set():
                    self._written.set()


def log_to_stderr() -> None:
    handler = StderrHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    # It warns of what a client does wrong, which the client is told.
    logging.getLogger("pygls").setLevel(logging.ERROR)
    logging.getLogger("hedgerow").setLevel(logging.INFO)


def log_to_files() -> None:
    """A file of this process alone, since two that rotate the same one lose lines. Old ones go."""
    from logging.handlers import RotatingFileHandler  # noqa: PLC0415 - not needed before the server has answered

    import platformdirs  # noqa: PLC0415 - the same

    directory = platformdirs.user_state_path("hedgerow", appauthor=False) / "logs"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            directory / f"server-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log",
            maxBytes=_FILE_BYTES,
            backupCount=1,
            encoding="utf-8",
            delay=True,
        )
    except OSError:
        logging.getLogger(__name__).warning("no log is kept in %s", directory, exc_info=True)
        return
    handler.setFormatter(logging.Formatter(_FORMAT))
    logging.getLogger().addHandler(handler)
    files = []
    for path in directory.glob("server-*.log*"):
        with contextlib.suppress(OSError):
            files.append((path.stat().st_mtime, path))
    for _, path in sorted(files, reverse=True)[_KEPT_FILES:]:
        with contextlib.suppress(OSError):
            path.unlink()

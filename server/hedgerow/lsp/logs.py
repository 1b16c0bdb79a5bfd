"""Where a server says what went wrong: on stderr for the editor's own log, and in the state directory for later."""

from __future__ import annotations

import contextlib
import logging
import os

_KEPT_FILES = 10
_FILE_BYTES = 1024 * 1024
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("hedgerow").setLevel(logging.INFO)


def log_to_files() -> None:
    """A file of this process alone, since two that rotate the same one lose lines. Old ones go."""
    from logging.handlers import RotatingFileHandler  # noqa: PLC0415 - not needed before the server has answered

    import platformdirs  # noqa: PLC0415 - the same

    directory = platformdirs.user_state_path("hedgerow", appauthor=False) / "logs"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            directory / f"server-{os.getpid()}.log", maxBytes=_FILE_BYTES, backupCount=1, encoding="utf-8", delay=True
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

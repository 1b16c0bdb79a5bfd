"""The user's state directory: one place for all repositories, private, never inside a repository."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from hedgerow.protocol.errors import ErrorCode, HedgerowError


@dataclass(frozen=True)
class StateDirectory:
    """`$XDG_STATE_HOME/hedgerow` (0700): the database, locks, kept files, logs, the bell."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "state.sqlite3"

    @property
    def locks(self) -> Path:
        return self.root / "locks"

    @property
    def kept(self) -> Path:
        """Files that never enter git (ignored, or too large), by snapshot."""
        return self.root / "kept"

    @property
    def inbox(self) -> Path:
        """What agents' hooks have written down, until it is read."""
        return self.root / "inbox"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @classmethod
    def open(cls, root: Path | None = None) -> StateDirectory:
        """Make it if it is missing.

        Raises:
            HedgerowError: READ_ONLY when it cannot be made or written.
        """
        if root is None:
            import platformdirs  # noqa: PLC0415 - only when no directory is given

            root = platformdirs.user_state_path("hedgerow", appauthor=False)
        state = cls(root)
        try:
            for directory in (root, state.locks, state.kept, state.inbox, state.logs):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if root.stat().st_mode & 0o077:
                root.chmod(0o700)
        except OSError as error:
            raise HedgerowError(
                ErrorCode.READ_ONLY, f"the state directory {root} cannot be made ({error.strerror}); set XDG_STATE_HOME"
            ) from error
        if not os.access(root, os.W_OK):
            raise HedgerowError(ErrorCode.READ_ONLY, f"the state directory {root} cannot be written")
        return state

"""A home of Codex for one worktree alone: its own conversations and daemon, with the person's settings and login."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .app_server import LONGEST_SOCKET_PATH, socket_of


def separate_home(usual: Path, place: Path) -> Path:
    """Make it, as far as it is not there.

    Raises:
        HedgerowError: the place's path is too long for a socket.
    """
    if len(os.fsencode(socket_of(place))) > LONGEST_SOCKET_PATH:
        raise HedgerowError(
            ErrorCode.UNSUPPORTED,
            f"{place} is too long a path for a CODEX_HOME of its own (a socket's path has at most "
            f"{LONGEST_SOCKET_PATH} bytes); set XDG_STATE_HOME to a shorter one, or codexHomePerWorktree to false",
        )
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    config, login = usual / "config.toml", usual / "auth.json"
    if config.exists() and not (place / config.name).exists():  # a copy: Codex would write through a link
        shutil.copyfile(config, place / config.name)
        (place / config.name).chmod(0o600)
    if login.exists() and not os.path.lexists(place / login.name):  # one login, also when it is renewed
        (place / login.name).symlink_to(login)
    return place

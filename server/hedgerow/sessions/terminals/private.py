"""Files that nobody else can read: launches, and text on its way into a terminal."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def private_directory(directory: Path) -> Path:
    """Made, if it is missing."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def write_private(directory: Path, kind: str, content: bytes) -> Path:
    """A new file that nobody else can read."""
    path = directory / f"{kind}-{secrets.token_hex(8)}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
    return path

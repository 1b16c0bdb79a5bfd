"""The random id that makes a repository known, kept in its common directory."""

from __future__ import annotations

import secrets
from pathlib import Path

from . import files
from .records import Records

ID_FILE = Path("hedgerow") / "repository-id"


def ensure_identity(common_dir: Path, records: Records, known: str) -> str:
    """The repository's id; one is made at the first change here.

    Args:
        known: the id it goes by now; one that begins with `path-` is no id of its own yet.

    Raises:
        OSError: the common directory cannot be written.
    """
    identity = known
    if known.startswith("path-"):
        place = common_dir / ID_FILE
        files.make_directory(place.parent, 0o755)
        identity = secrets.token_hex(8)
        files.write_atomic(place, identity.encode() + b"\n", 0o644)
    records.remember_repository(identity, common_dir)
    return identity

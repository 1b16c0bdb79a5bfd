"""The random id that makes a repository known, kept in its common directory."""

from __future__ import annotations

import secrets
from pathlib import Path

from hedgerow.protocol.errors import ErrorCode, HedgerowError

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


def prove_identity(common_dir: Path, identity: str) -> None:
    """A path proves nothing: another repository may be there by now.

    Raises:
        HedgerowError: NOT_A_REPOSITORY when this is not the repository with that id.
    """
    try:
        found = (common_dir / ID_FILE).read_text("ascii").strip()
    except (OSError, ValueError):
        found = ""
    if found != identity:
        raise HedgerowError(
            ErrorCode.NOT_A_REPOSITORY, f"another repository is at {common_dir} now; nothing was changed there"
        )

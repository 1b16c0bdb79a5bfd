"""The random id that makes a repository known, kept in its common directory."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from hedgerow.protocol.errors import ErrorCode, HedgerowError

from . import files
from .records import Records

ID_FILE = Path("hedgerow") / "repository-id"
_ID = re.compile(rb"[0-9a-f]{16}")


def ensure_identity(common_dir: Path, records: Records, known: str) -> str:
    """The repository's id; one is made at the first change here.

    Args:
        known: the id it goes by now; one that begins with `path-` is no id of its own yet.

    Raises:
        OSError: the common directory cannot be written.
    """
    identity = _kept_or_made(common_dir / ID_FILE) if known.startswith("path-") else known
    records.remember_repository(identity, common_dir)
    return identity


def _kept_or_made(place: Path) -> str:
    """Another process may make one at the same moment: the first counts."""
    identity = secrets.token_hex(8)
    content = identity.encode() + b"\n"
    files.make_directory(place.parent, 0o755)
    try:
        files.claim(place, content, place.with_name(f"{place.name}.{identity}"))
    except FileExistsError:
        kept = place.read_bytes().strip()
        if _ID.fullmatch(kept):
            return kept.decode()
        files.write_atomic(place, content, 0o644)  # damaged, or nothing of ours
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

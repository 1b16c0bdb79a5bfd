"""Which checkout this is, whose it is, and the proof of it that a removal needs.

A path or a name proves nothing: another repository may have taken the place since (graveyard DL11, DL12, DL18).
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from hedgerow.git.worktree_list import ListedWorktree, gitdir_target, points_back
from hedgerow.protocol.checkouts import CheckoutState

from .checkout import Checkout, FileId
from .records import WorktreeRecord
from .repositories import KnownRepository, shown

TOKEN_FILE = "hedgerow-worktree"
"""In the administrative directory of a managed worktree: JSON with its `token` and `id`."""


def file_id(path: Path) -> FileId | None:
    """Identity of what is at a path, links not followed; None when nothing is, or it cannot be looked at."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return FileId(found.st_dev, found.st_ino)


def local_id(repository: KnownRepository) -> str:
    return f"local-{repository.id}"


def foreign_id(admin: Path) -> str:
    """Id of a checkout that is not ours: its administrative directory's path and inode, so that a new worktree
    in an old one's place is another checkout."""
    found = file_id(admin)
    text = os.fsencode(admin) + b"\0" + str(found.inode if found else 0).encode()
    return "x-" + hashlib.sha256(text).hexdigest()[:12]


def record_of(admin: Path, records: Iterable[WorktreeRecord]) -> WorktreeRecord | None:
    """Our record of the worktree with this administrative directory, proved by the token kept in it."""
    token = _token(admin)
    if token is None:
        return None
    for record in records:
        if (record.token, record.id) == token and _is_place_of(record, admin):
            return record
    return None


def _token(admin: Path) -> tuple[str, str] | None:
    try:
        value = json.loads((admin / TOKEN_FILE).read_bytes())
        return str(value["token"]), str(value["id"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _is_place_of(record: WorktreeRecord, admin: Path) -> bool:
    """A copy of a repository carries our tokens along; only the place on record counts while that exists."""
    recorded = Path(record.admin)
    if recorded == admin:
        return True
    if os.path.lexists(recorded):
        return file_id(recorded) == file_id(admin)
    return recorded.name == admin.name  # the whole repository was moved


def owner_of(listed: ListedWorktree, record: WorktreeRecord | None) -> str:
    """Who made a checkout, as far as it can be told."""
    if record is not None:
        return "hedgerow"
    if listed.main:
        return "user"
    parts = listed.path.parts
    if (listed.admin / "codex-thread.json").exists() or (".codex", "worktrees") in itertools.pairwise(parts):
        return "codex"
    if (".claude", "worktrees") in itertools.pairwise(parts):
        return "claude"
    # VS Code's agents name branches <git.branchPrefix>copilot/…; its worktrees lie where anybody's may.
    if listed.branch is not None and "copilot" in listed.branch.removeprefix("refs/heads/").split("/")[:-1]:
        return "vscode"
    return "user"


def state_of(listed: ListedWorktree) -> tuple[CheckoutState, str | None]:
    """Whether the directory of a listed checkout is there and is its own; a sentence when not.

    Git is only ever started in a directory that passed this: another repository's configuration could be there.
    """
    where = shown(listed.path)
    try:
        found = os.stat(listed.path)
        target = None if listed.main else points_back(listed.path)
        os.listdir(listed.path)
    except (FileNotFoundError, NotADirectoryError):
        if listed.path.parent.is_dir():
            return CheckoutState.MISSING, f"{where} is gone. If it was moved, repair finds it again."
        return CheckoutState.MISSING, f"{where} is gone (a disk that is not mounted, or a moved folder?)."
    except OSError as error:
        return CheckoutState.UNREADABLE, f"{where} cannot be read: {error.strerror}."
    if not stat.S_ISDIR(found.st_mode):
        return CheckoutState.MISSING, f"{where} is a file now."
    if listed.main:
        return CheckoutState.OK, None
    if target is None:
        if os.path.lexists(listed.path / ".git"):
            return CheckoutState.MISSING, f"Another repository is at {where} now."
        return CheckoutState.MISSING, f"{where} has lost its .git file, so git no longer sees a worktree there."
    if file_id(target) is None or file_id(target) != file_id(listed.admin):
        return CheckoutState.MISSING, f"Another checkout is at {where} now."
    return CheckoutState.OK, None


def prove_identity(checkout: Checkout) -> str | None:
    """None when the directory is proved to be this linked worktree and no other; else a sentence saying why not.

    Looks at the disk now, whatever the checkout says: to be called again right before a removal.
    """
    where = shown(checkout.path)
    common_dir = checkout.repository.common_dir
    if checkout.local or checkout.listed.main or checkout.admin == common_dir:
        return f"{where} is Local, the main working tree of its repository."
    try:
        return _disprove(checkout, where, common_dir)
    except OSError as error:
        return f"{where} cannot be examined: {error.strerror}."


def _disprove(checkout: Checkout, where: str, common_dir: Path) -> str | None:
    path, admin = checkout.path, checkout.admin
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        return f"{where} is not a directory."
    if common_dir.is_relative_to(os.path.realpath(path)):
        return f"{where} holds the repository itself."
    if not os.path.lexists(path / ".git"):
        return f"{where} has no .git file, so nothing proves which worktree it is."
    if not stat.S_ISREG(os.lstat(path / ".git").st_mode):
        return f"{where} holds a repository of its own (.git is no file)."
    if not stat.S_ISDIR(os.lstat(admin).st_mode) or not os.path.samefile(admin.parent, common_dir / "worktrees"):
        return f"{shown(admin)} is no administrative directory of this repository."
    target = points_back(path)
    if target is None or not os.path.lexists(target) or not os.path.samefile(target, admin):
        return f"{where} belongs to another checkout now: its .git file names {shown(target) if target else 'nothing'}."
    back = gitdir_target(admin)
    if back is None or file_id(back) != file_id(path):
        return f"Git's entry for {where} names another directory: {shown(back) if back else 'none'}."
    if checkout.directory is not None and file_id(path) != checkout.directory:
        return f"{where} is not the directory it was: it was replaced meanwhile."
    if checkout.admin_directory is not None and file_id(admin) != checkout.admin_directory:
        return f"Git's entry for {where} is not the one it was: it was replaced meanwhile."
    if checkout.ours and (checkout.record is None or record_of(admin, [checkout.record]) is None):
        return f"{where} no longer carries our mark, so it is not Hedgerow's to remove."
    return None

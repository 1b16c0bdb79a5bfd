"""Laying down what an administrative directory knew: operation state, refs of its own, HEAD, reflog, index."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from hedgerow.git.objects import read_blobs
from hedgerow.git.refs import HeadRef, set_head
from hedgerow.git.runner import Git
from hedgerow.journal import files
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .admin_state import is_linked
from .held import Held
from .index import READ_CONFIG
from .reftable_log import write_head_log


async def lay_admin(git: Git, held: Held, checkout: Path, admin: Path, head: HeadRef) -> None:
    """Everything but the index. The reflog comes last, since moving HEAD writes to it."""
    refs = {**held.manifest.refs, **held.manifest.root_refs}
    if refs:
        lines = "".join(f"option no-deref\nupdate {name} {oid}\n" for name, oid in refs.items())
        await git.write("update-ref", "-m", "restore", "--stdin", cwd=checkout, input=lines.encode())
    await set_head(git, checkout, head, message="restore")
    wanted = {path: oid for path, oid in held.admin.items() if path.startswith((b"state/", b"logs/"))}
    contents = await read_blobs(git, list(wanted.values()), cwd=checkout)
    for path, oid in wanted.items():
        below = path if path.startswith(b"logs/") else path[len(b"state/") :]
        if below.startswith(b"logs/") and held.repository.ref_format != "files":
            if below == b"logs/HEAD":
                await write_head_log(git, checkout, contents[oid])
            continue
        place = admin / os.fsdecode(below)
        files.make_directory(place.parent, parents=True)
        files.write_atomic(place, contents[oid], held.manifest.state_modes.get(below, 0o644))

    settings = admin / "config.worktree"
    if b"state/config.worktree" in wanted and not held.manifest.linked and is_linked(held.repository, admin):
        # With extensions.worktreeConfig Local's own place and bareness are said there; they are not this checkout's.
        for key in ("core.worktree", "core.bare"):
            await git.write("config", "--file", str(settings), "--unset-all", key, cwd=checkout, ok=(0, 5))


async def lay_index(git: Git, held: Held, checkout: Path, admin: Path) -> None:
    """The index as it was, then refreshed: its entries and flags stay, its stat data becomes that of the new files.

    Raises:
        HedgerowError: (`busy`) another program holds the index lock.
    """
    lock, place = admin / "index.lock", admin / "index"
    oid = held.admin.get(b"index")
    if oid is None:
        with contextlib.suppress(FileNotFoundError):
            files.remove_file(place)
        return
    content = (await read_blobs(git, [oid], cwd=checkout))[oid]
    try:
        files.write_new(lock, content)
    except FileExistsError:
        raise HedgerowError(ErrorCode.BUSY, f"another git program is working there: {lock} exists") from None
    files.replace(lock, place)
    await git.write(
        "update-index", "-q", "--refresh", cwd=checkout, ok=(0, 1),
        config=(*READ_CONFIG, "core.splitIndex=false", "core.untrackedCache=false"),
    )  # fmt: skip

"""What a state's own rules ignore. They change with the work: what is untracked now may have been ignored then."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git
from hedgerow.journal import files

from .index import READ_CONFIG
from .sides import State, read_side, stage


async def ignored_in(
    git: Git, repository: Repository, admin: Path, state: State, paths: Collection[bytes]
) -> frozenset[bytes]:
    """Those of the paths that git would ignore in a state, by its `.gitignore` files and the person's own rules."""
    if not paths:
        return frozenset()
    side = await read_side(git, repository, state)
    rules = [path for path in side.entries if path.rpartition(b"/")[2] == b".gitignore"]
    with files.scratch_directory() as scratch:
        await stage(git, repository, admin, side, rules, scratch / "rules", contents=True)
        top = scratch / "top"
        top.mkdir()
        for path, source in side.sources.items():
            if not side.wanted[path].link:  # git follows no link to rules either
                place = top / path.decode("utf-8", "surrogateescape")
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, place)
        # As in `reading`: check-ignore refuses literal pathspecs, and "./" keeps names from being magic.
        out = await git.read(
            "check-ignore", "--no-index", "-z", "--stdin", cwd=top, ok=(0, 1), config=READ_CONFIG,
            input=b"".join(b"./" + path + b"\0" for path in sorted(paths)),
            env={"GIT_LITERAL_PATHSPECS": "0", "GIT_DIR": str(admin), "GIT_WORK_TREE": str(top)},
        )  # fmt: skip
    return frozenset(path[2:] for path in out.split(b"\0") if path)

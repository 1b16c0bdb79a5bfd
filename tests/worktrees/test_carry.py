"""Local's uncommitted changes carried to a new worktree: every kind of them, and back again by undo."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.ground import Ground
from tests.support.hedgerow import Hedgerow
from tests.support.oracle import of_area

from hedgerow.protocol.errors import HedgerowError

IGNORED = {b".env", b"data.ignored"}
EMPTY = {b"empty-directory"}
"""Nobody minds where an empty directory is."""


def uncommitted(ground: Ground, checkout: Path) -> tuple[dict[bytes, str], dict[bytes, str]]:
    """What travels: files but for ignored ones, and the index."""
    seen = ground.oracle.observe(ground.repository)
    files = {name: value for name, value in seen.files(checkout).items() if name != b".git"}
    return {name: value for name, value in files.items() if name not in IGNORED}, seen.index(checkout)


@pytest.mark.parametrize("head", ["branch", "detached"])
@pytest.mark.parametrize("carry", ["copy", "move"])
async def test_every_kind(ground: Ground, carry: str, head: str) -> None:
    if head == "detached":
        ground.git("checkout", "-q", "--detach")
    clean, index = uncommitted(ground, ground.repository)
    ground.playground.dirty(ground.repository)
    before = ground.observe()
    work = uncommitted(ground, ground.repository)
    made = await ground.call("create", name="work", carry=carry)
    worktree = Path(made.paths[0])
    files, there = uncommitted(ground, worktree)
    assert (files, there) == ({k: v for k, v in work[0].items() if k in files or k not in EMPTY}, work[1])
    assert not any((worktree / os.fsdecode(name)).exists() for name in IGNORED)
    if carry == "move":
        left, staged = uncommitted(ground, ground.repository)
        assert {name: value for name, value in left.items() if name not in EMPTY} == clean
        assert staged == index
        assert (ground.repository / ".env").read_text() == "SECRET=1\n"
    else:
        assert uncommitted(ground, ground.repository) == work
    await ground.agree("undo", operation=made.operation.id)
    assert ground.difference(before, except_for=[of_area("reflog")]) == []


async def test_a_large_file(ground: Ground) -> None:
    content = os.urandom(2 * 2**20)
    (ground.repository / "large.bin").write_bytes(content)
    before = ground.observe()
    async with Hedgerow.opened(ground.home, large_file_mib=1) as hedgerow:
        made = await hedgerow.agree("create", ground.repository, name="work", carry="move")
        assert (Path(made.paths[0]) / "large.bin").read_bytes() == content
        assert not (ground.repository / "large.bin").exists()
        assert made.operation is not None
        await hedgerow.agree("undo", ground.repository, operation=made.operation.id)
    assert ground.difference(before) == []


async def test_a_merge_in_progress_is_not_carried(ground: Ground) -> None:
    ground.playground.merge_in_progress(ground.repository)
    for carry in ("copy", "move"):
        await ground.refused("create", name="work", carry=carry)


async def test_no_commit_yet(ground: Ground) -> None:
    unborn = ground.playground.repository("unborn", commit=False)
    for carry in ("none", "copy", "move"):
        with pytest.raises(HedgerowError, match="no commit"):
            await ground.hedgerow.call("create", unborn, name="work", carry=carry)
    assert not (unborn.parent / "unborn.worktrees").exists()


async def test_another_start_is_refused(ground: Ground) -> None:
    ground.playground.commit(ground.repository, "second", {"c.txt": "c\n"})
    (ground.repository / "a.txt").write_text("edited\n")
    await ground.refused("create", "conflict", name="work", carry="move", **{"from": "HEAD~1"})


@pytest.mark.parametrize("carry", ["copy", "move"])
async def test_a_submodule_with_work_in_it(ground: Ground, carry: str) -> None:
    """Work inside a submodule is its own repository's: it stays where it is, and Local's other work travels."""
    inside = ground.playground.submodule(ground.repository)
    (inside / "inside.txt").write_text("edited inside\n")
    (inside / "new.txt").write_text("new inside\n")
    (ground.repository / "a.txt").write_text("edited\n")
    before = ground.observe()
    try:
        made = await ground.call("create", name="work", carry=carry)
    except HedgerowError:
        assert ground.difference(before) == []
    else:
        assert (Path(made.paths[0]) / "a.txt").read_text() == "edited\n"
        await ground.agree("undo", operation=made.operation.id)
        assert ground.difference(before) == []
    assert (inside / "inside.txt").read_text() == "edited inside\n"
    assert (inside / "new.txt").read_text() == "new inside\n"


async def test_a_sparse_local(ground: Ground) -> None:
    ground.playground.sparse(ground.repository, "sub")
    ground.playground.write(ground.repository, {"a.txt": "edited\n", "sub/b.txt": "edited\n", "sub/new.txt": "new\n"})
    before = ground.observe()
    made = await ground.call("create", name="work", carry="move")
    worktree = Path(made.paths[0])
    assert (worktree / "sub/b.txt").read_text() == "edited\n"
    assert (worktree / "sub/new.txt").read_text() == "new\n"
    await ground.agree("undo", operation=made.operation.id)
    assert ground.difference(before) == []


async def test_local_that_changes_before_the_plan_is_agreed_to(ground: Ground) -> None:
    (ground.repository / "a.txt").write_text("edited\n")
    planned = await ground.call("create", name="work", carry="move", dryRun=True)
    (ground.repository / "a.txt").write_text("edited again\n")
    with ground.nothing_changes(), pytest.raises(HedgerowError, match="changed"):
        await ground.call("create", token=planned.plan.token)


async def test_an_undo_does_not_overwrite_what_came_since(ground: Ground) -> None:
    (ground.repository / "a.txt").write_text("edited\n")
    (ground.repository / "new.txt").write_text("new\n")
    made = await ground.call("create", name="work", carry="move")
    (ground.repository / "new.txt").write_text("somebody's\n")
    with ground.nothing_changes(), pytest.raises(HedgerowError):
        await ground.agree("undo", operation=made.operation.id)


@pytest.mark.parametrize("carry", ["copy", "move"])
async def test_after_a_worktree_inside_local_went(ground: Ground, carry: str) -> None:
    """Other tools make theirs inside Local; where it went to keeps nothing from being carried."""
    inside = ground.repository / ".claude" / "worktrees" / "theirs"
    ground.git("worktree", "add", "-q", "--detach", inside)
    (inside / "note.txt").write_text("only here\n")
    gone = await ground.clean_up(inside)
    (ground.repository / "a.txt").write_text("edited\n")
    made = await ground.call("create", name="work", carry=carry)
    assert (Path(made.paths[0]) / "a.txt").read_text() == "edited\n"
    assert not [path for path in (Path(made.paths[0]) / ".claude").rglob("*") if not path.is_dir()]
    await ground.agree("undo", operation=gone.operation.id)  # type: ignore[union-attr]
    assert (inside / "note.txt").read_text() == "only here\n"

"""UX01-UX12: what a person is told, and what a person cannot get rid of."""

# ruff: noqa: N802 - named by the ids of the table; what a test patches, it imports itself

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.support.ground import Ground, assert_sentence


async def test_UX01_what_it_takes_on_disk(ground: Ground) -> None:
    worktree = await ground.create("big")
    (worktree / "data.ignored").write_bytes(os.urandom(3 << 20))
    quick = {row.path: row.size_bytes for row in await ground.hedgerow.rows(ground.repository)}
    assert quick[str(worktree)] is None
    sizes = {row.path: row.size_bytes for row in await ground.hedgerow.rows(ground.repository, sizes=True)}
    assert (3 << 20) <= (sizes[str(worktree)] or 0) < (4 << 20)
    dry = await ground.call("cleanUp", checkouts=["big"], dryRun=True)
    assert dry.plan is not None
    assert worktree.exists()
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    (snapshot,) = [s for s in (await ground.call("history")).snapshots if s.id == result.operation.snapshots[0]]
    assert snapshot.size_bytes >= 3 << 20
    kept = sum(path.stat().st_size for path in ground.home.hedgerow_state.rglob("*") if path.is_file())
    assert kept >= 3 << 20


async def test_UX02_what_is_lost_and_where_it_is_kept(ground: Ground) -> None:
    worktree = await ground.create("dirty", branch="dirty")
    ground.playground.commit(worktree, "work", {"c.txt": "c"})
    (worktree / "c.txt").write_text("edited\n")
    (worktree / "staged.txt").write_text("x")
    ground.git("add", "staged.txt", cwd=worktree)
    ground.playground.write(worktree, {"untracked.txt": "x", ".env": "x", "node_modules/p/index.js": "x"})
    plan = await ground.plan("cleanUp", checkouts=["dirty"])
    losses = {loss.kind: loss for loss in plan.losses}
    assert losses["modified"].paths == ["c.txt"]
    assert losses["staged"].paths == ["staged.txt"]
    assert losses["untracked"].paths == ["untracked.txt"]
    assert losses["ignored"].paths == [".env"]
    assert losses["rebuildable"].kept == "no"
    assert all(loss.kept == "snapshot" for kind, loss in losses.items() if kind != "rebuildable")
    assert "commits" not in losses, "the branch stays, and its commits with it"
    for text in [plan.title, *(loss.text for loss in plan.losses), *(effect.text for effect in plan.effects)]:
        assert_sentence(text)
    # Nothing is called lost that is not.
    clean = await ground.create("clean")
    result = await ground.call("cleanUp", checkouts=["clean"])
    assert result.plan is None
    assert not clean.exists()


async def test_UX03_an_owner_can_always_delete(ground: Ground) -> None:
    # Never landed, never pushed, no remote: named by its owner, it goes, and can come back.
    for name, branch in (("detached", None), ("branched", "branched")):
        worktree = await ground.create(name, **({"branch": branch} if branch else {}))
        ground.playground.commit(worktree, "work", {"c.txt": name})
        await ground.survives(worktree)
    kept = await ground.create("kept", keep=True)
    await ground.clean_up(kept)


async def test_UX05_rows_of_what_is_gone(ground: Ground) -> None:
    gone = await ground.create("gone", branch="gone")
    kept = ground.playground.commit(gone, "only here", {"c.txt": "c"})
    detached = await ground.create("gone-too")
    lost_otherwise = ground.playground.commit(detached, "only here, detached", {"c.txt": "d"})
    by_hand = ground.playground.worktree(ground.repository, "by-hand")
    absent = ground.playground.worktree(ground.repository, "absent")
    absent.rename(absent.with_name("for-a-while"))
    for path in (gone, detached, by_hand):
        shutil.rmtree(path)
    rows = {row.path: row.state.value for row in await ground.hedgerow.rows(ground.repository)}
    assert {rows[str(path)] for path in (gone, detached, by_hand, absent)} == {"missing"}
    # Each can be cleared by itself, and only itself.
    for path in (gone, detached, by_hand):
        row = next(row for row in await ground.hedgerow.rows(ground.repository) if row.path == str(path))
        error = await ground.refused("cleanUp", checkouts=[row.id])
        assert "repair" in error.message
        await ground.agree("repair", only=[row.name])
        assert str(path) not in [row.path for row in await ground.hedgerow.rows(ground.repository)]
    assert str(absent) in [row.path for row in await ground.hedgerow.rows(ground.repository)]
    ground.forget()
    for oid in (kept, lost_otherwise):
        assert ground.playground.exists(oid, ground.repository)


async def test_UX10_where_the_work_is(ground: Ground) -> None:
    dry = await ground.call("create", name="told", dryRun=True)
    assert dry.plan is not None
    told = [effect.path for effect in dry.plan.effects if effect.path] + [effect.text for effect in dry.plan.effects]
    result = await ground.agree("create", name="told")
    assert any(result.paths[0] in text for text in told), told
    assert result.paths[0] in result.message or "told" in result.message
    assert Path(result.paths[0]).is_dir()


async def test_UX12_the_list_is_gits(ground: Ground) -> None:
    async def listed() -> set[Path]:
        return {Path(row.path) for row in await ground.hedgerow.rows(ground.repository)}

    assert await listed() == {ground.repository}
    by_hand = ground.playground.worktree(ground.repository, "late")
    assert await listed() == {ground.repository, by_hand}
    other = ground.playground.worktree(ground.repository, "later")
    ground.git("worktree", "remove", by_hand)
    assert await listed() == {ground.repository, other}
    # From whichever checkout it is asked.
    rows = await ground.hedgerow.rows(other)
    assert {Path(row.path) for row in rows} == {ground.repository, other}

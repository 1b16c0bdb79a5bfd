"""A held snapshot stays, and is recovered without Hedgerow; a released one leaves nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.journal.snapshots.bed import Bed
from tests.journal.snapshots.test_transitions import status
from tests.support.repositories import START, Program

from hedgerow.git.errors import GitError
from hedgerow.git.repository import discover
from hedgerow.journal import snapshots
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.settings import REBUILDABLE


async def test_plain_git_recovers_one_without_hedgerow(bed: Bed) -> None:
    repository = bed.playground.repository(files={**START, "sub/gone.txt": "gone\n"})
    worktree = bed.playground.worktree(repository, "one")
    bed.playground.write(worktree, {"staged.txt": "staged\n", "both.txt": "index\n"})
    bed.playground.git("add", "staged.txt", "both.txt", cwd=worktree)
    bed.playground.write(
        worktree, {"a.txt": "edited\n", "both.txt": "tree\n", "new/file.txt": "untracked\n", "run.sh": Program("#!\n")}
    )
    (worktree / "sub" / "gone.txt").unlink()
    seen, files = status(bed, worktree), bed.oracle.observe(repository).files(worktree)
    await bed.take_and_hold(worktree)
    bed.remove(repository, worktree)
    again = bed.playground.worktree(repository, "again")
    bed.playground.git("stash", "apply", "--quiet", "--index", snapshots.ref_of("one"), cwd=again)
    assert status(bed, again) == seen
    after = bed.oracle.observe(repository).files(again)
    del files[b".git"], after[b".git"]
    assert after == files


async def test_a_clean_one_applies_too(bed: Bed) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    taken = await bed.take_and_hold(worktree)
    finished = bed.playground.run("stash", "apply", "--index", taken.oid, cwd=worktree)
    assert finished.returncode == 0, finished.stderr
    assert status(bed, worktree) == []


async def test_the_ref_points_to_a_commit(bed: Bed) -> None:
    """SN11"""
    repository = bed.playground.repository()
    await bed.take_and_hold(repository)
    assert bed.playground.text("cat-file", "-t", snapshots.ref_of("one"), cwd=repository) == "commit"


async def test_holding_twice_is_holding_once_and_release_leaves_nothing(bed: Bed) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    bed.playground.dirty(worktree)
    taken = await bed.take_and_hold(worktree)
    await bed.hold(worktree, taken, "one")
    there = await discover(bed.git, repository)
    for _ in range(2):
        await snapshots.release(bed.git, there, snapshot=taken.oid, snapshot_id="one", kept_dir=bed.kept_dir("one"))
        assert not bed.kept_dir("one").exists()
        assert not [ref for ref in bed.oracle.observe(repository).refs() if "hedgerow" in ref]


async def test_release_keeps_a_ref_that_is_not_what_was_agreed_to(bed: Bed) -> None:
    repository = bed.playground.repository()
    taken = await bed.take_and_hold(repository)
    bed.playground.git("update-ref", snapshots.ref_of("one"), "HEAD", cwd=repository)
    there = await discover(bed.git, repository)
    with pytest.raises(GitError):
        await snapshots.release(bed.git, there, snapshot=taken.oid, snapshot_id="one", kept_dir=bed.kept_dir("one"))


async def test_what_was_pruned_before_it_was_held_is_noticed(bed: Bed) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    bed.playground.write(worktree, {"untracked.txt": "only in the snapshot\n"})
    taken = await bed.take(worktree)
    blob = bed.playground.text("rev-parse", f"{taken.oid}^3:untracked.txt", cwd=repository)
    os.unlink(repository / ".git" / "objects" / blob[:2] / blob[2:])
    with pytest.raises(HedgerowError) as raised:
        await bed.hold(worktree, taken, "one")
    assert raised.value.code is ErrorCode.CANNOT_SNAPSHOT
    assert not [ref for ref in bed.oracle.observe(repository).refs() if "hedgerow" in ref]


async def test_a_kept_file_that_changed_after_it_was_seen(bed: Bed) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    bed.playground.write(worktree, {".env": "SECRET=1\n"})
    taken = await bed.take(worktree)
    bed.playground.write(worktree, {".env": "SECRET=2\n"})
    with pytest.raises(HedgerowError, match=r"\.env"):
        await bed.hold(worktree, taken, "one")
    assert list(bed.kept_dir("one").iterdir()) == []


async def test_a_damaged_kept_copy_stops_a_lay_down(bed: Bed) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    bed.playground.write(worktree, {".env": "SECRET=1\n"})
    taken = await bed.take_and_hold(worktree)
    (copy,) = bed.kept_dir("one").iterdir()
    copy.write_text("SECRET=X\n")
    again = worktree.with_name("again")
    bed.playground.git("worktree", "add", "--quiet", "--no-checkout", "--detach", again, cwd=repository)
    there = await discover(bed.git, repository)
    with pytest.raises(HedgerowError, match=r"\.env"):
        await snapshots.lay_down(
            bed.git, there, taken.oid, again, bed.playground.admin(again), kept_dir=bed.kept_dir("one")
        )
    assert os.listdir(again) == [".git"]


async def test_a_place_with_something_in_it_is_left_alone(bed: Bed) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    taken = await bed.take_and_hold(worktree)
    there = await discover(bed.git, repository)
    with pytest.raises(HedgerowError) as raised:
        await snapshots.lay_down(
            bed.git, there, taken.oid, worktree, bed.playground.admin(worktree), kept_dir=bed.kept_dir("one")
        )
    assert raised.value.code is ErrorCode.CONFLICT


async def verify(bed: Bed, checkout: Path, oid: str) -> None:
    await snapshots.verify(
        bed.git, await discover(bed.git, checkout), oid, checkout, bed.playground.admin(checkout),
        rebuildable=REBUILDABLE, kept_dir=bed.kept_dir("one"),
    )  # fmt: skip


CHANGES = {
    "bytes": lambda w: (w / "a.txt").write_text("OTHER\n"),
    "same size and time": lambda w: _same_size_and_time(w / "untracked.txt"),
    "mode": lambda w: (w / "a.txt").chmod(0o600),
    "link": lambda w: ((w / "link").unlink(), (w / "link").symlink_to("elsewhere")),
    "new file": lambda w: (w / "new.txt").write_text("new\n"),
    "new ignored file": lambda w: (w / "new.ignored").write_text("new\n"),
    "ignored bytes": lambda w: (w / ".env").write_text("SECRET=9\n"),
    "gone": lambda w: (w / "binary.bin").unlink(),
    "empty directory": lambda w: (w / "empty-directory").rmdir(),
}


def _same_size_and_time(path: Path) -> None:
    status = path.stat()
    path.write_bytes(path.read_bytes().swapcase())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("change", sorted(CHANGES))
async def test_verify_and_fingerprint_see_every_change(bed: Bed, change: str) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    bed.playground.dirty(worktree)
    taken = await bed.take_and_hold(worktree)
    await verify(bed, worktree, taken.oid)
    bed.playground.git("status", cwd=worktree)
    assert await bed.fingerprint(worktree) == taken.fingerprint, "git status changes nothing that counts"
    CHANGES[change](worktree)
    with pytest.raises(HedgerowError):
        await verify(bed, worktree, taken.oid)
    assert await bed.fingerprint(worktree) != taken.fingerprint


GIT_CHANGES = {
    "staged": ("add", "untracked.txt"),
    "flag": ("update-index", "--assume-unchanged", "a.txt"),
    "intent to add": ("add", "--intent-to-add", "untracked.txt"),
    "head": ("commit", "--quiet", "--allow-empty", "-m", "more"),
    "branch": ("checkout", "--quiet", "-b", "other"),
    "reflog": ("update-ref", "-m", "there", "HEAD", "HEAD"),
    "own ref": ("update-ref", "refs/worktree/mine", "HEAD"),
    "operation": ("bisect", "start"),
}


@pytest.mark.parametrize("change", sorted(GIT_CHANGES))
async def test_fingerprint_sees_what_git_alone_knows(bed: Bed, change: str) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    bed.playground.write(worktree, {"untracked.txt": ""})
    before = await bed.fingerprint(worktree)
    if change == "reflog":
        bed.playground.git("commit", "--quiet", "--allow-empty", "-m", "there", cwd=worktree)
        bed.playground.git("reset", "--quiet", "--soft", "HEAD~1", cwd=worktree)
    else:
        bed.playground.git(*GIT_CHANGES[change], cwd=worktree)
    assert await bed.fingerprint(worktree) != before

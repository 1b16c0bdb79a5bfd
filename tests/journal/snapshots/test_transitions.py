"""Work taken out of a checkout and put back, or carried into another: exact, and after being killed anywhere."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.journal.snapshots.bed import Bed, difference_of
from tests.journal.snapshots.states import make_repository, make_state
from tests.support.oracle import Observation

from hedgerow.git.runner import Git
from hedgerow.journal import files
from hedgerow.journal.snapshots import FactKind, NotBegunError, State, index_change
from hedgerow.protocol.errors import ErrorCode, HedgerowError


def status(bed: Bed, checkout: Path) -> list[str]:
    out = bed.playground.git(
        "-c", "status.showUntrackedFiles=all", "-c", "core.fsmonitor=false", "status", "--porcelain", cwd=checkout
    )
    return out.decode(errors="replace").splitlines()


def ignored_files(bed: Bed, checkout: Path) -> set[bytes]:
    out = bed.playground.git("ls-files", "-o", "-i", "--exclude-standard", "-z", cwd=checkout)
    return set(out.split(b"\0"))


async def test_work_leaves_local_and_comes_back(bed: Bed) -> None:
    local = bed.playground.repository()
    bed.playground.dirty(local)
    before = bed.oracle.observe(local)
    taken = await bed.take_and_hold(local)
    snapshot, clean = State(snapshot=taken.oid), State(commit=bed.playground.head(local))
    await bed.transition(local, snapshot, clean)
    assert status(bed, local) == []
    assert (local / ".env").read_text() == "SECRET=1\n", "ignored files stay"
    await bed.transition(local, clean, snapshot)
    assert difference_of(before, bed.oracle.observe(local)) == []


async def test_uncommitted_work_appears_in_a_new_worktree_too(bed: Bed) -> None:
    local = bed.playground.repository()
    bed.playground.dirty(local)
    taken = await bed.take_and_hold(local)
    worktree = bed.playground.worktree(local, "new")
    before = bed.oracle.observe(local)
    commit = bed.playground.head(local)
    await bed.transition(worktree, State(commit=commit), State(snapshot=taken.oid))
    after = bed.oracle.observe(local)
    assert status(bed, worktree) == status(bed, local)
    ignored = ignored_files(bed, local)
    assert _without(after, local, ignored) == _without(after, worktree, ignored | {b".git"})
    assert after.index(worktree) == after.index(local)
    assert difference_of(before, after) != []
    await bed.transition(worktree, State(snapshot=taken.oid), State(commit=commit))
    assert status(bed, worktree) == []


def _without(observation: Observation, checkout: Path, left_out: set[bytes]) -> dict[bytes, str]:
    return {path: value for path, value in observation.files(checkout).items() if path not in left_out}


async def test_an_ignored_file_in_the_way_is_never_overwritten(bed: Bed) -> None:
    """Control: `read-tree -m -u`, checkout and merge all overwrite it without a word."""
    local = bed.playground.repository()
    worktree = bed.playground.worktree(local, "new")
    bed.playground.write(local, {"seen.ignored": "tracked work\n"})
    bed.playground.git("add", "--force", "seen.ignored", cwd=local)
    bed.playground.write(worktree, {"seen.ignored": "precious\n"})
    taken = await bed.take_and_hold(local)
    before = bed.oracle.observe(local)
    commit = bed.playground.head(local)
    with pytest.raises(HedgerowError, match=r"seen\.ignored") as refused:
        await bed.transition(worktree, State(commit=commit), State(snapshot=taken.oid))
    assert refused.value.code is ErrorCode.CONFLICT
    assert difference_of(before, bed.oracle.observe(local)) == []
    tree = bed.playground.text("rev-parse", f"{taken.oid}^{{tree}}", cwd=local)
    bed.playground.git("read-tree", "-m", "-u", "HEAD", tree, cwd=worktree)
    assert (worktree / "seen.ignored").read_text() == "tracked work\n", "git itself would have lost it"


async def test_a_file_where_a_directory_has_to_be_is_named(bed: Bed) -> None:
    local = bed.playground.repository()
    worktree = bed.playground.worktree(local, "new")
    bed.playground.write(local, {"fresh/file.txt": "new\n"})
    bed.playground.write(worktree, {"fresh": "somebody's\n"})
    taken = await bed.take_and_hold(local)
    commit = bed.playground.head(local)
    with pytest.raises(HedgerowError, match="'fresh'"):
        await bed.transition(worktree, State(commit=commit), State(snapshot=taken.oid))
    assert (worktree / "fresh").read_text() == "somebody's\n"


async def test_another_programs_index_lock_is_respected(bed: Bed) -> None:
    local = bed.playground.repository()
    bed.playground.dirty(local)
    taken = await bed.take_and_hold(local)
    (local / ".git" / "index.lock").write_bytes(b"")
    before = bed.oracle.observe(local)
    with pytest.raises(HedgerowError) as refused:
        await bed.transition(local, State(snapshot=taken.oid), State(commit=bed.playground.head(local)))
    assert refused.value.code is ErrorCode.BUSY
    assert difference_of(before, bed.oracle.observe(local)) == []


@pytest.mark.parametrize("seed", range(int(os.environ.get("HEDGEROW_TRANSITIONS", "8"))))
async def test_random_work_leaves_and_comes_back(bed: Bed, seed: int) -> None:
    """Three states each; settings and filters as they come."""
    rng = random.Random(f"transition {seed}")
    repository, configuration = make_repository(bed.playground, rng, "project")
    for number in range(3):
        worktree = bed.playground.worktree(repository, f"w{number}")
        state = make_state(bed.playground, worktree, rng, operations=False)
        log = f"{configuration}: {', '.join(state.log)}"
        commit = bed.playground.head(worktree)
        before = bed.oracle.observe(repository)
        taken = await bed.take_and_hold(worktree, f"w{number}")
        if taken.operation:
            continue
        snapshot = State(snapshot=taken.oid, kept_dir=bed.kept_dir(f"w{number}"))
        ignored = set(taken.fact(FactKind.IGNORED))
        try:
            await bed.transition(worktree, snapshot, State(commit=commit))
        except HedgerowError as error:
            # Ignored where it is now, tracked in the commit: nothing may be written over it.
            assert error.code is ErrorCode.CONFLICT, f"{log}: {error}"
            assert ignored & {os.fsencode(path) for path in error.data["paths"]}, f"{log}: {error}"
            assert difference_of(before, bed.oracle.observe(repository)) == [], log
            continue
        await bed.transition(worktree, State(commit=commit), snapshot)
        assert difference_of(before, bed.oracle.observe(repository)) == [], log


CHANGES = (
    "claim", "write_atomic",
    "make_directory", "write_new", "remove_file", "remove_empty_directory", "change_mode", "place_file", "place_link",
    "copy_with_times", "replace", "rename",
)  # fmt: skip


def killed_at(number: int, work: Callable[[], Any]) -> bool:
    """Run ``work`` in a child that dies, as if killed, before its change number ``number``; whether it got that far."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    code = 1
    try:
        count = 0

        def counting(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **kwargs: Any) -> Any:
                nonlocal count
                count += 1
                if count == number:
                    os._exit(9)
                return real(*args, **kwargs)

            return call

        for name in CHANGES:
            setattr(files, name, counting(getattr(files, name)))
        work()
        code = 0
    finally:
        os._exit(code)


@pytest.mark.slow
@pytest.mark.parametrize("back", [True, False], ids=["taken back", "carried on"])
@pytest.mark.parametrize("direction", ["out", "in"])
def test_killed_at_any_change(bed: Bed, direction: str, back: bool) -> None:
    local = bed.playground.repository()
    bed.playground.dirty(local)
    taken = asyncio.run(bed.take_and_hold(local))
    dirty, clean = State(snapshot=taken.oid), State(commit=bed.playground.head(local))
    seen_dirty = bed.oracle.observe(local)
    asyncio.run(bed.transition(local, dirty, clean))
    seen_clean = bed.oracle.observe(local)
    source, target, seen_source, seen_target = clean, dirty, seen_clean, seen_dirty
    if direction == "out":
        asyncio.run(bed.transition(local, clean, dirty))
        source, target, seen_source, seen_target = dirty, clean, seen_dirty, seen_clean
    number = 1
    while killed_at(number, lambda: asyncio.run(_again(bed, local, source, target))):
        aside = bed.home.root / f"aside-{number}"
        if back:
            moved = asyncio.run(_again(bed, local, target, source, half_way=True, quarantine=aside))
        else:
            moved = asyncio.run(_again(bed, local, source, target, half_way=True, quarantine=aside))
            assert difference_of(seen_target, bed.oracle.observe(local)) == [], f"carried on after change {number}"
            asyncio.run(_again(bed, local, target, source))
        assert moved.quarantined == ()
        assert difference_of(seen_source, bed.oracle.observe(local)) == [], f"killed before change {number}"
        number += 1
    assert number > 20, "it was never killed"


async def _again(bed: Bed, *args: Any, **kwargs: Any) -> Any:
    bed.git = Git()  # bound to this event loop
    return await bed.transition(*args, **kwargs)


def test_what_somebody_wrote_meanwhile_is_moved_aside(bed: Bed) -> None:
    local = bed.playground.repository()
    bed.playground.dirty(local)
    taken = asyncio.run(bed.take_and_hold(local))
    dirty, clean = State(snapshot=taken.oid), State(commit=bed.playground.head(local))
    before = bed.oracle.observe(local)
    assert killed_at(20, lambda: asyncio.run(_again(bed, local, dirty, clean)))
    (local / "untracked.txt").unlink(missing_ok=True)
    (local / "untracked.txt").write_text("written by an agent meanwhile\n")
    (local / "untracked.txt").chmod(0o600)
    aside = bed.home.root / "aside"
    moved = asyncio.run(_again(bed, local, clean, dirty, half_way=True, quarantine=aside))
    assert moved.quarantined == (b"untracked.txt",)
    assert [path.read_text() for path in aside.iterdir()] == ["written by an agent meanwhile\n"]
    assert difference_of(before, bed.oracle.observe(local)) == []


async def test_what_was_staged_since_is_nobodys_to_replace(bed: Bed) -> None:
    """With its file edited again, only the index names it: refused, and taking that back touches nothing either."""
    local = bed.playground.repository()
    bed.playground.dirty(local)
    taken = await bed.take_and_hold(local)
    dirty, clean = State(snapshot=taken.oid), State(commit=bed.playground.head(local))
    bed.playground.write(local, {"late.txt": "staged at the last moment\n"})
    bed.playground.git("add", "late.txt", cwd=local)
    bed.playground.write(local, {"late.txt": "on top\n"})
    before = bed.oracle.observe(local)
    with pytest.raises(NotBegunError, match="staged") as refused:
        await bed.transition(local, dirty, clean)
    assert refused.value.code is ErrorCode.STALE_PLAN
    await bed.transition(local, clean, dirty, half_way=True, quarantine=bed.home.root / "aside")
    assert difference_of(before, bed.oracle.observe(local)) == []


async def test_what_was_staged_in_between_is_moved_aside_on_the_way_back(bed: Bed) -> None:
    local = bed.playground.repository()
    bed.playground.dirty(local)
    taken = await bed.take_and_hold(local)
    dirty, clean = State(snapshot=taken.oid), State(commit=bed.playground.head(local))
    before = bed.oracle.observe(local)
    await bed.transition(local, dirty, clean)
    bed.playground.write(local, {"late.txt": "staged in between\n"})
    bed.playground.git("add", "late.txt", cwd=local)
    (local / "late.txt").unlink()
    aside = bed.home.root / "aside"
    moved = await bed.transition(local, clean, dirty, half_way=True, quarantine=aside)
    assert moved.quarantined == (b"late.txt",)
    assert [path.read_text() for path in aside.iterdir()] == ["staged in between\n"]
    assert difference_of(before, bed.oracle.observe(local)) == []


async def test_taking_back_what_was_refused_touches_nothing(bed: Bed) -> None:
    """The ignored file that was in the way is nobody's to move aside."""
    local = bed.playground.repository()
    worktree = bed.playground.worktree(local, "new")
    bed.playground.dirty(local)
    bed.playground.write(local, {"seen.ignored": "tracked work\n"})
    bed.playground.git("add", "--force", "seen.ignored", cwd=local)
    bed.playground.write(worktree, {"seen.ignored": "precious\n"})
    taken = await bed.take_and_hold(local)
    before = bed.oracle.observe(local)
    source, target = State(commit=bed.playground.head(local)), State(snapshot=taken.oid)
    with pytest.raises(HedgerowError):
        await bed.transition(worktree, source, target)
    aside = bed.home.root / "aside"
    moved = await bed.transition(worktree, target, source, half_way=True, quarantine=aside)
    assert moved.quarantined == ()
    assert not aside.exists()
    assert difference_of(before, bed.oracle.observe(local)) == []


async def test_work_of_a_sparse_local_in_a_whole_worktree(bed: Bed) -> None:
    """What Local leaves out is there, unchanged, and later edits of it show."""
    local = bed.playground.repository(files={"a.txt": "a\n", "in/b.txt": "b\n", "out/c.txt": "c\n"})
    worktree = bed.playground.worktree(local, "whole")
    bed.playground.sparse(local, "in")
    assert not (local / "out").exists()
    bed.playground.write(local, {"in/b.txt": "edited\n", "in/new.txt": "new\n"})
    taken = await bed.take_and_hold(local)
    await bed.transition(worktree, State(commit=bed.playground.head(local)), State(snapshot=taken.oid))
    assert (worktree / "out" / "c.txt").read_text() == "c\n"
    assert status(bed, worktree) == status(bed, local)
    bed.playground.write(worktree, {"out/c.txt": "edited later\n"})
    assert " M out/c.txt" in status(bed, worktree)


@pytest.mark.parametrize("careful", [True, False], ids=["as it is", "without the doubt, the control"])
async def test_an_index_written_anew_vouches_for_no_edited_file(
    bed: Bed, monkeypatch: pytest.MonkeyPatch, careful: bool
) -> None:
    """An edit of the same size within one tick of `git add`: only the age of the index tells.

    Made to happen every time: git looks at size and modification time only, and all three times are set.
    """
    local = bed.playground.repository()
    bed.playground.git("config", "core.checkStat", "minimal", cwd=local)
    bed.playground.git("config", "core.trustctime", "false", cwd=local)
    file, tick = local / "a.txt", 1_700_000_000_000_000_000
    file.write_text("two\n")
    os.utime(file, ns=(tick, tick))
    bed.playground.git("add", "a.txt", cwd=local)
    file.write_text("six\n")
    os.utime(file, ns=(tick, tick))
    os.utime(local / ".git" / "index", ns=(tick, tick))
    edited = await bed.take_and_hold(local, "edited")
    bed.playground.write(local, {"another.txt": "another\n"})
    more = await bed.take_and_hold(local, "more")
    if not careful:

        async def trusting(*_: object) -> None:
            pass

        monkeypatch.setattr(index_change, "_doubt_edited", trusting)
    await bed.transition(local, State(snapshot=more.oid), State(snapshot=edited.oid))
    assert file.read_text() == "six\n"
    assert status(bed, local) == (["MM a.txt"] if careful else ["M  a.txt"])

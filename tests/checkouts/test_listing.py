"""The list: at once, then complete; told as it changes; idle when nothing does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from dataclasses import replace

import psutil
import pytest
from tests.checkouts.room import Room, row_at
from tests.support.home import Home
from tests.support.repositories import Playground

from hedgerow.protocol.checkouts import CheckoutKind, CheckoutState, Counts, HeadKind
from hedgerow.protocol.errors import HedgerowError


async def test_answers_at_once_and_completes_itself(room: Room, playground: Playground) -> None:
    project = playground.repository()
    room.identify(project)
    fixed = room.manage(project, "fix-login")
    playground.commit(fixed, "work\x1b[31m red", {"new.txt": "1\n"})
    playground.write(fixed, {"a.txt": "edited\n", "untracked.txt": "x", "staged.txt": "y"})
    playground.git("add", "staged.txt", cwd=fixed)

    first = await room.list(project, wait=False)
    assert [row.pending for row in first.checkouts] == [True, True]
    pending = row_at(first, fixed)
    assert (pending.counts, pending.landed, pending.size_bytes) == (None, None, None)
    assert pending.head.subject == "work[31m red"
    assert pending.head.kind is HeadKind.DETACHED

    await room.listing.complete()
    told = {row.id: row for change in room.told for row in change.changed}
    row = told["w-fix-login"]
    assert row.counts == Counts(staged=1, unstaged=1, untracked=1)
    assert row.kind is CheckoutKind.MANAGED
    assert row.owner == "hedgerow"
    assert row.base is not None
    assert (row.base.ahead, row.base.behind) == (1, 0)
    assert row.landed is not None
    assert (row.landed.state, row.landed.onto) == ("open", "main")
    assert not row.pending
    assert room.listing.revision == room.told[-1].revision
    again = await room.list(project)
    assert row_at(again, fixed) == row


async def test_the_first_answer_costs_the_same_number_of_processes_for_any_number_of_checkouts(
    room: Room, playground: Playground
) -> None:
    project = playground.repository()
    playground.worktree(project, "one")
    await room.list(project, wait=False)
    before = room.git.started
    await room.list(project, wait=False)
    few = room.git.started - before
    for number in range(8):
        playground.worktree(project, f"more-{number}")
    before = room.git.started
    await room.list(project, wait=False)
    assert room.git.started - before == few <= 4


async def test_an_idle_list_runs_no_git(room: Room, playground: Playground) -> None:
    project = playground.repository()
    await room.list(project)
    before = room.git.started
    await room.listing.complete()
    assert room.git.started == before


async def test_refresh_tells_only_what_differs(room: Room, playground: Playground) -> None:
    project = playground.repository()
    one, two = playground.worktree(project, "one"), playground.worktree(project, "two")
    listed = await room.list(project)
    room.told.clear()
    await room.listing.refresh()
    assert room.told == []

    playground.write(one, {"new.txt": "x"})
    await room.listing.refresh([row_at(listed, one).id])
    assert [[row.path for row in change.changed] for change in room.told] == [[str(one)]]
    assert room.told[0].revision == room.listing.revision

    room.told.clear()
    three = playground.worktree(project, "three")
    playground.git("worktree", "remove", two, cwd=project)
    await room.listing.refresh([])
    assert [identifier for change in room.told for identifier in change.removed] == [row_at(listed, two).id]
    last = {row.path: row for change in room.told for row in change.changed}
    assert list(last) == [str(three)]
    assert not last[str(three)].pending


async def test_a_missing_directory_is_a_sentence_and_no_zero(room: Room, playground: Playground) -> None:
    project = playground.repository()
    gone = playground.worktree(project, "gone")
    gone.rename(gone.with_name("elsewhere"))
    row = await room.row(gone, of=project)
    assert row.state is CheckoutState.MISSING
    assert row.counts is None
    assert row.problem is not None
    assert "gone" in row.problem
    assert not row.pending


async def test_rows_are_told_in_batches_as_they_complete(room: Room, playground: Playground) -> None:
    project = playground.repository()
    paths = {str(playground.worktree(project, f"w{number}")) for number in range(6)} | {str(project)}
    start = (await room.list(project, wait=False)).revision
    await room.listing.complete()
    assert {row.path for change in room.told for row in change.changed} == paths
    assert [change.revision for change in room.told] == list(range(start + 1, start + 1 + len(room.told)))
    assert len(room.told) < len(paths)


async def test_a_cancelled_completion_leaves_no_child_and_can_be_taken_up_again(
    room: Room, playground: Playground
) -> None:
    project = playground.repository()
    for number in range(4):
        playground.worktree(project, f"w{number}")
    for _ in range(10):  # wherever in its start or work each child is caught
        await room.list(project, wait=False)
        before = room.git.started
        completing = asyncio.ensure_future(room.listing.complete())
        while room.git.started == before:
            await asyncio.sleep(0)
        completing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await completing
        assert completing.cancelled()
        assert psutil.Process().children(recursive=True) == []
    await room.listing.complete()
    assert not any(row.pending for row in {row.id: row for change in room.told for row in change.changed}.values())
    assert not any(row.pending for row in (await room.list(project)).checkouts)


async def test_an_answer_in_the_middle_of_a_completion_is_completed_too(room: Room, playground: Playground) -> None:
    project = playground.repository()
    path = playground.worktree(project, "one")
    await room.list(project, wait=False)
    completing = asyncio.ensure_future(room.listing.complete())
    await asyncio.sleep(0)
    playground.write(path, {"new.txt": "n"})
    result = await room.list(project)
    await completing
    counts = row_at(result, path).counts
    assert counts is not None
    assert counts.untracked == 1


async def test_a_row_that_cannot_be_read_says_so_and_spoils_no_other(room: Room, playground: Playground) -> None:
    project = playground.repository()
    room.identify(project)
    index, commit, base = (room.manage(project, name) for name in ("bad-index", "bad-commit", "bad-base"))
    (playground.admin(index) / "index").write_bytes(b"damaged")
    (playground.admin(commit) / "HEAD").write_text("1" * 40 + "\n")
    room.records.rows[2] = replace(room.records.rows[2], base="2" * 40)
    result = await room.list(project)
    for path in (index, commit, base):
        row = row_at(result, path)
        assert row.problem is not None, path
        assert "\n" not in row.problem
        assert not row.pending
    assert row_at(result, index).counts is None
    assert row_at(result, base).counts == Counts()
    assert row_at(result, base).landed is None
    assert row_at(result, project).problem is None


async def test_a_failed_reading_of_the_repository_takes_nothing_off_the_list(
    room: Room, playground: Playground
) -> None:
    project = playground.repository()
    playground.worktree(project, "one")
    await room.list(project)
    room.told.clear()
    config = project / ".git/config"
    good = config.read_text()
    config.write_text("[core\n")
    await room.listing.refresh()
    assert [change.removed for change in room.told] == [[]]
    assert room.told[0].changed == []
    assert room.told[0].repositories[0].problems
    room.told.clear()
    config.write_text(good)
    await room.listing.refresh()
    assert [row.problems for change in room.told for row in change.repositories] == [[]]


async def test_an_id_that_the_repository_is_given_replaces_the_old_one(room: Room, playground: Playground) -> None:
    project = playground.repository()
    first = await room.list(project)
    room.told.clear()
    identifier = room.identify(project)
    await room.listing.refresh([])
    removed = [gone for change in room.told for gone in change.removed]
    assert sorted(removed) == sorted([first.repositories[0].id, first.checkouts[0].id])
    assert [row.id for change in room.told for row in change.repositories] == [identifier]
    last = {row.id: row for change in room.told for row in change.changed}
    assert not last[f"local-{identifier}"].pending


async def test_a_repository_that_is_gone_leaves_the_list(room: Room, playground: Playground) -> None:
    project, other = playground.repository(), playground.repository("other")
    listed = await room.list(project, other)
    room.told.clear()
    shutil.rmtree(other)
    await room.listing.refresh()
    gone = {identifier for change in room.told for identifier in change.removed}
    assert gone == {row.id for row in listed.checkouts if row.path == str(other)} | {listed.repositories[1].id}
    room.told.clear()
    room.listing.forget(project / ".git")
    assert [len(change.removed) for change in room.told] == [2]
    before = room.git.started
    await room.listing.refresh()
    assert room.git.started == before


async def test_a_plain_folder_beside_repositories_is_nothing_to_speak_of(room: Room, playground: Playground) -> None:
    project = playground.repository()
    plain, gone = project.parent / "letters", project.parent / "gone"
    plain.mkdir()
    listed = await room.list(project, plain, gone)
    assert [(row.name, len(row.problems)) for row in listed.repositories] == [(project.name, 0), ("gone", 1)]
    with pytest.raises(HedgerowError, match="not inside a git repository"):
        await room.list(plain)


async def test_a_place_taken_between_the_list_and_its_completion(
    room: Room, playground: Playground, home: Home
) -> None:
    project, canary = playground.repository(), home.root / "canary"
    path = playground.worktree(project, "one")
    await room.list(project, wait=False)
    shutil.rmtree(path)
    playground.git("clone", "--quiet", project, path, cwd=playground.directory)
    playground.git("config", "filter.canary.clean", f"touch '{canary}'; cat", cwd=path)
    playground.write(path, {".gitattributes": "* filter=canary\n", "a.txt": "edited\n"})
    await room.listing.complete()
    row = {row.path: row for change in room.told for row in change.changed}[str(path)]
    assert row.counts is None
    assert row.problem is not None
    assert not canary.exists()
    playground.git("status", cwd=path)
    assert canary.exists(), "control"


async def test_sizes_on_request_only(room: Room, playground: Playground) -> None:
    project = playground.repository()
    inside = project / ".claude/worktrees/one"
    playground.git("worktree", "add", "--quiet", "--detach", inside, cwd=project)
    assert [row.size_bytes for row in (await room.list(project)).checkouts] == [None, None]
    small = await room.list(project, sizes=True)
    playground.write(inside, {"large.bin": os.urandom(1 << 20)})
    result = await room.list(project, sizes=True)
    size, before = row_at(result, inside).size_bytes, row_at(small, inside).size_bytes
    assert size is not None
    assert before is not None
    assert size - before >= 1 << 20
    local = row_at(result, project).size_bytes
    assert local is not None
    assert local < size, "what lies in another checkout is that one's"


async def test_every_repository_on_record(room: Room, playground: Playground) -> None:
    project, other = playground.repository(), playground.repository("other")
    room.identify(other)
    room.records.seen.append(("fedcba9876543210", str(playground.directory / "gone/.git")))
    result = await room.list(project, all=True)
    assert {row.path for row in result.checkouts} == {str(project), str(other)}
    assert [bool(row.problems) for row in result.repositories] == [False, False, True]


async def test_local_comes_first_then_the_others_by_path(room: Room, playground: Playground) -> None:
    project = playground.repository("middle")
    for name in ("z", "b"):
        playground.worktree(project, name)
    await room.list(project)
    playground.worktree(project, "a")
    await room.listing.refresh()
    names = [row.name for row in (await room.list(project)).checkouts]
    assert names == ["middle", "by-hand-a", "by-hand-b", "by-hand-z"]


async def test_answers_and_refreshes_at_once_end_in_the_truth(room: Room, playground: Playground) -> None:
    project = playground.repository()
    for number in range(5):
        path = playground.worktree(project, f"w{number}")
        playground.write(path, {f"file-{n}.txt": "x" for n in range(number)})
        await asyncio.gather(
            room.listing.refresh(), room.list(project), room.list(project, wait=False), room.listing.refresh([])
        )
        await room.listing.complete()
        latest = {row.id: row for change in room.told for row in change.changed}
        result = await room.list(project)
        counts = row_at(result, path).counts
        assert counts is not None
        assert counts.untracked == number
        assert len(result.checkouts) == number + 2
        assert not any(row.pending for row in latest.values())

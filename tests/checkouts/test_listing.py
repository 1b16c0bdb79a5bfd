"""The list: at once, then complete; told as it changes; idle when nothing does."""

from __future__ import annotations

from tests.checkouts.room import Room, row_at
from tests.support.repositories import Playground

from hedgerow.protocol.checkouts import CheckoutKind, CheckoutState, Counts, HeadKind


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

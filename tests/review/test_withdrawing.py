"""Taking an acceptance back: any hunk, in any order, without a file or another acceptance being touched."""

from __future__ import annotations

from tests.review.conftest import TEN, Review
from tests.review.test_accept_and_reject import EDITED


async def test_any_hunk_is_pending_again_not_only_the_last(review: Review) -> None:
    review.write("ten.txt", EDITED)
    first, second, third = (await review.hunks("ten.txt")).hunks
    for hunk in (first, second, third):
        await review.accept("ten.txt", hunks=[hunk.id])
    done = await review.accept("ten.txt", hunks=[second.id], withdraw=True)
    assert done.message == "Pending again: 1 change in ten.txt (session)"
    assert await review.reviewed("ten.txt") == EDITED.replace("line 4\n", "line 4\nline 5\n")
    assert [state for _, state in await review.texts("ten.txt")] == ["accepted", "pending", "accepted"]
    await review.accept("ten.txt", hunks=[first.id, third.id], withdraw=True)
    assert await review.reviewed("ten.txt") == TEN
    again = await review.accept("ten.txt", hunks=[first.id], withdraw=True)
    assert again.operation is None
    assert again.message == "nothing of it is accepted in session, so there is nothing to take back"
    with review.ground.nothing_changes():
        await review.ground.agree("undo")
    assert [state for _, state in await review.texts("ten.txt")] == ["accepted", "pending", "accepted"]


async def test_lines_name_the_hunks_that_they_are_in(review: Review) -> None:
    review.write("ten.txt", EDITED)
    await review.accept("ten.txt")
    version = (await review.hunks("ten.txt")).version
    await review.accept("ten.txt", lines=["2"], seen=version, withdraw=True)
    assert [state for _, state in await review.texts("ten.txt")] == ["pending", "accepted", "accepted"]
    await review.ground.refused(
        "accept", "stalePlan", checkout=str(review.path), paths=["ten.txt"], lines=["9-10"], seen="644-0", withdraw=True
    )


async def test_of_a_hunk_that_was_accepted_and_edited_since(review: Review) -> None:
    review.write("ten.txt", TEN.replace("line 2\n", "LINE 2\n"))
    await review.accept("ten.txt")
    review.write("ten.txt", TEN.replace("line 2\n", "Line two\n").replace("line 9\n", ""))
    changed, _ = (await review.hunks("ten.txt")).hunks
    assert changed.state == "pending"
    await review.accept("ten.txt", hunks=[changed.id], withdraw=True)
    assert await review.reviewed("ten.txt") == TEN


async def test_whole_files_of_every_shape(review: Review) -> None:
    review.write("new.txt", "new\n")
    review.write("blob.bin", b"\0\1\2")
    review.ground.playground.git("mv", "ten.txt", "zehn.txt", cwd=review.path)
    before = await review.diff()
    await review.ground.agree("accept", checkout=str(review.path), all=True)
    assert await review.pending() == {}
    for path in ("new.txt", "blob.bin", "zehn.txt"):
        await review.accept(path, withdraw=True)
        assert path in await review.pending()
    assert (await review.diff()).files == before.files
    await review.ground.agree("accept", checkout=str(review.path), all=True)
    await review.ground.agree("accept", checkout=str(review.path), all=True, withdraw=True)
    assert (await review.diff()).files == before.files


async def test_hunks_of_files_that_came_and_went(review: Review) -> None:
    review.write("new.txt", "new\nlines\n")
    (review.path / "ten.txt").unlink()
    for path in ("new.txt", "ten.txt"):
        (hunk,) = (await review.hunks(path)).hunks
        await review.accept(path, hunks=[hunk.id])
        assert path not in await review.pending()
        await review.accept(path, hunks=[hunk.id], withdraw=True)
        assert (await review.diff(between="reviewed")).totals.files > 0
    assert await review.pending() == {"new.txt": "added", "ten.txt": "deleted"}
    (hunk,) = (await review.hunks("ten.txt")).hunks
    assert hunk.state == "pending"

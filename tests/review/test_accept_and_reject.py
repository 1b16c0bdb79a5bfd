"""Accepting and rejecting: files, hunks and lines, exact to the byte, and undone like anything else."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.review.conftest import TEN, Review
from tests.support.home import Home
from tests.support.oracle import of_garbage_collection

from hedgerow.app import App
from hedgerow.protocol.errors import HedgerowError
from hedgerow.protocol.settings import Settings
from hedgerow.review.deciding import accepting, rejecting, rewriting

EDITED = TEN.replace("line 2\n", "LINE 2\n").replace("line 5\n", "").replace("line 9\n", "line 9\nextra 1\nextra 2\n")


async def test_hunks_are_accepted_one_by_one(review: Review) -> None:
    review.write("ten.txt", EDITED)
    first, second, third = (await review.hunks("ten.txt")).hunks
    done = await review.accept("ten.txt", hunks=[second.id])
    assert done.message == "Accepted 1 change in ten.txt (session)"
    assert await review.reviewed("ten.txt") == TEN.replace("line 5\n", "")
    assert [state for _, state in await review.texts("ten.txt")] == ["pending", "accepted", "pending"]
    # What is still pending has ids of its own; those of the base's hunks go on to mean the same lines.
    await review.accept("ten.txt", hunks=[first.id])
    (left,) = (await review.hunks("ten.txt", between="reviewed")).hunks
    assert left.id != third.id
    assert left.text == third.text == "+extra 1\n+extra 2\n"
    await review.accept("ten.txt", hunks=[left.id])
    assert await review.reviewed("ten.txt") == EDITED
    assert await review.pending() == {}
    assert (await review.diff()).totals.files == 1


async def test_undo_takes_acceptance_back_newest_first(review: Review) -> None:
    review.write("ten.txt", EDITED)
    first, second, _ = (await review.hunks("ten.txt")).hunks
    one = await review.accept("ten.txt", hunks=[first.id])
    await review.accept("ten.txt", hunks=[second.id])
    assert one.operation is not None
    await review.ground.refused("undo", "stalePlan", operation=one.operation.id)
    review.ground.forget()
    with review.ground.nothing_changes():
        await review.ground.agree("undo")
        assert [state for _, state in await review.texts("ten.txt")] == ["accepted", "pending", "pending"]
        await review.ground.agree("undo", operation=one.operation.id)
    assert [state for _, state in await review.texts("ten.txt")] == ["pending"] * 3


async def test_rejecting_a_hunk_leaves_the_others(review: Review) -> None:
    review.write("ten.txt", EDITED)
    (review.path / "ten.txt").chmod(0o640)
    _, second, _ = (await review.hunks("ten.txt")).hunks
    before = review.ground.observe()
    done = await review.reject("ten.txt", hunks=[second.id])
    assert done.message == "Rejected 1 change in ten.txt (session)"
    after = review.ground.observe()
    assert review.read("ten.txt").decode() == EDITED.replace("line 4\n", "line 4\nline 5\n")
    assert (review.path / "ten.txt").stat().st_mode & 0o777 == 0o640
    review.ground.forget()
    await review.ground.agree("undo")
    assert review.ground.difference(before, except_for=[of_garbage_collection]) == []
    history = await review.ground.call("history")
    undo = next(one.id for one in history.operations if one.command == "undo")
    await review.ground.agree("undo", operation=undo)
    assert review.ground.difference(after, except_for=[of_garbage_collection]) == []


async def test_lines_of_a_hunk(review: Review) -> None:
    review.write("ten.txt", EDITED)
    await review.accept("ten.txt", lines=["9"])  # "extra 1"
    assert await review.reviewed("ten.txt") == TEN.replace("line 9\n", "line 9\nextra 1\n")
    await review.reject("ten.txt", lines=["10"])  # "extra 2"
    await review.reject("ten.txt", lines=["4"])  # the deletion below "line 4"
    assert review.read("ten.txt").decode() == TEN.replace("line 2\n", "LINE 2\n").replace(
        "line 9\n", "line 9\nextra 1\n"
    )


async def test_whole_files_of_every_kind_go_back(review: Review) -> None:
    base = review.ground.observe()
    (review.path / "gone.txt").unlink()
    (review.path / "tool.sh").chmod(0o755)
    (review.path / "ten.txt").rename(review.path / "moved.txt")
    review.write("deep/er/new.txt", "new\n")
    (review.path / "link").symlink_to("tool.sh")
    (review.path / "a.txt").unlink()
    (review.path / "a.txt").symlink_to("tool.sh")
    review.write("binary", b"\0\1\2")
    work = review.ground.observe()
    await review.reject(all=True)
    assert review.ground.difference(base) == []
    await review.ground.agree("undo")
    assert review.ground.difference(work) == []
    for path in await review.pending():
        await review.reject(path)
    assert review.ground.difference(base) == []


async def test_whole_files_are_accepted_with_mode_name_and_kind(review: Review) -> None:
    (review.path / "gone.txt").unlink()
    (review.path / "tool.sh").chmod(0o755)
    (review.path / "ten.txt").rename(review.path / "moved.txt")
    (review.path / "link").symlink_to("tool.sh")
    review.write("binary", b"\0\1\2")
    done = await review.accept(all=True)
    assert done.message == "Accepted 5 files (session)"
    assert await review.pending() == {}
    # What was accepted is what a later reject goes back to.
    accepted = review.ground.observe()
    (review.path / "tool.sh").chmod(0o644)
    review.write("gone.txt", "back\n")
    (review.path / "link").unlink()
    review.write("binary", b"\0\3")
    await review.reject(all=True)
    assert review.ground.difference(accepted) == []


async def test_a_file_that_became_a_directory(review: Review) -> None:
    before = review.ground.observe()
    (review.path / "gone.txt").unlink()
    review.write("gone.txt/inside", "x\n")
    await review.ground.refused("reject", "protected", checkout="session", paths=["gone.txt"])
    await review.reject(all=True)
    assert review.ground.difference(before) == []


async def test_a_directory_that_became_a_link(review: Review, tmp_path: Path) -> None:
    before = review.ground.observe()
    outside = tmp_path / "outside"
    (review.path / "sub").rename(outside)
    (review.path / "sub").symlink_to(outside)
    work = review.ground.observe()
    assert await review.pending() == {"sub": "added", "sub/b.txt": "deleted"}
    assert [hunk.text[0] for hunk in (await review.hunks("sub/b.txt")).hunks] == ["-"]
    await review.ground.refused("reject", "protected", checkout="session", paths=["sub/b.txt"])
    await review.ground.refused("reject", "badParams", checkout="session", paths=["sub/other"])
    await review.reject(all=True)
    assert review.ground.difference(before) == []
    assert (outside / "b.txt").exists()
    await review.ground.agree("undo")
    assert review.ground.difference(work) == []
    await review.accept("sub/b.txt", "sub")
    assert await review.pending() == {}
    (review.path / "sub").unlink()
    review.write("sub/b.txt", "a directory again\n")
    assert await review.pending() == {"sub": "deleted", "sub/b.txt": "added"}
    await review.reject(all=True)
    assert review.ground.difference(work) == []


@pytest.mark.parametrize("how", ["hunks", "lines", "file", "all"])
async def test_an_agent_that_writes_while_the_plan_is_made(
    review: Review, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at what was shown and the reading of the bytes that are replaced."""
    review.write("ten.txt", EDITED)
    shown, everything = await review.hunks("ten.txt"), await review.diff()
    params: dict[str, Any] = {
        "hunks": {"paths": ["ten.txt"], "hunks": [shown.hunks[0].id]},
        "lines": {"paths": ["ten.txt"], "lines": ["2"], "seen": shown.version},
        "file": {"paths": ["ten.txt"], "seen": shown.version},
        "all": {"all": True, "seen": everything.version},
    }[how]
    real = rewriting._on_disk

    def meanwhile(*given: Any) -> Any:
        review.write("ten.txt", EDITED + "the agent goes on\n")
        return real(*given)

    monkeypatch.setattr(rewriting, "_on_disk", meanwhile)
    with pytest.raises(HedgerowError, match="look at it again"):
        await review.ground.call("reject", checkout="session", **params)
    assert review.read("ten.txt").decode() == EDITED + "the agent goes on\n"


async def test_what_was_shown_is_what_is_meant(review: Review) -> None:
    review.write("ten.txt", EDITED)
    shown = await review.hunks("ten.txt")
    everything = await review.diff()
    review.write("ten.txt", EDITED + "the agent goes on\n")
    for verb in ("accept", "reject"):
        for params in (
            {"paths": ["ten.txt"], "hunks": [shown.hunks[0].id]},
            {"paths": ["ten.txt"], "lines": ["2"], "seen": shown.version},
            {"paths": ["ten.txt"], "seen": shown.version},
            {"all": True, "seen": everything.version},
        ):
            await review.ground.refused(verb, "stalePlan", checkout="session", **params)
    shown, everything = await review.hunks("ten.txt"), await review.diff()
    await review.accept("ten.txt", lines=["2"], seen=shown.version)
    everything = await review.diff()
    await review.accept(all=True, seen=everything.version)
    assert await review.pending() == {}


async def test_bad_input(review: Review, tmp_path: Path) -> None:
    review.write("ten.txt", EDITED)
    (review.path / "out").symlink_to(tmp_path)
    for params, code in (
        ({"paths": ["../x"]}, "badParams"),
        ({"paths": [str(tmp_path / "x")]}, "badParams"),
        ({"paths": ["out/x"]}, "badParams"),
        ({"paths": [".git/config"]}, "badParams"),
        ({"paths": ["ten.txt"], "hunks": ["hnonsense"]}, "stalePlan"),
        ({"paths": ["out"], "lines": ["1"]}, "badParams"),
    ):
        for verb in ("accept", "reject"):
            await review.ground.refused(verb, code, checkout="session", **params)
    for params in ({"paths": []}, {"paths": ["a", "b"], "lines": ["1"]}, {"all": True, "paths": ["a"]},
                   {"paths": ["a"], "lines": ["9-3"]}, {"paths": ["a"], "lines": ["x"]}):  # fmt: skip
        with pytest.raises(ValueError, match="validation error"):
            await review.ground.call("accept", checkout="session", **params)
    with review.ground.nothing_changes():
        for params in ({"paths": ["ten.txt"], "lines": ["7"]}, {"paths": ["tool.sh"]}, {"paths": ["no such file"]}):
            for verb in ("accept", "reject"):
                answer = await review.ground.call(verb, checkout="session", **params)
                assert answer.operation is None
                assert "nothing" in answer.message


async def test_unsaved_text_keeps_a_file_from_being_rejected(review: Review) -> None:
    review.write("ten.txt", EDITED)
    place = review.path / "ten.txt"
    caller = review.ground.hedgerow.caller(
        review.ground.repository, unsaved=lambda below: [place] if below == place else []
    )
    await review.ground.refused("reject", "unsavedText", checkout="session", paths=["ten.txt"], caller=caller)
    review.write("new.txt", "x\n")
    await review.ground.agree("reject", checkout="session", paths=["new.txt"], caller=caller)
    assert not (review.path / "new.txt").exists()


async def test_a_rejection_waits_for_the_end_of_a_turn(review: Review) -> None:
    await review.ground.hedgerow.app.keep_house(review.ground.hedgerow.caller(review.ground.repository))
    review.write("ten.txt", EDITED)
    review.write("other.txt", "other\n")
    identity = (await review.diff()).checkout
    review.agents.begin(identity)
    first, _, third = (await review.hunks("ten.txt")).hunks
    with review.ground.nothing_changes():
        for hunk in (first, third):
            answer = await review.reject("ten.txt", hunks=[hunk.id])
            assert answer.operation is None
            assert answer.message.endswith("waits for the end of the agent's turn")
        await review.reject("other.txt")
    assert [state for _, state in await review.texts("ten.txt")] == ["queued", "pending", "queued"]
    assert {file.path: file.queued for file in (await review.diff()).files} == {"ten.txt": True, "other.txt": True}
    await review.reject("other.txt", withdraw=True)
    review.write("other.txt", "another\n")
    review.agents.end(identity)
    await until(lambda: review.read("ten.txt").decode() == TEN.replace("line 5\n", ""))
    assert review.read("other.txt") == b"another\n"
    await until(lambda: any("ten.txt" in change.paths for change in review.changes))
    assert [state for _, state in await review.texts("ten.txt")] == ["pending"]
    await review.ground.agree("undo")
    assert review.read("ten.txt").decode() == EDITED


async def test_a_rejection_of_what_is_gone_by_is_dropped_and_told(review: Review) -> None:
    await review.ground.hedgerow.app.keep_house(review.ground.hedgerow.caller(review.ground.repository))
    review.write("ten.txt", EDITED)
    identity = (await review.diff()).checkout
    review.agents.begin(identity)
    await review.reject("ten.txt")
    review.write("ten.txt", EDITED + "more\n")
    review.agents.end(identity)
    await until(lambda: any(change.notices for change in review.changes))
    assert review.changes[-1].notices == ["not rejected: ten.txt has changed since it was shown"]
    assert review.read("ten.txt").decode() == EDITED + "more\n"
    assert {file.queued for file in (await review.diff()).files} == {False}


async def until(holds: Any) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.05)


async def test_setting_the_base_carries_what_was_accepted(review: Review) -> None:
    review.write("ten.txt", EDITED)
    first, second, _ = (await review.hunks("ten.txt")).hunks
    await review.accept("ten.txt", hunks=[first.id, second.id])
    base = review.ground.playground.commit(review.path, "unrelated", {"tool.sh": "echo more\n"})
    await review.ground.agree("setBase", checkout="session", base=base)
    assert await review.reviewed("tool.sh") == "echo more\n"
    assert [state for _, state in await review.texts("ten.txt")] == ["accepted", "accepted", "pending"]
    await review.ground.agree("undo")
    assert await review.pending() == {"ten.txt": "modified", "tool.sh": "modified"}


async def test_the_reviewed_tree_survives_commits_amends_and_rebases(review: Review) -> None:
    review.write("ten.txt", EDITED)
    first, _, _ = (await review.hunks("ten.txt")).hunks
    await review.accept("ten.txt", hunks=[first.id])
    review.ground.git("commit", "-qam", "work", cwd=review.path)
    assert [state for _, state in await review.texts("ten.txt")] == ["accepted", "pending", "pending"]
    review.ground.git("commit", "-q", "--amend", "-m", "work again", cwd=review.path)
    assert [state for _, state in await review.texts("ten.txt")] == ["accepted", "pending", "pending"]
    branch = review.ground.git("symbolic-ref", "--short", "HEAD").decode().strip()
    await review.ground.agree("setBase", checkout="session", base=branch)
    review.ground.playground.commit(review.ground.repository, "on", {"elsewhere.txt": "e\n", "ten.txt": "top\n" + TEN})
    review.ground.git("rebase", "-q", branch, cwd=review.path)
    assert [state for _, state in await review.texts("ten.txt")] == ["accepted", "pending", "pending"]
    assert await review.reviewed("ten.txt") == "top\n" + TEN.replace("line 2\n", "LINE 2\n")
    assert await review.pending() == {"ten.txt": "modified"}


async def test_what_was_accepted_goes_along_with_handed_off_work(review: Review) -> None:
    review.write("ten.txt", EDITED)
    first, _, _ = (await review.hunks("ten.txt")).hunks
    await review.accept("ten.txt", hunks=[first.id])
    await review.ground.agree("handOff", checkout="session")
    local = Review(review.ground, review.ground.repository, review.agents)
    assert [state for _, state in await local.texts("ten.txt")] == ["accepted", "pending", "pending"]
    with pytest.raises(HedgerowError, match="is in Local now"):
        await review.accept(all=True)
    _, second, _ = (await local.hunks("ten.txt")).hunks
    await local.accept("ten.txt", hunks=[second.id])
    await review.ground.agree("handOff", checkout="session")
    assert [state for _, state in await review.texts("ten.txt")] == ["accepted", "accepted", "pending"]


async def test_it_is_kept_over_clean_up_and_restore(review: Review) -> None:
    review.write("ten.txt", EDITED)
    first, _, _ = (await review.hunks("ten.txt")).hunks
    await review.accept("ten.txt", hunks=[first.id])
    done = await review.ground.clean_up(review.path)
    assert done.operation is not None
    review.ground.forget()
    await review.ground.agree("restore", snapshot=done.operation.snapshots[0])
    assert [state for _, state in await review.texts("ten.txt")] == ["accepted", "pending", "pending"]


async def test_what_was_accepted_in_local_goes_along_to_a_new_worktree(review: Review) -> None:
    local = Review(review.ground, review.ground.repository, review.agents)
    local.write("ten.txt", EDITED)
    first, _, _ = (await local.hunks("ten.txt")).hunks
    await local.accept("ten.txt", hunks=[first.id])
    done = await review.ground.agree("handOff", checkout="Local", to="new", name="moved")
    moved = Review(review.ground, Path(done.paths[0]), review.agents)
    assert [state for _, state in await moved.texts("ten.txt")] == ["accepted", "pending", "pending"]
    assert await local.pending() == {}
    await review.ground.agree("undo")
    assert [state for _, state in await local.texts("ten.txt")] == ["accepted", "pending", "pending"]


async def test_files_that_change_on_disk_are_told(review: Review) -> None:
    app = review.ground.hedgerow.app
    stop = app.on_list_changed(lambda _: None)
    await review.ground.call("list", wait=True)
    identity = (await review.diff()).checkout
    number = 0

    def told(paths: list[str]) -> bool:
        nonlocal number
        number += 1
        review.write("ten.txt", f"{number}\n")  # until it is watched
        return any(change.checkout == identity and change.paths == paths for change in review.changes)

    await until(lambda: told(["ten.txt"]))
    review.changes.clear()
    review.ground.git("commit", "-qam", "work", cwd=review.path)
    await until(lambda: any(change.checkout == identity and change.all for change in review.changes))
    stop()


async def test_what_another_window_accepts_is_told(review: Review, home: Home) -> None:
    """Two servers of one person: each hears what the other has done."""
    other = await App.open(settings=Settings(), state_directory=home.hedgerow_state)
    try:
        told: list[str] = []
        other.on_review_changed(lambda news: told.append(news.checkout))
        stop = other.on_list_changed(lambda _: None)
        review.write("ten.txt", EDITED)
        identity = (await review.diff()).checkout
        told.clear()
        await review.accept(all=True)
        await until(lambda: identity in told)
        review.write("ten.txt", EDITED + "more\n")
        review.agents.begin(identity)
        told.clear()
        await review.reject("ten.txt")
        await until(lambda: identity in told)
        stop()
    finally:
        await other.close()


async def test_a_rejection_that_waits_outlives_the_server(review: Review, home: Home) -> None:
    review.write("ten.txt", EDITED)
    identity = (await review.diff()).checkout
    review.agents.begin(identity)
    await review.reject("ten.txt")
    later = await App.open(settings=Settings(), state_directory=home.hedgerow_state)  # nobody is in a turn there
    try:
        await later.keep_house(review.ground.hedgerow.caller(review.ground.repository))
        await until(lambda: review.read("ten.txt").decode() == TEN)
    finally:
        await later.close()


async def test_text_that_is_not_saved_keeps_a_rejection_waiting(review: Review) -> None:
    review.write("ten.txt", EDITED)
    place = review.path / "ten.txt"
    typing = [place]
    caller = review.ground.hedgerow.caller(
        review.ground.repository, unsaved=lambda below: typing if below == place else []
    )
    await review.ground.hedgerow.app.keep_house(caller)
    identity = (await review.diff()).checkout
    review.agents.begin(identity)
    await review.reject("ten.txt")
    review.agents.end(identity)
    await until(lambda: any(change.notices for change in review.changes))
    assert "still waits" in review.changes[-1].notices[0]
    assert review.read("ten.txt").decode() == EDITED
    typing.clear()
    review.agents.end(identity)
    await until(lambda: review.read("ten.txt").decode() == TEN)


async def test_a_plan_from_before_a_turn_is_not_carried_out_in_it(review: Review) -> None:
    review.write("ten.txt", EDITED)
    identity = (await review.diff()).checkout
    planned = await review.ground.call("reject", checkout=identity, paths=["ten.txt"], dryRun=True)
    review.agents.begin(identity)
    with review.ground.nothing_changes(), pytest.raises(HedgerowError, match="in a turn"):
        await review.ground.call("reject", checkout=identity, token=planned.plan.token)
    review.agents.end(identity)
    await review.ground.call("reject", checkout=identity, token=planned.plan.token)
    assert review.read("ten.txt").decode() == TEN


@pytest.mark.parametrize("verb", ["accept", "reject"])
async def test_other_work_that_comes_to_local_meanwhile_is_not_meant(
    review: Review, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handed off by another process, while this one has only found out what it compares Local's files with."""
    module = accepting if verb == "accept" else rejecting
    ground, find = review.ground, module.work_in
    review.write("ten.txt", EDITED)
    ground.playground.write(ground.repository, {"ten.txt": "Local's own\n"})

    async def and_then_another(*args: Any) -> Any:
        monkeypatch.undo()
        found = await find(*args)
        await ground.agree("handOff", checkout="session")
        return found

    monkeypatch.setattr(module, "work_in", and_then_another)
    with pytest.raises(HedgerowError, match="another by now"):
        await ground.agree(verb, checkout="Local", paths=["ten.txt"])
    assert (ground.repository / "ten.txt").read_text() == EDITED
    await ground.agree("handOff", checkout="session")
    assert (await ground.call("diff", checkout="Local", between="reviewed")).files


@pytest.mark.parametrize("left", [0, 1])
async def test_another_server_carries_it_out_or_it_is_withdrawn_in_part(
    review: Review, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another has done is not said to be undone, and what is left of it is done."""
    review.write("ten.txt", EDITED)
    review.write("other.txt", "other\n")
    app = review.ground.hedgerow.app
    tools, caller = app._tools, review.ground.hedgerow.caller(review.ground.repository)
    identity, again = (await review.diff()).checkout, rejecting._again
    review.agents.begin(identity)
    await review.reject("ten.txt")
    await review.reject("other.txt")
    review.agents.busy.clear()

    async def after_another(*args: Any) -> Any:
        monkeypatch.undo()
        if left:
            await review.reject("other.txt", withdraw=True)
        else:
            await rejecting.carry_out_waiting(tools, identity, caller)
        return await again(*args)

    monkeypatch.setattr(rejecting, "_again", after_another)
    carried = await rejecting.carry_out_waiting(tools, identity, caller)
    assert carried.notices == []
    assert review.read("ten.txt").decode() == TEN
    assert (review.path / "other.txt").exists() == bool(left)

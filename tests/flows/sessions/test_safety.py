"""P1 to P3 and P6 around sessions: what agents work in is not taken, and what they leave behind is not lost."""

# ruff: noqa: N802 - named by the properties

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.support.hedgerow import Hedgerow, agreed_on_shell
from tests.support.home import Home
from tests.support.oracle import hedgerows_own, moved_difference, of_checkout, of_garbage_collection
from tests.support.repositories import Playground
from tests.support.scripted import LAUNCH_LINES, Sessions

from hedgerow.flows.sessions import launching, moving
from hedgerow.journal.operations import Operations
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import SessionRow


def runs(row: SessionRow) -> bool:
    assert row.pid is not None
    try:
        return bool(psutil.Process(row.pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def at_rest(sessions: Sessions, name: str = "work", **params: Any) -> SessionRow:
    """A session of ours between turns, in a worktree of that name full of work."""
    row = await sessions.start("write agent.txt only here; say done", name=name, **params)
    done = await sessions.until(row.id, "done")
    sessions.ground.playground.dirty(Path(row.path))
    return done


async def working(sessions: Sessions) -> SessionRow:
    row = await sessions.start(f"write agent.txt x; hold {sessions.gate()}; say done", name="work")
    await sessions.until_true((Path(row.path) / "agent.txt").exists, "its file")
    return await sessions.until(row.id, "working")


async def waiting(sessions: Sessions) -> SessionRow:
    row = await sessions.start("write agent.txt x; ask Bash; say done", name="work")
    return await sessions.until(row.id, "waiting")


async def unknown(sessions: Sessions) -> SessionRow:
    row = await sessions.start(agent="deaf", name="work")
    return await sessions.row(row.id)


LIVE: dict[str, Callable[[Sessions], Awaitable[SessionRow]]] = {
    "working": working, "waiting": waiting, "unknown": unknown,
}  # fmt: skip


# -- under an agent at work


@pytest.mark.parametrize("phase", LIVE)
async def test_P1_nothing_takes_the_worktree_of_an_agent_at_work(sessions: Sessions, phase: str) -> None:
    row = await LIVE[phase](sessions)
    ground = sessions.ground
    error = await ground.refused("cleanUp", "protected", checkouts=["work"])
    assert row.label in error.message
    await ground.refused("cleanUp", "protected", checkouts=["work"], dryRun=True)
    error = await ground.refused("archive", "busy", session=row.id)
    assert row.label in error.message
    with ground.nothing_changes(), pytest.raises(HedgerowError) as caught:
        await ground.agree("undo")  # of the start that made it
    assert caught.value.code is ErrorCode.PROTECTED
    ground.git("update-ref", "refs/heads/main", "main")
    with ground.nothing_changes():
        landed = await ground.agree("cleanUp", landed=True)
        surplus = await ground.agree("cleanUp", retention=True)
    assert not landed.operation
    assert not surplus.operation
    assert runs(row)


async def test_P1_retention_takes_none_that_is_lived_in_or_pinned(home: Home, playground: Playground) -> None:
    async with Sessions.opened(home, playground, retention=1) as sessions:
        ground = sessions.ground
        busy = await working(sessions)
        pinned = await sessions.start("say nothing came of it", name="pinned")
        await sessions.until(pinned.id, "done")
        await sessions.call("pin", session=pinned.id)
        await sessions.call("stop", session=pinned.id)
        before = ground.observe()
        made = [await ground.create(f"made-{number}") for number in range(3)]
        assert [place.name for place in made if place.is_dir()] == ["made-2"], "the others had nothing to lose"
        assert ground.difference(before, except_for=[of_checkout(*made)]) == []
        assert runs(busy)
        await sessions.call("pin", session=pinned.id, pinned=False)
        await ground.create("one-more")
        assert not Path(pinned.path).exists(), "nobody protects it any more, and nothing is lost with it"
        assert Path(busy.path).is_dir()


async def test_P1_a_server_that_has_just_come_up_knows_who_is_pinned(home: Home, playground: Playground) -> None:
    repository = playground.repository()
    async with Sessions.opened(home, playground, repository) as sessions:
        row = await sessions.start("say nothing came of it", name="pinned")
        await sessions.until(row.id, "done")
        await sessions.call("pin", session=row.id)
        await sessions.call("stop", session=row.id)
        for number in range(2):
            await sessions.ground.create(f"newer-{number}")
    async with Hedgerow.opened(home, retention=1, launch_lines=LAUNCH_LINES) as again:
        await again.app.keep_house(again.caller(repository))
        assert Path(row.path).is_dir()
        assert not Path(row.path).with_name("newer-0").exists(), "there was a surplus"


# -- between turns


@pytest.mark.parametrize("verb", ["cleanUp", "archive"])
async def test_P1_a_plan_stops_nobody(sessions: Sessions, verb: str) -> None:
    row = await at_rest(sessions)
    params: dict[str, Any] = {"checkouts": ["work"]} if verb == "cleanUp" else {"session": row.id}
    with sessions.ground.nothing_changes():
        for more in ({}, {"dryRun": True}):
            planned = await sessions.call(verb, **params, **more)
            assert planned.plan is not None
            assert any(f"stop the agent of the session {row.label}" in one.text for one in planned.plan.effects)
            assert planned.plan.losses
    now = await sessions.row(row.id)
    assert runs(row)
    assert (now.phase, now.archived, now.pid) == (row.phase, False, row.pid)


@pytest.mark.parametrize("verb", ["cleanUp", "archive"])
async def test_P3_P6_what_it_leaves_behind_comes_back_byte_for_byte(sessions: Sessions, verb: str) -> None:
    row = await at_rest(sessions)
    ground, worktree = sessions.ground, Path(row.path)
    sibling = await ground.create("sibling")
    ground.playground.dirty(sibling)
    ground.playground.dirty(ground.repository)
    ground.playground.commit(worktree, "on no branch", {"committed.txt": "c\n"})
    before, commits = ground.observe(), ground.oracle.commits(ground.repository)
    params: dict[str, Any] = {"checkouts": ["work"]} if verb == "cleanUp" else {"session": row.id}
    result: Any = await ground.agree(verb, **params)
    assert not worktree.exists()
    assert not runs(row)
    assert ground.difference(before, except_for=[of_checkout(worktree)]) == []
    assert (await sessions.row(row.id)).archived is (verb == "archive")
    ground.forget()
    restored = agreed_on_shell(ground.home, ground.repository, "restore", result.operation.snapshots[0])
    place = Path(restored["paths"][0])
    after = ground.observe()
    assert moved_difference(before, worktree, after, place) == []
    assert ground.oracle.missing_commits(ground.repository, commits) == []
    others = (hedgerows_own, of_checkout(worktree, place), of_garbage_collection)
    assert ground.difference(before, except_for=others) == []


async def test_P1_one_that_has_begun_a_turn_since_is_left_alone(sessions: Sessions) -> None:
    row = await at_rest(sessions)
    ground = sessions.ground
    plan = await ground.plan("cleanUp", checkouts=["work"])
    await sessions.call("send", session=row.id, text=f"hold {sessions.gate()}; say on")
    await sessions.until(row.id, "working")
    with ground.nothing_changes(), pytest.raises(HedgerowError) as caught:
        await sessions.call("cleanUp", token=plan.token)
    assert caught.value.code in (ErrorCode.BUSY, ErrorCode.PROTECTED, ErrorCode.STALE_PLAN)
    assert runs(row)
    sessions.let_go()
    assert (await sessions.until(row.id, "done")).last_message == "on"


async def test_P1_what_it_has_written_since_is_not_lost(sessions: Sessions) -> None:
    """Its turn began after the plan, and is over before the token comes back."""
    row = await at_rest(sessions)
    ground = sessions.ground
    plan = await ground.plan("archive", session=row.id)
    await sessions.call("send", session=row.id, text="write late.txt written since; say later")
    await sessions.until(row.id, "done", last_message="later")
    with ground.nothing_changes(), pytest.raises(HedgerowError) as caught:
        await sessions.call("archive", session=row.id, token=plan.token)
    assert caught.value.code is ErrorCode.STALE_PLAN
    assert (Path(row.path) / "late.txt").read_text() == "written since\n"
    assert runs(row), "a plan that is refused stops nobody"
    assert not (await sessions.row(row.id)).archived


async def test_a_plan_to_archive_one_session_archives_no_other(sessions: Sessions) -> None:
    row = await at_rest(sessions)
    other = await sessions.start("say done", checkout="Local")
    await sessions.until(other.id, "done")
    plan = await sessions.ground.plan("archive", session=row.id)
    with sessions.ground.nothing_changes(), pytest.raises(HedgerowError) as caught:
        await sessions.call("archive", session=other.id, token=plan.token)
    assert caught.value.code is ErrorCode.UNKNOWN_TOKEN
    assert runs(row)
    assert not (await sessions.row(other.id)).archived


async def test_P1_what_the_agent_has_started_is_somebody_s(sessions: Sessions) -> None:
    """A program that it left running in the worktree, and that does not go with it."""
    row = await at_rest(sessions)
    ground = sessions.ground
    stranger = psutil.Popen(["setsid", "sleep", "600"], cwd=row.path)
    try:
        error = await ground.refused("cleanUp", "protected", checkouts=["work"])
        assert f"sleep ({stranger.pid})" in error.message
        assert runs(row)
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("verb", ["cleanUp", "archive"])
async def test_P1_who_was_stopped_for_what_is_refused_goes_on(sessions: Sessions, verb: str) -> None:
    """A program is found in the worktree only once the agent, which may have started it, has ended."""
    row = await conversation(sessions)
    plan_of: dict[str, Any] = {"checkouts": ["work"]} if verb == "cleanUp" else {"session": row.id}
    plan = await sessions.ground.plan(verb, **plan_of)
    stranger = psutil.Popen(["setsid", "sleep", "600"], cwd=row.path)
    try:
        with sessions.ground.nothing_changes(), pytest.raises(HedgerowError) as caught:
            await sessions.call(verb, token=plan.token, **plan_of)
    finally:
        stranger.kill()
        stranger.wait()
    assert caught.value.code is ErrorCode.PROTECTED
    await sessions.until_true(
        lambda: sessions.rows[row.id].pid not in (None, row.pid), "the agent to have been started again"
    )
    there = await sessions.until(row.id, "done", "idle", path=row.path)
    assert runs(there)
    assert (there.conversation, there.archived) == (row.conversation, False)


async def test_P2_where_nothing_is_lost_archive_asks_nothing(sessions: Sessions) -> None:
    before = sessions.ground.observe()
    row = await sessions.start("say nothing to do", agent="copilot", name="work")
    await sessions.until(row.id, "done")
    done = await sessions.call("archive", session="work")
    assert done.plan is None
    assert done.session.archived
    assert not Path(row.path).exists()
    assert not runs(row)
    assert sessions.ground.difference(before) == []
    await sessions.call("undo")
    assert Path(row.path).is_dir()


async def test_P2_a_conversation_that_could_not_be_gone_on_with_is_not_ended_unasked(sessions: Sessions) -> None:
    row = await sessions.start("say nothing to do", name="work")
    await sessions.until(row.id, "done")
    ground = sessions.ground
    ground.hedgerow.settings = ground.hedgerow.settings.model_copy(update={"retention": 1})
    await ground.create("newer")
    assert not (await ground.agree("cleanUp", retention=True)).operation
    assert runs(row)
    for verb, params in (("cleanUp", {"checkouts": ["work"]}), ("archive", {"session": row.id})):
        plan = await ground.plan(verb, **params)
        assert any("whose conversation ends with it" in one.text for one in plan.effects)
        assert plan.losses == []
    await sessions.call("archive", session=row.id, token=plan.token)
    assert not runs(row)


@pytest.mark.parametrize("reason", ["another session", "pinned", "kept", "Local", "cleanUp is off"])
async def test_P2_archive_leaves_a_worktree_that_is_there_for_more(sessions: Sessions, reason: str) -> None:
    if reason == "Local":
        row = await sessions.start("say hello", checkout="Local")
        await sessions.until(row.id, "done")
    else:
        row = await at_rest(sessions, keep=reason == "kept")
    if reason == "another session":
        other = await sessions.start("say me too", checkout="work", label="the other")
        await sessions.until(other.id, "done")
    if reason == "pinned":
        await sessions.call("pin", session=row.id)
    with sessions.ground.nothing_changes():
        done = await sessions.call("archive", session=row.id, cleanUp=reason != "cleanUp is off")
    assert done.plan is None
    assert done.session.archived
    assert not runs(row)
    if reason == "another session":
        assert "the other still works in work" in done.message
        assert runs(other)


# -- an agent that goes by itself


async def keeps_house(sessions: Sessions) -> None:
    sessions.ground.hedgerow.app._sessions.keep_house(sessions.ground.hedgerow.caller(sessions.ground.repository))


async def test_P2_a_worktree_in_which_nothing_came_of_it_goes(sessions: Sessions) -> None:
    await keeps_house(sessions)
    ground = sessions.ground
    before = ground.observe()
    row = await sessions.start("exit 0", name="work")
    await sessions.until_true(lambda: not Path(row.path).exists(), "the worktree to go")
    await sessions.until(row.id, "ended")
    await sessions.ground.create("another")  # whatever is under way has ended by then
    assert ground.difference(before, except_for=[of_checkout(Path(row.path).with_name("another"))]) == []


@pytest.mark.parametrize("reason", ["a file", "a commit", "another session", "pinned", "a branch"])
async def test_P3_a_worktree_in_which_something_is_stays(sessions: Sessions, reason: str) -> None:
    await keeps_house(sessions)
    ground = sessions.ground
    branch = {"branch": "topic"} if reason == "a branch" else {}
    row = await sessions.start(f"hold {sessions.gate()}; exit 0", name="work", **branch)
    await sessions.until(row.id, "working")
    if reason == "a file":
        (Path(row.path) / "note.ignored").write_text("only here\n")
    elif reason == "a commit":
        ground.playground.commit(Path(row.path), "on no branch", {"b.txt": "b\n"})
    elif reason == "pinned":
        await sessions.call("pin", session=row.id)
    elif reason == "another session":
        other = await sessions.start("say me too", checkout="work", label="the other")
        await sessions.until(other.id, "done")
    with ground.nothing_changes():
        sessions.let_go()
        await sessions.until(row.id, "ended")
        probe = await sessions.start("exit 0", name="probe")  # what goes after it has gone: so that has been judged
        await sessions.until_true(lambda: not Path(probe.path).exists(), "the probe to go")
    assert Path(row.path).is_dir()


# -- conversations that are gone on with


async def conversation(sessions: Sessions, name: str = "work", label: str = "mine") -> SessionRow:
    row = await sessions.start("write agent.txt only here; say done", agent="copilot", name=name, label=label)
    return await sessions.until(row.id, "done")


async def test_there_is_one_writer(sessions: Sessions) -> None:
    row = await conversation(sessions)
    error = await sessions.ground.refused("resume", "conflict", session=row.id)
    assert str(row.pid) in error.message
    await sessions.call("stop", session=row.id)
    assert (await sessions.row(row.id)).phase.value == "parked"
    resumed = await sessions.call("resume", session=row.id, prompt="say again")
    again = await sessions.until(row.id, "done", last_message="again")
    assert again.conversation == row.conversation == resumed.session.conversation
    assert len(sessions.started(row.id)) == 2
    assert sessions.started(row.id)[1]["argv"][:2] == ["--session-id", row.conversation]
    assert "--interactive=say again" in sessions.started(row.id)[1]["argv"]


async def test_one_that_is_being_stopped_is_gone_on_with_after_that(sessions: Sessions) -> None:
    row = await conversation(sessions)
    stopping = asyncio.create_task(sessions.call("stop", session=row.id))
    await sessions.until(row.id, "parked")  # which is told before its terminal is gone
    resuming = [asyncio.create_task(sessions.call("resume", session=row.id, prompt="say again")) for _ in range(2)]
    await stopping
    outcomes = await asyncio.gather(*resuming, return_exceptions=True)
    (refused,) = [one for one in outcomes if isinstance(one, BaseException)]
    assert isinstance(refused, HedgerowError), refused
    assert refused.code is ErrorCode.CONFLICT, refused
    again = await sessions.until(row.id, "done", last_message="again")
    assert again.host.value == "tmux"
    assert runs(again)
    assert len(sessions.started(row.id)) == 2


async def test_P3_a_conversation_whose_worktree_was_cleaned_up_gets_it_back_first(sessions: Sessions) -> None:
    row = await conversation(sessions)
    ground, worktree = sessions.ground, Path(row.path)
    ground.playground.dirty(worktree)
    before = ground.observe()
    await ground.agree("archive", session=row.id)
    assert not worktree.exists()
    ground.forget()
    planned = await sessions.call("resume", session=row.id, dryRun=True)
    assert "would restore work" in planned.message
    assert not worktree.exists()
    resumed = await sessions.call("resume", session=row.id)
    assert any("was restored first" in one for one in resumed.warnings)
    assert moved_difference(before, worktree, ground.observe(), worktree) == []
    await sessions.until(row.id, "idle", "done")
    assert sessions.started(row.id)[-1]["cwd"] == str(worktree)
    assert not (await sessions.row(row.id)).archived


# -- work that moves


async def test_P5_P6_there_and_home_again_with_its_session(sessions: Sessions) -> None:
    row = await conversation(sessions)
    ground, worktree = sessions.ground, Path(row.path)
    ground.playground.dirty(worktree)
    ground.playground.dirty(ground.repository)
    sibling = await ground.create("sibling")
    ground.playground.dirty(sibling)
    before = ground.observe()
    with ground.nothing_changes():
        planned = await sessions.call("handOff", checkout="work")
    assert planned.plan is not None
    assert any(one.text == "stop the agent of mine, and start it again in Local" for one in planned.plan.effects)
    assert runs(row), "a plan stops nobody"

    await sessions.call("handOff", checkout="work", token=planned.plan.token)
    there = await sessions.until(row.id, "done", "idle", path=str(ground.repository))
    assert (ground.repository / "agent.txt").read_text() == "only here\n"
    assert not runs(row)
    assert runs(there)
    assert (there.home, there.conversation, there.label) == (row.checkout, row.conversation, "mine")
    moved = sessions.started(row.id)[-1]
    assert moved["cwd"] == str(ground.repository)
    assert any(f"Your working directory is {ground.repository} now" in word for word in moved["argv"])
    error = await ground.refused("cleanUp", "protected", checkouts=["work"])
    assert "home" in error.message

    await ground.agree("handOff", checkout="Local")
    home = await sessions.until(row.id, "done", "idle", path=str(worktree))
    assert runs(home)
    assert sessions.started(row.id)[-1]["cwd"] == str(worktree)
    lines = ground.difference(before, except_for=[lambda fact: fact.area == "reflog"])
    assert [line for line in lines if "refs/heads/" not in line] == []


@pytest.mark.parametrize("phase", LIVE)
async def test_P1_work_is_not_moved_under_an_agent_at_work(sessions: Sessions, phase: str) -> None:
    row = await LIVE[phase](sessions)
    error = await sessions.ground.refused("handOff", "busy", checkout="work")
    assert row.label in error.message
    assert runs(row)


async def test_P1_one_that_began_a_turn_since_the_plan_is_not_moved(sessions: Sessions) -> None:
    row = await conversation(sessions)
    ground = sessions.ground
    ground.playground.dirty(ground.repository)
    planned = await sessions.call("handOff", checkout="work", dryRun=True)
    await sessions.call("send", session=row.id, text=f"hold {sessions.gate()}; say on")
    await sessions.until(row.id, "working")
    with ground.nothing_changes(), pytest.raises(HedgerowError) as caught:
        await sessions.call("handOff", checkout="work", token=planned.plan.token)
    assert caught.value.code is ErrorCode.BUSY
    assert runs(row)


@pytest.mark.parametrize("verb", ["handOff", "undo"])
async def test_P1_another_that_began_a_turn_since_the_plan_keeps_its_files(sessions: Sessions, verb: str) -> None:
    """It works in Local, whose files would change under it."""
    other = await sessions.start("say done", agent="copilot", checkout="Local", label="other")
    await sessions.until(other.id, "done")
    ground = sessions.ground
    ground.playground.dirty(await ground.create("work"))
    if verb == "undo":
        await ground.agree("handOff", checkout="work")
    params = {"checkout": "work"} if verb == "handOff" else {}
    planned = await sessions.call(verb, dryRun=True, **params)
    await sessions.call("send", session=other.id, text=f"hold {sessions.gate()}; say on")
    await sessions.until(other.id, "working")
    with ground.nothing_changes(), pytest.raises(HedgerowError) as caught:
        await sessions.call(verb, token=planned.plan.token, **params)
    assert caught.value.code is ErrorCode.BUSY
    sessions.let_go()


async def test_P1_a_move_that_is_refused_leaves_it_where_it_was(sessions: Sessions) -> None:
    row = await conversation(sessions)
    ground = sessions.ground
    ground.playground.dirty(ground.repository)
    planned = await sessions.call("handOff", checkout="work", dryRun=True)
    (Path(row.path) / "since.txt").write_text("since\n")
    with ground.nothing_changes(), pytest.raises(HedgerowError) as caught:
        await sessions.call("handOff", checkout="work", token=planned.plan.token)
    assert caught.value.code is ErrorCode.STALE_PLAN
    # What was told last may be of the agent that was stopped for it.
    await sessions.until_true(
        lambda: sessions.rows[row.id].pid not in (None, row.pid), "the agent to have been started again"
    )
    there = await sessions.until(row.id, "done", "idle", path=row.path)
    assert runs(there)
    assert there.conversation == row.conversation


async def test_P2_who_makes_room_goes_home_and_who_comes_comes_along(sessions: Sessions) -> None:
    first, second = await conversation(sessions), await conversation(sessions, "other", "theirs")
    local = str(sessions.ground.repository)
    await sessions.ground.agree("handOff", checkout="work")
    await sessions.until(first.id, "done", "idle", path=local)
    planned = await sessions.call("handOff", checkout="other", dryRun=True)
    told = [effect.text for effect in planned.plan.effects]
    assert "stop the agent of mine, and start it again in work" in told
    assert "stop the agent of theirs, and start it again in Local" in told

    await sessions.call("handOff", checkout="other", token=planned.plan.token)
    assert runs(await sessions.until(first.id, "done", "idle", path=first.path))
    assert runs(await sessions.until(second.id, "done", "idle", path=local))
    await sessions.ground.agree("undo")
    assert runs(await sessions.until(first.id, "done", "idle", path=local))
    assert runs(await sessions.until(second.id, "done", "idle", path=second.path))


async def test_P2_whose_work_has_moved_goes_on_there_although_somebody_cancels(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await conversation(sessions)
    local = str(sessions.ground.repository)
    begins, relaunch = asyncio.Event(), moving.relaunch

    async def after_a_moment(*args: Any, **more: Any) -> Any:
        begins.set()
        await asyncio.sleep(0)
        return await relaunch(*args, **more)

    monkeypatch.setattr(moving, "relaunch", after_a_moment)
    handing = asyncio.create_task(sessions.call("handOff", checkout="work"))
    await begins.wait()
    handing.cancel()
    assert (await handing).operation is not None, "it had happened by then"
    there = await sessions.until(row.id, "done", "idle", path=local)
    assert runs(there)


async def test_P2_resumed_in_the_middle_of_a_hand_off_it_does_not_go_on_where_its_work_was(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await conversation(sessions)
    await sessions.call("stop", session=row.id)
    carry_out, terminal = Operations._carry_out, launching._terminal
    waits, resuming = asyncio.Event(), list[asyncio.Task[Any]]()

    async def waiting_for_it(*args: Any) -> Any:
        waits.set()
        return await terminal(*args)

    async def with_another(*args: Any) -> Any:
        resuming.append(asyncio.create_task(sessions.call("resume", session=row.id)))
        await waits.wait()
        return await carry_out(*args)

    monkeypatch.setattr(launching, "_terminal", waiting_for_it)
    monkeypatch.setattr(Operations, "_carry_out", with_another)
    await sessions.call("handOff", checkout="work")
    monkeypatch.undo()
    with pytest.raises(HedgerowError, match="in Local now"):
        await resuming[0]
    await sessions.call("resume", session=row.id)
    there = await sessions.until(row.id, "done", "idle", path=str(sessions.ground.repository))
    assert runs(there)
    assert sessions.started(row.id)[-1]["cwd"] == str(sessions.ground.repository)

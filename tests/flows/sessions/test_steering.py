"""A session that runs: told of by hooks, sent to, looked at, stopped; and what a person says of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psutil
import pytest
from tests.support.ground import assert_sentence
from tests.support.scripted import Sessions

from hedgerow.protocol.errors import ErrorCode, HedgerowError


def tmux(sessions: Sessions, *words: str) -> str:
    """Plain tmux on the socket of this test."""
    done = subprocess.run(
        ["tmux", "-u", "-L", "hedgerow", *words], env=sessions.home.environment(), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return done.stdout


# -- what is heard


async def test_every_phase_in_its_order(sessions: Sessions) -> None:
    row = await sessions.start(f"hold {sessions.gate()}; ask Bash; hold {sessions.gate('on')}; say done", name="one")
    await sessions.until(row.id, "working")
    sessions.let_go()
    waiting = await sessions.until(row.id, "waiting")
    assert waiting.question is not None
    assert (waiting.detail, waiting.question.answerable) == ("wants to use Bash", False)
    await sessions.until_true(lambda: len(sessions.news) == 1, "news that it waits")
    tmux(sessions, "send-keys", "-t", f"={row.id}:", "yes", "Enter")
    await sessions.until(row.id, "working")
    sessions.let_go("on")
    done = await sessions.until(row.id, "done")
    assert done.last_message == "done"
    await sessions.until_true(lambda: len(sessions.news) == 2, "news that it is done")
    await sessions.call("markSeen", session="one")
    await sessions.until(row.id, "idle")
    await sessions.call("stop", session="one")
    await sessions.until(row.id, "ended")
    await sessions.until_true(lambda: sessions.phases[row.id][-1] == "ended", "the end to be told")
    passed = [phase for phase in sessions.phases[row.id] if phase != "unknown"]
    assert passed == ["working", "waiting", "working", "done", "idle", "ended"]
    assert [news.message for news in sessions.news] == [
        f"{row.label} waits for you: wants to use Bash",
        f"{row.label} is done",
    ]


async def test_a_turn_that_failed_is_told_with_its_reason(sessions: Sessions) -> None:
    row = await sessions.start("fail", name="one")
    failed = await sessions.until(row.id, "failed")
    assert failed.detail == "overloaded"
    await sessions.call("send", session=row.id, text="say better")
    await sessions.until(row.id, "done")


async def test_garbage_on_the_hook_is_nothing(sessions: Sessions) -> None:
    row = await sessions.start("garble; say done", name="one")
    assert (await sessions.until(row.id, "done")).last_message == "done"
    assert os.listdir(sessions.home.hedgerow_state / "inbox" / "rubbish")


async def test_a_process_that_is_gone_ends_what_a_hook_left_open(sessions: Sessions) -> None:
    """UX07's way: the last thing that was heard is that it works."""
    row = await sessions.start(f"hold {sessions.gate()}", name="one")
    working = await sessions.until(row.id, "working")
    psutil.Process(working.pid).kill()
    failed = await sessions.until(row.id, "failed")
    assert failed.detail == "the agent was ended by SIGKILL"


# -- prompts


async def test_a_prompt_is_sent_and_counts_as_a_look(sessions: Sessions) -> None:
    row = await sessions.start("say first", name="one")
    await sessions.until(row.id, "done")
    sent = await sessions.call("send", session="say first", text="write sent.txt ü; say second")
    assert sent.message == f"Sent to {row.label}"
    await sessions.until(row.id, "done", last_message="second")
    assert (Path(row.path) / "sent.txt").read_text() == "ü\n"


@pytest.mark.parametrize("text", ["", " \n\t"])
async def test_nothing_is_not_sent(sessions: Sessions, text: str) -> None:
    row = await sessions.start("say first", name="one")
    with pytest.raises(HedgerowError, match="nothing to send"):
        await sessions.call("send", session=row.id, text=text)


async def test_what_waits_for_an_answer_takes_no_prompt(sessions: Sessions) -> None:
    row = await sessions.start("ask Bash; say done", name="one")
    await sessions.until(row.id, "waiting")
    with pytest.raises(HedgerowError, match="waits for an answer first: wants to use Bash"):
        await sessions.call("send", session=row.id, text="go on")
    with pytest.raises(HedgerowError, match="only you answer this, in its terminal"):
        await sessions.call("answer", session=row.id, decision="approve")
    with pytest.raises(HedgerowError, match="asks something else by now") as caught:
        await sessions.call("answer", session=row.id, decision="approve", question="an-older-one")
    assert caught.value.code is ErrorCode.STALE_PLAN


async def test_a_question_that_is_over_is_not_answered(sessions: Sessions) -> None:
    row = await sessions.start("say done", name="one")
    await sessions.until(row.id, "done")
    with pytest.raises(HedgerowError, match="asks nothing now") as caught:
        await sessions.call("answer", session=row.id, decision="approve")
    assert caught.value.code is ErrorCode.STALE_PLAN


# -- its terminal


async def test_a_flood_ends_in_the_lines_that_were_asked_for(sessions: Sessions) -> None:
    row = await sessions.start("flood 30000; say done", name="one")
    await sessions.until(row.id, "done")
    lines = (await sessions.call("logs", session=row.id, lines=50)).text.splitlines()
    assert len(lines) == 50
    assert lines[0].startswith("line 299")
    assert "line 29999 of a flood" in lines
    assert all(line.isprintable() for line in lines)
    assert len((await sessions.call("logs", session=row.id, lines=10_000)).text.splitlines()) == 10_000


async def test_a_title_with_control_sequences_reaches_nobody(sessions: Sessions) -> None:
    row = await sessions.start("title evil\x07; say \x1b[31mdone\x1b]0;x\x07", name="one", label="\x1b[2Jmine")
    done = await sessions.until(row.id, "done")
    for text in (done.model_dump_json(), (await sessions.call("logs", session=row.id)).model_dump_json()):
        assert "\\u001b" not in text
        assert "\\u0007" not in text
    await sessions.until_true(lambda: bool(sessions.news), "the news")
    assert_sentence(sessions.news[0].message)


async def test_attach_is_a_command_that_shows_it(sessions: Sessions) -> None:
    row = await sessions.start("say look at me", name="one")
    await sessions.until(row.id, "done")
    attached = await sessions.call("attach", session="one")
    assert attached.launch.cwd == row.path
    env = {**sessions.home.environment({"TERM": "xterm-256color"}), **attached.launch.env}
    control = [attached.launch.argv[0], "-C", *attached.launch.argv[1:]]
    with subprocess.Popen(control, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        shown = next(line for line in client.stdout if line.startswith(b"%session-changed"))
        client.stdin.write(b"detach-client\n")
        client.stdin.close()
        client.stdout.read()
    assert row.id.encode() in shown
    await sessions.until(row.id, "idle")


async def test_a_terminal_that_somebody_closed_is_gone_in_order(sessions: Sessions) -> None:
    row = await sessions.start("say hello; write a.txt x", name="one")
    await sessions.until(row.id, "done")
    tmux(sessions, "kill-session", "-t", f"={row.id}")
    ended = await sessions.until(row.id, "ended")
    assert ended.detail is None
    with pytest.raises(HedgerowError, match="does not run"):
        await sessions.call("attach", session=row.id)


async def test_tmux_that_was_killed_takes_all_of_them(sessions: Sessions) -> None:
    rows = [await sessions.start(f"write a.txt {n}; say hello", name=f"n{n}") for n in range(3)]
    for row in rows:
        await sessions.until(row.id, "done")
    pid = int(tmux(sessions, "display-message", "-p", "#{pid}"))
    psutil.Process(pid).kill()
    for row in rows:
        await sessions.until(row.id, "ended", "failed")
    again = await sessions.start("say hello again", name="again")
    await sessions.until(again.id, "done")


# -- stopping


async def test_one_in_a_turn_is_only_stopped_when_that_is_said(sessions: Sessions) -> None:
    row = await sessions.start(f"hold {sessions.gate()}", name="one")
    working = await sessions.until(row.id, "working")
    with pytest.raises(HedgerowError, match="in the middle of a turn") as caught:
        await sessions.call("stop", session=row.id)
    assert caught.value.code is ErrorCode.BUSY
    assert psutil.pid_exists(working.pid)
    stopped = await sessions.call("stop", session=row.id, interrupt=True)
    assert stopped.session.phase.value == "ended"
    assert not psutil.pid_exists(working.pid) or psutil.Process(working.pid).status() == psutil.STATUS_ZOMBIE
    again = await sessions.call("stop", session=row.id)
    assert again.message == f"{row.label} does not run"


async def test_one_that_nobody_can_tell_of_can_be_stopped(sessions: Sessions) -> None:
    row = await sessions.start(agent="deaf", name="one")
    assert row.phase.value == "unknown"
    stopped = await sessions.call("stop", session="one")
    assert stopped.session.phase.value == "ended"
    assert not [news for news in sessions.news if news.session.id == row.id]


async def test_what_is_stopped_by_a_person_has_not_failed_and_keeps_its_worktree(sessions: Sessions) -> None:
    sessions.ground.hedgerow.app._sessions.keep_house(sessions.ground.hedgerow.caller(sessions.ground.repository))
    row = await sessions.start("say hello", name="one")
    await sessions.until(row.id, "done")
    await sessions.call("stop", session="one")
    await sessions.until(row.id, "ended")
    await sessions.ground.create("other")
    assert Path(row.path).is_dir(), "nothing came of it, and the person may go on with it"
    assert "failed" not in sessions.phases[row.id]


# -- what a person says of it


async def test_pinned_named_put_away_and_back(sessions: Sessions) -> None:
    row = await sessions.start("write a.txt x; say hello", name="one")
    await sessions.until(row.id, "done")
    assert (await sessions.call("pin", session="one")).session.pinned
    await sessions.until(row.id, "done", pinned=True)
    renamed = await sessions.call("rename", checkout=row.id, label="a better name")
    assert "a better name" in renamed.message
    await sessions.until(row.id, "done", label="a better name")
    assert not (await sessions.call("pin", session="a better name", pinned=False)).session.pinned
    await sessions.call("stop", session=row.id)
    put_away = await sessions.call("archive", session=row.id, cleanUp=False)
    assert put_away.session.archived
    assert row.id not in {each.id for each in await sessions.list()}
    assert row.id in {each.id for each in await sessions.list(past=True)}
    back = await sessions.call("archive", session=row.id, archived=False)
    assert not back.session.archived
    assert row.id in {each.id for each in await sessions.list()}


@pytest.mark.parametrize("label", ["", "  ", "x" * 101, "a\x1b[31m", "two\x00"])
async def test_a_label_that_is_none(sessions: Sessions, label: str) -> None:
    row = await sessions.start("say hello", name="one")
    with pytest.raises(HedgerowError) as caught:
        await sessions.call("rename", checkout=row.id, label=label)
    assert caught.value.code is ErrorCode.BAD_NAME
    assert (await sessions.row(row.id)).label == row.label


async def test_a_name_is_a_checkout_s_before_it_is_a_session_s(sessions: Sessions) -> None:
    row = await sessions.start("say hello", name="one", label="mine")
    await sessions.until(row.id, "done")
    await sessions.call("rename", checkout="one", label="the worktree")
    assert (await sessions.row(row.id)).label == "mine"
    with pytest.raises(HedgerowError) as caught:
        await sessions.call("rename", checkout="nobody", label="x")
    assert caught.value.code is ErrorCode.NO_SUCH_CHECKOUT


@pytest.mark.parametrize(
    ("verb", "params"),
    [
        ("send", {"text": "x"}), ("stop", {}), ("attach", {}), ("logs", {}), ("pin", {}), ("markSeen", {}),
        ("archive", {}), ("resume", {}), ("fork", {}), ("answer", {"decision": "deny"}),
    ],
)  # fmt: skip
async def test_nobody_is_said(sessions: Sessions, verb: str, params: dict[str, str]) -> None:
    await sessions.ground.refused(verb, ErrorCode.NO_SUCH_SESSION.value, session="\x1b[31mnobody", **params)


async def test_a_launch_line_has_no_conversation_to_go_on_with(sessions: Sessions) -> None:
    row = await sessions.start("say hello; write a.txt x", name="one")
    await sessions.until(row.id, "done")
    for verb in ("resume", "fork"):
        error = await sessions.ground.refused(verb, ErrorCode.CONFLICT.value, session=row.id)
        assert row.label in error.message
    await sessions.call("stop", session=row.id)
    error = await sessions.ground.refused("resume", ErrorCode.CONFLICT.value, session=row.id)
    assert "start a new one" in error.message

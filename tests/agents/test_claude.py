"""The real Claude Code behind the interface of agents: seen, launched, answered, interrupted, resumed and let go."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from tests.agents.claude_desk import Desk
from tests.support.agent_home import AgentHome
from tests.support.home import Home
from tests.support.model_script import script
from tests.support.model_server import ModelServer
from tests.support.repositories import Playground
from tests.support.tmux import Tmux

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import QuestionKind
from hedgerow.sessions.agents.agent import Answer, Held, Living, Status
from hedgerow.sessions.inbox import Inbox
from hedgerow.sessions.terminals.terminals import Terminals

pytestmark = pytest.mark.agents


@pytest.fixture
async def desk(home: Home, agent_home: AgentHome) -> AsyncIterator[Desk]:
    made = Desk(agent_home, Inbox(home.hedgerow_state / "inbox"), Terminals(home.hedgerow_state / "launches"))
    serving = asyncio.create_task(made.inbox.serve(made.take))
    stop = made.open()
    try:
        yield made
    finally:
        stop()
        serving.cancel()
        for state in await made.terminals.states():
            terminal = await made.terminals.find(state.session)
            if terminal is not None:
                await terminal.kill()


@pytest.fixture
def repository(playground: Playground, agent_home: AgentHome) -> Path:
    made = playground.repository()
    agent_home.trust(made)
    return made


async def test_what_it_asks_is_seen_and_answered(desk: Desk, repository: Path, playground: Playground) -> None:
    tree = playground.worktree(repository, "one")
    wanted = script(
        {"write": str(tree / "plum.txt"), "text": "ripe\n"},
        {"write": str(tree / "pear.txt"), "text": "hard\n"},
        {"sh": "touch fig.txt"},
        {"say": "three fruits"},
    )
    run = await desk.start("s1", tree, wanted, label="fruit work")

    seen = await desk.status(run.conversation, Status.WAITING)
    assert (seen.living, seen.cwd, seen.title, seen.writers) == (Living.PROCESS, tree, "fruit work", 1)
    assert seen.question is not None
    assert (seen.question.kind, seen.question.text) == (QuestionKind.APPROVAL, "wants to write: plum.txt")
    assert (seen.question.command, seen.question.paths) == ("+ripe", [str(tree / "plum.txt")])
    (told,) = await desk.heard("PermissionRequest")
    assert desk.claude.heard(told).question == seen.question, "both sources ask the same"
    assert not (tree / "plum.txt").exists()
    await desk.claude.answer(desk.held(run), seen.question, Answer(approve=True))

    def next_one(text: str) -> bool:
        asked = desk.seen[run.conversation].question
        return asked is not None and text in asked.text

    await desk.until(lambda: next_one("pear.txt"), "the second question")
    assert (tree / "plum.txt").read_text() == "ripe\n"
    with pytest.raises(HedgerowError) as refused:
        await desk.claude.answer(desk.held(run), seen.question, Answer(approve=True))
    assert refused.value.code is ErrorCode.STALE_PLAN
    second = desk.seen[run.conversation].question
    assert second is not None
    await desk.claude.answer(desk.held(run), second, Answer(approve=False, text="too hard,\ntake a fig"))

    await desk.until(lambda: next_one("touch fig.txt"), "the third question")
    third = desk.seen[run.conversation].question
    assert third is not None
    assert third.command == "touch fig.txt"
    await desk.claude.answer(desk.held(run), third, Answer(approve=True, text="good"))
    done = await desk.status(run.conversation, Status.IDLE)
    assert done.last_message == "three fruits"
    assert done.tokens is not None
    assert (tree / "fig.txt").exists()
    assert not (tree / "pear.txt").exists()
    assert "too hard, take a fig" in (done.transcript or Path()).read_text()
    (stop,) = await desk.heard("Stop")
    assert desk.claude.heard(stop).message == "three fruits"
    kinds = [status for status, _ in desk.statuses[run.conversation] if status is not Status.IDLE]
    assert Status.FAILED not in kinds
    assert Status.UNKNOWN not in kinds


async def test_a_refusal_without_words_ends_the_turn(desk: Desk, repository: Path) -> None:
    run = await desk.start("s1", repository, script({"sh": "touch fig.txt"}, {"say": "not reached"}))
    seen = await desk.status(run.conversation, Status.WAITING)
    assert seen.question is not None
    await desk.claude.answer(desk.held(run), seen.question, Answer(approve=False))
    rests = await desk.status(run.conversation, Status.IDLE)
    assert rests.last_message is None
    assert not (repository / "fig.txt").exists()


async def test_questions_with_options(desk: Desk, repository: Path) -> None:
    def ask(*questions: dict[str, object]) -> dict[str, object]:
        return {"tool": "AskUserQuestion", "input": {"questions": list(questions)}}

    def about(text: str, header: str, *labels: str, several: bool = False) -> dict[str, object]:
        options = [{"label": label, "description": f"that is {label}"} for label in labels]
        return {"question": text, "header": header, "options": options, "multiSelect": several}

    steps = (
        ask(about("Which fruit?", "Fruit", "Plum", "Pear")),
        ask(about("Which fruit then?", "Fruit", "Plum", "Pear")),
        ask(about("Which ones are ripe?", "Ripe", "Plum", "Pear", "Fig", several=True)),
        ask(
            about("What colours does it come in?", "Colour", "Red", "Blue", "Green", several=True),
            about("How many?", "Number", "One", "Two"),
        ),
        {"say": "that is all"},
    )
    run = await desk.start("s1", repository, script(*steps))

    async def answer(text: str, given: Answer) -> None:
        def asked() -> bool:
            question = desk.seen[run.conversation].question if run.conversation in desk.seen else None
            return question is not None and text in question.text

        await desk.until(asked, text)
        question = desk.seen[run.conversation].question
        assert question is not None
        assert question.kind is QuestionKind.CHOICE
        await desk.claude.answer(desk.held(run), question, given)

    with pytest.raises(HedgerowError, match="none of its options"):
        await answer("Which fruit?", Answer(options=("Fig",)))
    await answer("Which fruit?", Answer(options=("Pear",)))
    await answer("Which fruit then?", Answer(text="a plum,\nbut a yellow one"))
    await answer("Which ones are ripe?", Answer(options=("Plum", "Fig"), text="and the quince"))
    colours = ("Colour: Red", "Colour: Green", "Number: Two")
    await answer("What colours", Answer(options=colours))
    done = await desk.status(run.conversation, Status.IDLE)
    assert done.last_message == "that is all"
    record = (done.transcript or Path()).read_text()
    for answered in (
        '"Which fruit?":"Pear"',
        '"Which fruit then?":"a plum, but a yellow one"',
        '"Which ones are ripe?":"Plum, Fig, and the quince"',
        '"What colours does it come in?":"Red, Green"',
        '"How many?":"Two"',
    ):
        assert answered in record, answered


async def test_requests_that_come_at_once_are_not_mixed_up(desk: Desk, repository: Path, home: Home) -> None:
    files = [home.home / f"{name}.md" for name in ("plum", "pear", "fig")]
    for file in files:
        file.write_text("a fruit\n")
    reads = [{"tool": "Read", "input": {"file_path": str(file)}} for file in files]
    calls = [*reads, {"sh": "touch one.txt"}, {"sh": "touch one.txt two.txt"}]
    run = await desk.start("s1", repository, script({"calls": calls}, {"say": "all"}))
    await desk.status(run.conversation, Status.WAITING)
    asked: set[str] = set()
    while desk.seen[run.conversation].status is not Status.IDLE:
        # Which of the reads is shown first is not told: one that is not shown is refused, and nothing happens.
        requests = [desk.claude.heard(each).question for each in await desk.heard("PermissionRequest")]
        open_ones = {each.text: each for each in [desk.seen[run.conversation].question, *requests] if each is not None}
        for text, question in open_ones.items():
            if text in asked:
                continue
            words = "no pears" if "pear" in text else None
            try:
                await desk.claude.answer(desk.held(run), question, Answer(approve=words is None, text=words))
            except HedgerowError as error:
                assert error.code is ErrorCode.STALE_PLAN, f"{error} {text} {await run.terminal.screen()}"
            else:
                asked.add(text)
                break
        await desk.look()
    assert sorted(asked) == [
        *sorted(f"wants to read: {file}" for file in files),
        "wants to run: touch one.txt",
        "wants to run: touch one.txt two.txt",
    ]
    record = (desk.seen[run.conversation].transcript or Path()).read_text()
    assert record.count("a fruit") >= 2
    assert "no pears" in record
    assert (repository / "two.txt").exists()


async def test_escape_and_errors_are_seen(desk: Desk, repository: Path, model: ModelServer) -> None:
    run = await desk.start("s1", repository, script({"hold": "answer", "say": "never"}))
    await desk.status(run.conversation, Status.BUSY)
    await desk.claude.interrupt(desk.held(run))
    await desk.status(run.conversation, Status.IDLE)
    await desk.claude.interrupt(desk.held(run))
    model.let_go("answer")

    await desk.claude.send(desk.held(run), script({"error": 400}))
    failed = await desk.status(run.conversation, Status.FAILED)
    assert failed.last_message is not None
    assert failed.last_message.startswith("API Error: 400")
    (told,) = await desk.heard("StopFailure")
    assert desk.claude.heard(told).status is Status.FAILED

    await desk.claude.send(desk.held(run), "! touch bang.txt 👩‍🚀 ü\n" + script({"say": "better"}))
    better = await desk.until(
        lambda: desk.seen[run.conversation].last_message == "better" and desk.seen[run.conversation], "the next turn"
    )
    assert better.status in (Status.IDLE, Status.BUSY)
    await desk.status(run.conversation, Status.IDLE)
    assert not (repository / "bang.txt").exists(), "a prompt is no command"


async def test_a_prompt_during_a_turn_is_taken_after_it(desk: Desk, repository: Path, model: ModelServer) -> None:
    run = await desk.start("s1", repository, script({"hold": "first", "say": "one"}))
    await desk.status(run.conversation, Status.BUSY)
    long = "👩‍🚀 Grüße\t\n" + "\n".join(f"line {number}" for number in range(30))
    await desk.claude.send(desk.held(run), f"{long}\n{script({'say': 'two'})}")
    model.let_go("first")
    await desk.until(lambda: desk.seen[run.conversation].last_message == "two", "the second answer")
    await desk.status(run.conversation, Status.IDLE)


async def test_a_draft_in_its_prompt_is_kept(desk: Desk, repository: Path) -> None:
    run = await desk.start("s1", repository, script({"say": "one"}))
    await desk.until(lambda: run.conversation in desk.seen and desk.seen[run.conversation].last_message == "one", "one")
    await run.terminal.paste("half a thought")
    await desk.shows(run, "half a thought")
    await desk.claude.send(desk.held(run), script({"say": "two"}))
    await desk.until(lambda: desk.seen[run.conversation].last_message == "two", "two")
    await desk.status(run.conversation, Status.IDLE)
    assert "half a thought" in await run.terminal.screen()
    with pytest.raises(HedgerowError, match="not sent"):
        await desk.claude.quit(desk.held(run))
    assert "half a thought" in await run.terminal.screen()
    assert psutil.pid_exists(run.terminal.pid)
    assert "half a thought" not in (desk.seen[run.conversation].transcript or Path()).read_text()


async def test_it_goes_in_an_orderly_way_and_is_resumed_elsewhere(
    desk: Desk, repository: Path, playground: Playground
) -> None:
    one, other = playground.worktree(repository, "one"), playground.worktree(repository, "other")
    run = await desk.start("s1", one, script({"say": "the word is plum"}))
    await desk.until(lambda: run.conversation in desk.seen and desk.seen[run.conversation].last_message, "one")
    before = await desk.status(run.conversation, Status.IDLE)
    await desk.claude.quit(desk.held(run))
    stored = await desk.until(
        lambda: desk.seen[run.conversation].living is Living.STORED and desk.seen[run.conversation], "it to be stored"
    )
    (end,) = await desk.heard("SessionEnd")
    assert desk.claude.heard(end).ended
    assert stored.status is Status.IDLE
    assert (stored.title, stored.last_message) == (before.title, "the word is plum")

    shutil.rmtree(one)
    again = await desk.start(
        "s2", other, script({"say": "still plum"}), resume=run.conversation, transcript=stored.transcript
    )
    assert again.conversation == run.conversation
    await desk.until(lambda: desk.seen[run.conversation].last_message == "still plum", "it to go on")
    resumed = await desk.status(run.conversation, Status.IDLE)
    assert (resumed.cwd, resumed.transcript) == (other, stored.transcript)
    starts = await desk.heard("SessionStart", 2)
    assert desk.claude.heard(starts[1]).transcript is None, "it names a file that is not there"

    fork = await desk.start(
        "s3", repository, script({"say": "a fork of plum"}),
        resume=run.conversation, transcript=stored.transcript, fork=True,
    )  # fmt: skip
    assert fork.conversation != run.conversation
    forked = await desk.until(
        lambda: (
            fork.conversation in desk.seen
            and desk.seen[fork.conversation].last_message == "a fork of plum"
            and desk.seen[fork.conversation]
        ),
        "the fork",
    )
    assert (forked.parent, forked.cwd) == (run.conversation, repository)
    assert desk.seen[run.conversation].parent is None
    assert desk.seen[run.conversation].last_message == "still plum"
    assert desk.seen[run.conversation].writers == 1


async def test_a_killed_one_is_stored_and_what_began_is_told(desk: Desk, repository: Path) -> None:
    run = await desk.start("s1", repository, script({"sh": "touch fig.txt"}))
    seen = await desk.status(run.conversation, Status.WAITING)
    assert seen.pid is not None
    os.kill(seen.pid, signal.SIGKILL)
    stored = await desk.until(
        lambda: desk.seen[run.conversation].living is Living.STORED and desk.seen[run.conversation], "its end"
    )
    assert stored.pid is None
    assert stored.question is None
    assert stored.status is Status.BUSY, "it was in the middle of a turn"


async def test_one_that_somebody_started_is_seen_and_a_second_writer_is_reported(
    desk: Desk, agent_home: AgentHome, tmux: Tmux, repository: Path
) -> None:
    env = agent_home.environment()
    prompt = script({"say": "by hand"}, {"sh": "touch fig.txt"})
    tmux.start("one", ["claude", prompt], repository, env)
    conversation = await desk.until(
        lambda: next((each.conversation for each in desk.seen.values() if each.last_message == "by hand"), None),
        "the session that was started by hand",
    )
    await desk.status(conversation, Status.IDLE)
    tmux.start("two", ["claude", "--resume", conversation], repository, env)
    seen = await desk.until(lambda: desk.seen[conversation].writers == 2 and desk.seen[conversation], "two writers")
    assert seen.title
    held = Held("x", conversation, desk.home, repository, seen, None, seen.pid, None)
    with pytest.raises(HedgerowError, match=r"process \d+ on /dev/pts/\d+; answer it there"):
        await desk.claude.send(held, "hello")
    with pytest.raises(HedgerowError, match="answer it there"):
        await desk.claude.quit(held)

    tmux.start("print", ["claude", "-p", script({"sleep": 3, "say": "printed"})], repository, env)
    printed = await desk.until(
        lambda: next((each for each in desk.seen.values() if each.status is Status.UNKNOWN), None), "a print session"
    )
    assert printed.living is Living.PROCESS


async def test_the_trust_dialog_is_recognised_and_not_answered(desk: Desk, playground: Playground) -> None:
    strange = playground.repository()
    run = await desk.start("s1", strange, script({"say": "hello"}))
    await desk.shows(run, "No, exit")
    question = desk.claude.dialog(await run.terminal.screen())
    assert question is not None
    assert (question.kind, question.text) == (QuestionKind.DIALOG, "asks whether you trust this folder")
    assert [option.label for option in question.options] == ["Yes, I trust this folder", "No, exit"]
    with pytest.raises(HedgerowError, match="only you can answer"):
        await desk.claude.answer(desk.held(run), question, Answer(approve=True))
    with pytest.raises(HedgerowError, match="asks whether you trust this folder first"):
        await desk.claude.send(desk.held(run), "hello")
    assert desk.claude.dialog(await run.terminal.screen()) == question
    assert await desk.look() == {}
    await desk.claude.quit(desk.held(run))
    assert not psutil.pid_exists(run.terminal.pid) or psutil.Process(run.terminal.pid).status() == psutil.STATUS_ZOMBIE


async def test_twenty_edits_are_twenty_edited_files(desk: Desk, repository: Path) -> None:
    files = [repository / f"file {number}.txt" for number in range(20)]
    steps = [{"write": str(file), "text": f"{file.name}\n"} for file in files]
    run = await desk.start(
        "s1", repository, script(*steps, {"say": "twenty"}), arguments=("--permission-mode", "acceptEdits")
    )
    told = await desk.heard("PostToolUse", 20)
    await desk.status(run.conversation, Status.IDLE)
    assert [desk.claude.heard(each).edited for each in told] == files
    assert all(file.exists() for file in files)


async def test_the_settings_of_the_person_count_beside_the_hooks(desk: Desk, repository: Path, home: Home) -> None:
    mark = home.home / "their-hook-ran"
    theirs = {"type": "command", "command": f"touch '{mark}'"}
    settings = f'{{"hooks": {{"Stop": [{{"hooks": [{{"type": "command", "command": "{theirs["command"]}"}}]}}]}}}}'
    run = await desk.start("s1", repository, script({"say": "both"}), arguments=("--settings", settings))
    await desk.heard("Stop")
    await desk.status(run.conversation, Status.IDLE)
    assert mark.exists()


async def test_a_plan_a_page_and_a_long_file(desk: Desk, repository: Path) -> None:
    long = "".join(f"line {number}\n" for number in range(200))
    steps = (
        {"tool": "ExitPlanMode", "input": {"plan": "# Plan\n\n1. Write\n"}},
        {"write": str(repository / "long.txt"), "text": long},
        {"sh": "\n".join(f"touch long{number}.txt" for number in range(60))},
        {"tool": "WebFetch", "input": {"url": "http://127.0.0.1:1/page", "prompt": "what is there?"}},
        {"say": "not reached"},
    )
    run = await desk.start("s1", repository, script(*steps), arguments=("--permission-mode", "plan"))

    async def answer(text: str, given: Answer) -> None:
        def asked() -> bool:
            question = desk.seen[run.conversation].question if run.conversation in desk.seen else None
            return question is not None and text in question.text

        await desk.until(asked, text)
        question = desk.seen[run.conversation].question
        assert question is not None
        await desk.claude.answer(desk.held(run), question, given)

    await answer("has a plan", Answer(approve=True))
    await answer("wants to write: long.txt", Answer(approve=True))
    await answer("wants to run: touch long0.txt", Answer(approve=True))
    await answer("WebFetch: http://127.0.0.1:1/page", Answer(approve=False, text=script({"say": "as you wish"})))
    await desk.until(lambda: desk.seen[run.conversation].last_message == "as you wish", "its answer to the words")
    await desk.status(run.conversation, Status.IDLE)
    assert (repository / "long.txt").read_text() == long
    assert (repository / "long59.txt").exists()


async def test_one_in_the_background_is_seen_with_its_question(
    desk: Desk, agent_home: AgentHome, tmux: Tmux, repository: Path
) -> None:
    prompt = script({"sh": "touch fig.txt"}, {"say": "done"})
    tmux.start("bg", ["claude", "--bg", prompt], repository, agent_home.environment())
    seen = await desk.until(
        lambda: next((each for each in desk.seen.values() if each.question is not None), None), "its question"
    )
    assert (seen.living, seen.status, seen.cwd) == (Living.DAEMON, Status.WAITING, repository)
    assert seen.question is not None
    assert seen.question.text == "wants to run: touch fig.txt"
    held = Held("x", seen.conversation, desk.home, repository, seen, None, seen.pid, None)
    with pytest.raises(HedgerowError, match="claude agents") as refused:
        await desk.claude.answer(held, seen.question, Answer(approve=True))
    assert refused.value.code is ErrorCode.NO_AGENT


async def test_a_conversation_that_is_cleared_goes_on_as_another(desk: Desk, repository: Path) -> None:
    run = await desk.start("s1", repository, script({"say": "one"}))
    await desk.until(lambda: run.conversation in desk.seen and desk.seen[run.conversation].last_message == "one", "one")
    await desk.claude.send(desk.held(run), "/clear")
    await desk.until(lambda: desk.seen[run.conversation].living is Living.STORED, "the end of the first")
    (end,) = await desk.heard("SessionEnd")
    assert not desk.claude.heard(end).ended
    starts = await desk.heard("SessionStart", 2)
    other = desk.claude.heard(starts[1]).conversation
    assert other is not None
    assert other != run.conversation
    await desk.until(lambda: other in desk.seen, "the other")
    assert desk.seen[other].living is Living.PROCESS

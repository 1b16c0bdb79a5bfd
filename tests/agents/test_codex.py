"""The real Codex behind the interface of agents: launched by us in tmux, and by hand beside us.

Everything is watched through `look` and `watch`, as the server does; the files that the agent writes are the proof.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from tests.support.agent_home import AgentHome
from tests.support.model_script import script
from tests.support.model_server import ModelServer
from tests.support.repositories import Playground
from tests.support.tmux import Tmux
from tests.support.until import LIMIT

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import QuestionKind
from hedgerow.sessions.agents.agent import Answer, Held, Living, Order, Prepared, Sighting, Status
from hedgerow.sessions.agents.codex import Codex

pytestmark = pytest.mark.agents


@dataclass
class Window:
    """A terminal of ours, as the agent's module sees it."""

    tmux: Tmux
    name: str

    async def screen(self) -> str:
        return await asyncio.to_thread(self.tmux.screen, self.name)

    async def title(self) -> str:
        return await asyncio.to_thread(self.tmux.title, self.name)

    async def press(self, *keys: str) -> None:
        await asyncio.to_thread(self.tmux.send, self.name, *keys)

    async def paste(self, text: str) -> None:
        await asyncio.to_thread(self.tmux.run, "set-buffer", "--", text)
        await asyncio.to_thread(self.tmux.run, "paste-buffer", "-p", "-t", f"={self.name}:")


@dataclass
class Watched:
    """Codex, watched; and a repository that it trusts."""

    codex: Codex
    agent_home: AgentHome
    model: ModelServer
    tmux: Tmux
    playground: Playground
    repository: Path
    changes: asyncio.Event = field(default_factory=asyncio.Event)
    seen: list[tuple[str, Status]] = field(default_factory=list)
    windows: int = 0

    @property
    def home(self) -> Path:
        return self.agent_home.codex

    def worktree(self, name: str) -> Path:
        return self.playground.worktree(self.repository, name)

    def order(self, cwd: Path, prompt: str | None = None, **more: object) -> Order:
        return Order(
            session="s",
            cwd=cwd,
            environment=self.agent_home.environment(),
            inbox=cwd,
            hook=("true",),
            trusted_root=self.repository,
            prompt=prompt,
            **more,  # type: ignore[arg-type]
        )

    async def launch(self, order: Order) -> tuple[Prepared, Window]:
        prepared = await self.codex.prepare(order)
        self.windows += 1
        name = f"w{self.windows}"
        env = {**self.agent_home.environment(), **prepared.env}
        await asyncio.to_thread(self.tmux.start, name, prepared.argv, order.cwd, env)
        if prepared.arrived is not None:
            await prepared.arrived()
        return prepared, Window(self.tmux, name)

    async def by_hand(self, cwd: Path, *argv: str) -> Window:
        self.windows += 1
        name = f"w{self.windows}"
        await asyncio.to_thread(self.tmux.start, name, ["codex", *argv], cwd, self.agent_home.environment())
        return Window(self.tmux, name)

    async def look(self) -> list[Sighting]:
        found = await self.codex.look(self.home)
        for one in found:
            if (one.conversation, one.status) != next(
                (e for e in reversed(self.seen) if e[0] == one.conversation), None
            ):
                self.seen.append((one.conversation, one.status))
        return found

    async def until(self, test: Callable[[Sighting], bool], what: str, limit: float = LIMIT) -> Sighting:
        """The conversation that is as wanted: looked for whenever something has changed, and only then."""
        end = time.monotonic() + limit
        while True:
            self.changes.clear()
            found = await self.look()
            for one in found:
                if test(one):
                    return one
            try:
                await asyncio.wait_for(self.changes.wait(), max(0.01, end - time.monotonic()))
            except TimeoutError:
                screens = "\n".join(self.tmux.screen(name) for name in self.tmux.names())
                raise AssertionError(f"waited for {what}; seen: {found}\n{screens}") from None

    def held(self, sighting: Sighting, window: Window | None) -> Held:
        return Held(
            session="s",
            conversation=sighting.conversation,
            agent_home=self.home,
            cwd=sighting.cwd,
            sighting=sighting,
            pane=window,
            pid=sighting.pid,
        )


@pytest_asyncio.fixture
async def watched(
    agent_home: AgentHome, model: ModelServer, tmux: Tmux, playground: Playground
) -> AsyncIterator[Watched]:
    repository = playground.repository()
    agent_home.trust(repository)
    codex = Codex()
    made = Watched(codex, agent_home, model, tmux, playground, repository)
    stop = codex.watch(agent_home.codex, made.changes.set)
    yield made
    stop()
    agent_home.end()


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A directory where Codex may not write unasked: /tmp is none."""
    made = tempfile.mkdtemp(prefix="hr-", dir="/var/tmp")
    yield Path(made)
    shutil.rmtree(made, ignore_errors=True)  # Codex' sandbox makes and removes a folder there now and then


def is_(status: Status, conversation: str | None = None) -> Callable[[Sighting], bool]:
    return lambda one: one.status is status and (conversation is None or one.conversation == conversation)


def asks_to_run(command: str, *then: dict[str, object]) -> str:
    return script({"sh": command, "escalate": True}, *(then or ({"say": "all done"},)))


async def file(path: Path) -> str:
    """What stands in a file, once there is something."""
    end = time.monotonic() + LIMIT
    while not path.exists() or not path.read_text():
        assert time.monotonic() < end, f"{path} never came"
        await asyncio.sleep(0.02)
    return path.read_text()


async def test_a_session_works_asks_is_allowed_and_rests(watched: Watched) -> None:
    worktree = watched.worktree("fruit")
    prompt = asks_to_run("echo apple > fruit.txt", {"say": "There is fruit."})
    prepared, window = await watched.launch(watched.order(worktree, prompt, label="Fruit"))
    assert prepared.conversation is not None
    assert any("'Fruit'" in each for each in prepared.adds)

    waiting = await watched.until(is_(Status.WAITING), "its approval")
    assert (waiting.conversation, waiting.cwd, waiting.title) == (prepared.conversation, worktree, "Fruit")
    assert waiting.living is Living.DAEMON
    question = waiting.question
    assert question is not None
    assert question.kind is QuestionKind.APPROVAL
    assert question.command == "echo apple > fruit.txt"
    assert "echo apple" in question.text
    assert "the script asks" in question.text
    assert not (worktree / "fruit.txt").exists()

    await watched.codex.answer(watched.held(waiting, window), question, Answer(approve=True))
    assert await file(worktree / "fruit.txt") == "apple\n"
    idle = await watched.until(
        lambda one: one.status is Status.IDLE and one.last_message == "There is fruit.", "its end"
    )
    assert idle.tokens == 30
    assert idle.model == "gpt-6-astra"
    with pytest.raises(HedgerowError) as refused:
        await watched.codex.answer(watched.held(idle, window), question, Answer(approve=True))
    assert refused.value.code is ErrorCode.STALE_PLAN
    assert {name for name, _ in watched.seen} == {prepared.conversation}, "a thread of Codex' own was shown"
    statuses = [status for _, status in watched.seen]
    assert statuses[-3:] == [Status.WAITING, Status.BUSY, Status.IDLE] or statuses[-2:] == [Status.WAITING, Status.IDLE]


async def test_what_is_refused_is_not_done(watched: Watched) -> None:
    worktree = watched.worktree("fruit")
    one, window = await watched.launch(watched.order(worktree, asks_to_run("touch one.txt", {"say": "Then not."})))
    waiting = await watched.until(is_(Status.WAITING), "its approval")
    assert waiting.question is not None
    await watched.codex.answer(watched.held(waiting, window), waiting.question, Answer(approve=False))
    idle = await watched.until(lambda one: one.status is Status.IDLE and one.last_message == "Then not.", "its end")

    await watched.codex.send(watched.held(idle, window), asks_to_run("touch two.txt"))
    waiting = await watched.until(is_(Status.WAITING), "its next approval")
    assert waiting.question is not None
    words = script({"write": "three.txt", "text": "rather this\n"}, {"say": "Rather this."})
    await watched.codex.answer(watched.held(waiting, window), waiting.question, Answer(approve=False, text=words))
    await watched.until(lambda one: one.last_message == "Rather this." and one.status is Status.IDLE, "its end")
    assert [name for name in ("one.txt", "two.txt", "three.txt") if (worktree / name).exists()] == ["three.txt"]
    assert one.conversation == idle.conversation


async def test_a_question_of_two_parts_is_answered_part_by_part(watched: Watched) -> None:
    worktree = watched.worktree("fruit")
    _, window = await watched.launch(watched.order(worktree, None, label="Questions"))
    await asyncio.to_thread(watched.tmux.wait_for, window.name, "Ask Codex to do anything")
    idle = await watched.until(is_(Status.IDLE), "its window")
    await _press_until(window, "BTab", "Plan mode")  # only there may it ask
    parts = [
        {"header": "Fruit", "id": "fruit", "question": "Which fruit?", "options": [
            {"label": "Apple (Recommended)", "description": "red"}, {"label": "Pear", "description": "green"}]},
        {"header": "Size", "id": "size", "question": "How large?", "options": [
            {"label": "Small", "description": "s"}, {"label": "Large", "description": "l"}]},
    ]  # fmt: skip
    asking = script({"tool": "request_user_input", "input": {"questions": parts}}, {"say": "Thank you."})
    await window.paste(asking)
    await asyncio.to_thread(watched.tmux.wait_for, window.name, "request_user_input")
    await window.press("Enter")
    waiting = await watched.until(is_(Status.WAITING), "its question")
    question = waiting.question
    assert question is not None
    assert (question.kind, question.text) == (QuestionKind.CHOICE, "Which fruit?")
    assert [option.label for option in question.options] == ["Apple (Recommended)", "Pear"]
    with pytest.raises(HedgerowError, match="Plum"):
        await watched.codex.answer(watched.held(waiting, window), question, Answer(options=("Plum",)))
    await watched.codex.answer(watched.held(waiting, window), question, Answer(options=("Pear",)))
    second = await watched.until(
        lambda one: one.question is not None and one.question.text == "How large?", "the second part"
    )
    assert second.question is not None
    with pytest.raises(HedgerowError) as stale:
        await watched.codex.answer(watched.held(second, window), question, Answer(options=("Pear",)))
    assert stale.value.code is ErrorCode.STALE_PLAN
    await watched.codex.answer(watched.held(second, window), second.question, Answer(text="enormous"))
    await watched.until(lambda one: one.status is Status.IDLE and one.last_message == "Thank you.", "its end")
    assert idle.transcript is not None
    assert '\\"Pear\\"' in idle.transcript.read_text()
    assert "enormous" in idle.transcript.read_text()


async def _press_until(window: Window, key: str, shows: str) -> None:
    """A window that has just come up, or a dialog in it, takes no key for a moment."""
    end = time.monotonic() + LIMIT
    while shows not in (screen := await window.screen()):
        assert time.monotonic() < end, screen
        await window.press(key)
        for _ in range(20):
            if shows not in await window.screen():
                await asyncio.sleep(0.1)


async def test_what_a_sub_agent_asks_is_asked_by_its_session(watched: Watched) -> None:
    worktree = watched.worktree("fruit")
    task = asks_to_run("echo apple > fruit.txt", {"say": "It is done."})
    spawning = {"tool": "spawn_agent", "input": {"task_name": "picker", "message": task, "fork_turns": "none"}}
    prompt = script(spawning, {"tool": "wait_agent", "input": {}}, {"say": "Both are done."})
    prepared, window = await watched.launch(watched.order(worktree, prompt))
    waiting = await watched.until(lambda one: one.question is not None, "what it asks")
    assert waiting.conversation == prepared.conversation
    question = waiting.question
    assert question is not None
    assert "its sub-agent" in question.text
    assert question.command == "echo apple > fruit.txt"
    await watched.codex.answer(watched.held(waiting, window), question, Answer(approve=True))
    assert await file(worktree / "fruit.txt") == "apple\n"
    await watched.until(lambda one: one.status is Status.IDLE and one.last_message == "Both are done.", "its end")
    assert {name for name, _ in watched.seen} == {prepared.conversation}, "the sub-agent is no session of its own"


async def test_a_change_to_files_outside_is_shown_whole(watched: Watched, elsewhere: Path) -> None:
    worktree = watched.worktree("fruit")
    outside = elsewhere / "outside.txt"
    _, window = await watched.launch(watched.order(worktree, script({"write": str(outside), "text": "pear\n"})))
    waiting = await watched.until(lambda one: one.question is not None and bool(one.question.paths), "its approval")
    assert waiting.question is not None
    assert waiting.question.paths == [str(outside)]
    assert "+pear" in (waiting.question.command or "")
    await watched.codex.answer(watched.held(waiting, window), waiting.question, Answer(approve=True))
    assert await file(outside) == "pear\n"


async def test_an_answer_given_in_the_window_is_seen(watched: Watched) -> None:
    worktree = watched.worktree("fruit")
    _, window = await watched.launch(watched.order(worktree, asks_to_run("touch one.txt")))
    waiting = await watched.until(is_(Status.WAITING), "its approval")
    await asyncio.to_thread(watched.tmux.wait_for, window.name, "Would you like to run")
    await _press_until(window, "y", "Ran touch")
    await watched.until(is_(Status.IDLE), "its end")
    assert (worktree / "one.txt").exists()
    assert waiting.question is not None
    with pytest.raises(HedgerowError) as stale:
        await watched.codex.answer(watched.held(waiting, window), waiting.question, Answer(approve=True))
    assert stale.value.code is ErrorCode.STALE_PLAN


async def test_a_turn_is_interrupted(watched: Watched, model: ModelServer) -> None:
    worktree = watched.worktree("fruit")
    prompt = script({"hold": "it"}, {"write": "late.txt", "text": "x\n"})
    _, window = await watched.launch(watched.order(worktree, prompt))
    busy = await watched.until(is_(Status.BUSY), "its turn")
    await watched.codex.interrupt(watched.held(busy, window))
    (now,) = await watched.look()
    assert now.status is Status.IDLE
    model.let_go("it")
    await asyncio.to_thread(watched.tmux.wait_for, window.name, "Conversation interrupted")

    await watched.codex.send(watched.held(now, window), script({"hold": "again"}))
    await watched.until(is_(Status.BUSY), "its next turn")
    await asyncio.to_thread(watched.tmux.wait_for, window.name, "again")
    await window.press("Escape")
    await watched.until(is_(Status.IDLE), "the end that Escape made")
    model.let_go("again")
    assert not (worktree / "late.txt").exists()


async def test_an_error_of_the_model_is_a_failed_turn_until_the_next(watched: Watched) -> None:
    worktree = watched.worktree("fruit")
    _, window = await watched.launch(watched.order(worktree, script({"error": 400})))
    failed = await watched.until(
        lambda one: one.status is Status.FAILED and one.last_message is not None, "its failure"
    )
    assert "scripted error" in (failed.last_message or "")
    await watched.codex.send(watched.held(failed, window), script({"say": "Better."}))
    await watched.until(lambda one: one.status is Status.IDLE and one.last_message == "Better.", "its recovery")


async def test_a_prompt_goes_into_the_turn_that_runs(watched: Watched, model: ModelServer) -> None:
    worktree = watched.worktree("fruit")
    _, window = await watched.launch(watched.order(worktree, script({"hold": "first", "say": "One."})))
    busy = await watched.until(is_(Status.BUSY), "its turn")
    await watched.codex.send(watched.held(busy, window), script({"write": "more.txt", "text": "m\n"}, {"say": "Two."}))
    model.let_go("first")
    assert await file(worktree / "more.txt") == "m\n"
    await watched.until(lambda one: one.status is Status.IDLE and one.last_message == "Two.", "the end of both")


@pytest.mark.parametrize("killed", [False, True])
async def test_a_closed_window_does_not_end_the_turn_and_nothing_sticks(
    watched: Watched, model: ModelServer, killed: bool
) -> None:
    worktree = watched.worktree("fruit")
    prompt = script({"hold": "it", "write": "late.txt", "text": "late\n"}, {"say": "Late."})
    _, window = await watched.launch(watched.order(worktree, prompt))
    await watched.until(is_(Status.BUSY), "its turn")
    if killed:
        own = psutil.Process(await asyncio.to_thread(watched.tmux.pid, window.name))
        for process in [*own.children(), own]:
            with contextlib.suppress(psutil.NoSuchProcess):  # the wrapper ends with what it wraps
                process.kill()
    await asyncio.to_thread(watched.tmux.run, "kill-session", "-t", f"={window.name}")
    (now,) = await watched.look()
    assert (now.status, now.living) == (Status.BUSY, Living.DAEMON)
    model.let_go("it")
    assert await file(worktree / "late.txt") == "late\n"
    idle = await watched.until(lambda one: one.status is Status.IDLE and one.last_message == "Late.", "its end")
    # Without a window it can still be told something.
    await watched.codex.send(watched.held(idle, None), asks_to_run("touch later.txt"))
    waiting = await watched.until(is_(Status.WAITING), "its approval")
    await watched.codex.interrupt(watched.held(waiting, None))
    assert (await watched.look())[0].status is Status.IDLE


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
async def test_a_daemon_that_dies_leaves_nothing_that_sticks(
    watched: Watched, model: ModelServer, ending: signal.Signals
) -> None:
    worktree = watched.worktree("fruit")
    prepared, _ = await watched.launch(watched.order(worktree, script({"hold": "it"})))
    await watched.until(is_(Status.BUSY), "its turn")
    pid = json.loads((watched.home / "app-server-daemon" / "daemon.pid").read_text())["pid"]
    await asyncio.to_thread(watched.tmux.run, "kill-server")
    if ending is signal.SIGTERM:  # then it waits for the turns that run
        model.let_go("it")
    psutil.Process(pid).send_signal(ending)
    gone = await watched.until(lambda one: one.living is Living.STORED, "its end")
    assert gone.conversation == prepared.conversation
    model.let_go("it")
    # And whoever opens it again is seen again.
    again, _ = await watched.launch(watched.order(worktree, script({"say": "Here."}), resume=gone.conversation))
    assert again.conversation == gone.conversation
    await watched.until(lambda one: one.status is Status.IDLE and one.last_message == "Here.", "its return")


async def test_a_window_that_lost_its_daemon_says_so_and_goes_on_with_the_next(
    watched: Watched, model: ModelServer
) -> None:
    worktree = watched.worktree("fruit")
    _, window = await watched.launch(watched.order(worktree, script({"hold": "it"})))
    await watched.until(is_(Status.BUSY), "its turn")
    psutil.Process(json.loads((watched.home / "app-server-daemon" / "daemon.pid").read_text())["pid"]).kill()
    screen = await asyncio.to_thread(watched.tmux.wait_for, window.name, "Reconnecting to server")
    await watched.until(lambda one: one.living is Living.STORED, "its end")
    question = watched.codex.dialog(screen)
    assert question is not None
    assert "lost Codex' daemon" in question.text
    model.let_go("it")
    argv = [str(watched.agent_home.bin / "codex"), "app-server", "daemon", "start"]
    environment = watched.agent_home.environment()
    await asyncio.to_thread(subprocess.run, argv, env=environment, cwd=watched.home, check=True, capture_output=True)
    idle = await watched.until(is_(Status.IDLE), "its return")
    assert idle.living is Living.DAEMON
    await watched.codex.send(watched.held(idle, window), script({"say": "Here again."}))
    await watched.until(lambda one: one.status is Status.IDLE and one.last_message == "Here again.", "its next turn")


async def test_codex_itself_lets_nobody_else_write(watched: Watched, model: ModelServer) -> None:
    worktree = watched.worktree("fruit")
    prepared, _ = await watched.launch(watched.order(worktree, script({"hold": "it", "say": "Mine."})))
    await watched.until(is_(Status.BUSY), "its turn")
    second = await watched.by_hand(worktree, "--no-daemon", "resume", "-C", str(worktree), str(prepared.conversation))
    screen = await asyncio.to_thread(watched.tmux.wait_for, second.name, "open in another app")
    question = watched.codex.dialog(screen)
    assert question is not None
    assert "another window" in question.text
    (one,) = await watched.look()
    assert (one.status, one.living, one.writers) == (Status.BUSY, Living.DAEMON, 1)
    with pytest.raises(HedgerowError, match="up to a minute"):
        await watched.codex.prepare(
            watched.order(worktree, "x", resume=prepared.conversation, arguments=("--no-daemon",))
        )
    model.let_go("it")
    await watched.until(lambda one: one.status is Status.IDLE and one.last_message == "Mine.", "its end")


async def test_two_launched_at_once_in_one_place_are_not_mixed_up(watched: Watched) -> None:
    worktree = watched.worktree("fruit")
    launched = await asyncio.gather(
        *(watched.launch(watched.order(worktree, script({"say": f"I am {n}."}))) for n in range(3))
    )
    for number, (prepared, _) in enumerate(launched):
        found = await watched.until(
            lambda one, wanted=prepared.conversation: one.conversation == wanted and one.status is Status.IDLE  # type: ignore[misc]
            and one.last_message is not None,
            f"session {number}",
        )  # fmt: skip
        assert found.last_message == f"I am {number}."


async def test_a_conversation_goes_on_elsewhere_also_after_its_worktree_was_removed(watched: Watched) -> None:
    old, new = watched.worktree("old"), watched.worktree("new")
    prepared, window = await watched.launch(watched.order(old, script({"write": "one.txt", "text": "1\n"})))
    idle = await watched.until(lambda one: one.status is Status.IDLE and one.last_message is not None, "its end")
    # As long as its window is open, it would stay there without a word.
    with pytest.raises(HedgerowError, match="close it there") as refused:
        await watched.codex.prepare(watched.order(new, "go on", resume=idle.conversation))
    assert refused.value.code is ErrorCode.BUSY

    await watched.codex.quit(watched.held(idle, window))
    await asyncio.to_thread(watched.tmux.run, "kill-session", "-t", f"={window.name}")
    subprocess.run(["git", "-C", watched.repository, "worktree", "remove", "--force", old], check=True)
    prompt = script({"write": "two.txt", "text": "2\n"}, {"say": "Here now."})
    await _until_free(watched, idle.conversation, new)
    again, _ = await watched.launch(watched.order(new, prompt, resume=idle.conversation))
    assert again.conversation == prepared.conversation
    assert await file(new / "two.txt") == "2\n"
    moved = await watched.until(lambda one: one.last_message == "Here now." and one.status is Status.IDLE, "its end")
    assert moved.cwd == new


async def _until_free(watched: Watched, conversation: str, cwd: Path) -> None:
    """tmux ends a window's program a moment after it says so."""
    end = time.monotonic() + LIMIT
    while True:
        try:
            await watched.codex.prepare(watched.order(cwd, None, resume=conversation))
        except HedgerowError:
            assert time.monotonic() < end
            await asyncio.sleep(0.05)
        else:
            return


async def test_a_fork_goes_on_by_itself(watched: Watched) -> None:
    one, other = watched.worktree("one"), watched.worktree("other")
    prepared, _ = await watched.launch(watched.order(one, script({"say": "One."})))
    await watched.until(lambda one: one.status is Status.IDLE and one.last_message is not None, "its end")
    prompt = script({"write": "fork.txt", "text": "f\n"}, {"say": "Forked."})
    order = watched.order(other, prompt, resume=prepared.conversation, fork=True, label="The fork")
    forked, _ = await watched.launch(order)
    assert forked.conversation not in (None, prepared.conversation)
    assert await file(other / "fork.txt") == "f\n"
    copy = await watched.until(
        lambda one: one.conversation == forked.conversation and one.status is Status.IDLE
        and one.last_message == "Forked.", "its end",
    )  # fmt: skip
    assert (copy.parent, copy.title, copy.cwd) == (prepared.conversation, "The fork", other)
    source = next(each for each in await watched.look() if each.conversation == prepared.conversation)
    assert (source.last_message, source.cwd) == ("One.", one)


async def test_sessions_started_by_hand_are_seen_and_can_be_answered(watched: Watched) -> None:
    worktree = watched.worktree("fruit")
    await watched.by_hand(worktree, "-C", str(worktree), asks_to_run("touch one.txt"))
    waiting = await watched.until(is_(Status.WAITING), "its approval")
    assert waiting.cwd == worktree
    assert waiting.question is not None
    await watched.codex.answer(watched.held(waiting, None), waiting.question, Answer(approve=True))
    await watched.until(is_(Status.IDLE), "its end")
    assert (worktree / "one.txt").exists()
    assert len({name for name, _ in watched.seen}) == 1


async def test_a_session_served_by_its_own_window(watched: Watched, model: ModelServer) -> None:
    worktree = watched.worktree("fruit")
    order = watched.order(
        worktree, script({"hold": "it", "sh": "echo apple > fruit.txt", "escalate": True}), arguments=("--no-daemon",)
    )
    prepared, window = await watched.launch(order)
    assert prepared.conversation is None
    assert any("--no-daemon" in each for each in prepared.adds)
    busy = await watched.until(is_(Status.BUSY), "its turn")
    assert busy.living is Living.PROCESS
    assert busy.pid == await asyncio.to_thread(watched.tmux.pid, window.name)
    model.let_go("it")
    unknown = await watched.until(is_(Status.UNKNOWN), "what cannot be told")
    screen = await asyncio.to_thread(watched.tmux.wait_for, window.name, "3. No")
    question = watched.codex.dialog(screen)
    assert question is not None
    assert (question.kind, question.command) == (QuestionKind.APPROVAL, "echo apple > fruit.txt")
    with pytest.raises(HedgerowError, match="did not open"):
        await watched.codex.answer(watched.held(unknown, None), question, Answer(approve=True))
    other = question.model_copy(update={"id": "screen-of-another"})
    with pytest.raises(HedgerowError) as stale:
        await watched.codex.answer(watched.held(unknown, window), other, Answer(approve=True))
    assert stale.value.code is ErrorCode.STALE_PLAN
    assert not (worktree / "fruit.txt").exists()
    await watched.codex.answer(watched.held(unknown, window), question, Answer(approve=True))
    assert await file(worktree / "fruit.txt") == "apple\n"
    idle = await watched.until(is_(Status.IDLE), "its end")

    # Nobody else may open it, and we say so before Codex does.
    with pytest.raises(HedgerowError, match="only one write it"):
        await watched.codex.prepare(watched.order(worktree, "me too", resume=idle.conversation))
    await watched.codex.send(watched.held(idle, window), script({"hold": "b"}, {"say": "b"}))
    busy = await watched.until(is_(Status.BUSY), "its next turn")
    await watched.codex.interrupt(watched.held(busy, window))
    idle = await watched.until(is_(Status.IDLE), "its end")
    model.let_go("b")
    await watched.codex.quit(watched.held(idle, window))
    await watched.until(lambda one: one.living is Living.STORED, "it to be let go")


async def test_an_own_server_killed_in_mid_turn_is_gone(watched: Watched, model: ModelServer) -> None:
    worktree = watched.worktree("fruit")
    await watched.by_hand(worktree, "--no-daemon", "-C", str(worktree), script({"hold": "it"}))
    busy = await watched.until(is_(Status.BUSY), "its turn")
    assert busy.pid is not None
    for process in [*psutil.Process(busy.pid).children(recursive=True), psutil.Process(busy.pid)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    await watched.until(lambda one: one.living is Living.STORED, "its end")
    model.let_go("it")


async def test_exec_is_seen(watched: Watched, model: ModelServer) -> None:
    worktree = watched.worktree("fruit")
    prompt = script({"hold": "it", "write": "a.txt", "text": "a\n"}, {"say": "Exec is done."})
    await watched.by_hand(worktree, "exec", "-s", "workspace-write", prompt)
    busy = await watched.until(is_(Status.BUSY), "its turn")
    assert (busy.cwd, busy.living) == (worktree, Living.PROCESS)
    model.let_go("it")
    done = await watched.until(lambda one: one.living is Living.STORED, "its end")
    assert (done.status, done.last_message) == (Status.IDLE, "Exec is done.")


async def test_a_folder_that_is_not_trusted_is_the_persons_to_trust(watched: Watched) -> None:
    stranger = watched.playground.repository("stranger")
    _, window = await watched.launch(watched.order(stranger, script({"write": "fruit.txt", "text": "apple\n"})))
    screen = await asyncio.to_thread(watched.tmux.wait_for, window.name, "Trust this folder?")
    question = watched.codex.dialog(screen)
    assert question is not None
    assert (question.kind, question.answerable) == (QuestionKind.DIALOG, False)
    assert "trust" in question.text
    assert str(stranger) not in (watched.home / "config.toml").read_text()
    with pytest.raises(HedgerowError):
        await watched.codex.answer(watched.held((await watched.look())[0], window), question, Answer(approve=True))
    assert not (stranger / "fruit.txt").exists()


async def test_a_turn_of_many_edits(watched: Watched) -> None:
    worktree = watched.worktree("fruit")
    steps = [{"write": f"f{n}.txt", "text": f"{n}\n"} for n in range(20)]
    await watched.launch(watched.order(worktree, script(*steps, {"say": "Twenty."})))
    await watched.until(lambda one: one.status is Status.IDLE and one.last_message == "Twenty.", "its end")
    assert len(list(worktree.glob("f*.txt"))) == 20
    assert Status.UNKNOWN not in {status for _, status in watched.seen}


async def test_a_home_of_its_own(watched: Watched) -> None:
    worktree = watched.worktree("fruit")
    own = Path.home() / "codex-homes" / ("long" * 30)
    own.mkdir(parents=True)
    shutil.copy(watched.home / "config.toml", own)
    prepared, _ = await watched.launch(watched.order(worktree, script({"say": "Own."}), agent_home=own))
    assert prepared.env == {"CODEX_HOME": str(own)}
    stop = watched.codex.watch(own, watched.changes.set)
    end = time.monotonic() + LIMIT
    while True:
        watched.changes.clear()
        found = await watched.codex.look(own)
        if any(one.conversation == prepared.conversation and one.last_message == "Own." for one in found):
            break
        await asyncio.wait_for(watched.changes.wait(), max(0.01, end - time.monotonic()))
    stop()
    assert await watched.look() == []
    with pytest.raises(HedgerowError, match="must not lie in the worktree"):
        await watched.codex.prepare(watched.order(worktree, "x", agent_home=worktree / ".codex"))

"""The roll: what agents tell and what is remembered, joined into one row for each session; and finding one."""

from __future__ import annotations

import dataclasses
import logging
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support.home import Home

from hedgerow.journal.database import Database
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import Host, Phase, Question, QuestionKind, SessionRow
from hedgerow.sessions import roll as rolls
from hedgerow.sessions.agents.agent import Living, Sighting, Status
from hedgerow.sessions.roll import Known, Place, Roll, listed
from hedgerow.sessions.store import LastEvent, SessionRecord, SessionStore, observed_id

HOME = Path("/home/.agent")
FIX = Path("/code/project.worktrees/fix")
NOW = time.time()


class Told:
    """An agent that tells just what it is given."""

    tells = True

    def __init__(self, name: str = "claude", home: Path = HOME) -> None:
        self.name = self.title = name
        self.sightings: dict[Path, list[Sighting]] = {}
        self.fails: set[Path] = set()
        self._home = home

    def home(self, environment: Mapping[str, str]) -> Path:
        return self._home

    async def look(self, home: Path) -> list[Sighting]:
        if home in self.fails:
            raise ValueError("rubbish")
        return list(self.sightings.get(home, []))

    def tell(self, *sightings: Sighting) -> None:
        self.sightings = {}
        for each in sightings:
            self.sightings.setdefault(each.agent_home, []).append(each)


@dataclasses.dataclass
class Scene:
    roll: Roll
    store: SessionStore
    claude: Told
    codex: Told

    async def known(self, *sightings: Sighting) -> list[Known]:
        if sightings:
            self.claude.tell(*sightings)
        await self.roll.look()
        return self.roll.known(places)

    async def rows(self, *sightings: Sighting) -> list[SessionRow]:
        return [one.row for one in await self.known(*sightings)]

    async def row(self, *sightings: Sighting) -> SessionRow:
        (row,) = await self.rows(*sightings)
        return row


def places(path: Path) -> Place | None:
    if path == FIX or FIX in path.parents:
        return Place("r1", "w1")
    return Place("r1", "local-r1") if path == Path("/code/project") else None


@pytest.fixture
def scene(home: Home) -> Iterator[Scene]:
    home.hedgerow_state.mkdir(parents=True, exist_ok=True)
    database = Database.open(home.hedgerow_state / "state.sqlite3")
    database.run("UPDATE sessions_since SET moment = 0")
    store, claude, codex = SessionStore(database), Told(), Told("codex", Path("/home/.codex"))
    agents: Any = {"claude": claude, "codex": codex}
    yield Scene(Roll(store, agents, {}), store, claude, codex)
    database.close()


def sighted(conversation: str = "c1", **fields: Any) -> Sighting:
    usual: dict[str, Any] = {
        "agent": "claude", "agent_home": HOME, "conversation": conversation, "cwd": FIX,
        "living": Living.PROCESS, "status": Status.BUSY, "since": NOW - 10, "pid": 4711,
    }  # fmt: skip
    return Sighting(**{**usual, **fields})


def stored(conversation: str = "c1", **fields: Any) -> Sighting:
    return sighted(conversation, **{"living": Living.STORED, "status": Status.IDLE, "pid": None, **fields})


def record(session: str = "a-1", **fields: Any) -> SessionRecord:
    usual: dict[str, Any] = {
        "id": session, "agent": "claude", "agent_home": str(HOME), "path": str(FIX), "environment": {},
        "repository": "r1", "checkout": "w1",
    }  # fmt: skip
    return SessionRecord(**{**usual, **fields})


@pytest.fixture
def program() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the agent that we launched just now."""
    process = subprocess.Popen(["sleep", "1000"])
    yield process
    process.kill()
    process.wait()


# -- one row of both


async def test_what_somebody_else_started_is_a_row(scene: Scene) -> None:
    row = await scene.row(
        sighted(title="Fix the login test", last_message="on it", tokens=9, model="opus", started=NOW - 60, active=NOW)
    )
    assert (row.id, row.agent, row.conversation) == (observed_id("claude", HOME, "c1"), "claude", "c1")
    assert (row.label, row.phase, row.since) == ("Fix the login test", Phase.WORKING, NOW - 10)
    assert (row.repository, row.checkout, row.path) == ("r1", "w1", str(FIX))
    assert (row.last_message, row.tokens, row.model) == ("on it", 9, "opus")
    assert (row.started, row.active) == (NOW - 60, NOW)
    assert (row.host, row.pid, row.ours, row.root) == (Host.ELSEWHERE, 4711, False, row.id)
    assert scene.store.all() == [], "looking remembers nothing"


async def test_what_is_remembered_and_what_is_told_are_one_row(scene: Scene) -> None:
    scene.store.put(record(conversation="c1", label="mine", pinned=True, archived=NOW, home="w1"))
    row = await scene.row(sighted(title="theirs"))
    assert (row.id, row.label, row.pinned, row.archived, row.home) == ("a-1", "mine", True, True, "w1")
    assert row.phase is Phase.WORKING


async def test_a_conversation_that_is_just_opened_may_be_ours_in_a_moment(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = sighted(living=Living.DAEMON, status=Status.IDLE, begun=False, started=time.time())
    scene.claude.tell(new)
    await scene.roll.look()
    assert scene.roll.known(places) == []
    assert scene.roll.unsettled
    scene.store.put(record(conversation="c1"))
    assert [one.row.id for one in scene.roll.known(places)] == ["a-1"]
    others = dataclasses.replace(new, conversation="c2")
    old = dataclasses.replace(new, conversation="c3", started=time.time() - 60)
    working = dataclasses.replace(new, conversation="c4", status=Status.BUSY, begun=True)
    scene.claude.tell(others, old, working)
    await scene.roll.look()
    seen = [{one.row.conversation for one in scene.roll.known(places)} for _ in range(2)]
    assert seen == [{"c1", "c3", "c4"}] * 2
    monkeypatch.setattr(rolls, "UNTOLD_SECONDS", 0.0)
    seen = [{one.row.conversation for one in scene.roll.known(places)} for _ in range(2)]
    assert seen == [{"c1", "c2", "c3", "c4"}] * 2, "it stays a row"
    assert not scene.roll.unsettled


async def test_what_is_remembered_and_told_by_nobody_stays_a_row(scene: Scene) -> None:
    scene.store.put(record(conversation="c1", launched=NOW - 100, stopped=NOW - 50, label="mine"))
    row = await scene.row()
    assert (row.id, row.phase, row.conversation, row.host) == ("a-1", Phase.PARKED, "c1", Host.NOTHING)
    assert (row.since, row.started) == (NOW - 50, NOW - 100)


async def test_the_same_conversation_in_another_home_is_another_row(scene: Scene) -> None:
    scene.store.put(record("a-2", agent_home="/elsewhere", conversation="c1"))
    rows = await scene.rows(sighted(), sighted(agent_home=Path("/elsewhere"), pid=4712))
    assert {row.id for row in rows} == {"a-2", observed_id("claude", HOME, "c1")}


async def test_a_session_of_ours_says_where_else_to_look(scene: Scene) -> None:
    assert scene.roll.homes() == {("claude", HOME), ("codex", Path("/home/.codex"))}
    scene.store.put(record(agent_home="/elsewhere"))
    scene.store.put(record("a-2", agent="a launch line that is gone", agent_home="/gone"))
    assert ("claude", Path("/elsewhere")) in scene.roll.homes()
    assert len(scene.roll.homes()) == 3


async def test_a_conversation_that_is_told_of_twice_is_one_row(scene: Scene) -> None:
    row = await scene.row(sighted(), stored())
    assert row.phase is Phase.WORKING, "the living is told first"


async def test_an_agent_that_cannot_be_read_keeps_nobody_from_being_seen(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.codex.tell(sighted("d1", agent="codex", agent_home=Path("/home/.codex")))
    assert len(await scene.rows(sighted())) == 2
    scene.claude.fails.add(HOME)
    scene.codex.tell(sighted("d2", agent="codex", agent_home=Path("/home/.codex")))
    with caplog.at_level(logging.ERROR):
        rows = await scene.rows()
    assert {row.conversation for row in rows} == {"c1", "d2"}, "what it told last is kept: nothing read is not nothing"
    assert "cannot be read" in caplog.text


# -- where it works, who hosts it


async def test_what_lives_says_where_and_what_rests_is_where_its_work_is(scene: Scene) -> None:
    scene.store.put(record(conversation="c1", path="/code/project"))
    living = await scene.row(sighted())
    assert (living.path, living.checkout) == (str(FIX), "w1")
    resting = await scene.row(stored())
    assert (resting.path, resting.checkout) == ("/code/project", "local-r1")


async def test_a_directory_that_belongs_to_nothing_known(scene: Scene) -> None:
    row = await scene.row(sighted(cwd=Path("/elsewhere")))
    assert (row.repository, row.checkout, row.path, row.label) == (None, None, "/elsewhere", "elsewhere")
    scene.store.put(record(conversation="c1"))
    assert (await scene.row(sighted(cwd=Path("/elsewhere")))).repository == "r1", "where it was last"


async def test_a_second_writer_and_what_cannot_be_read_are_said(scene: Scene) -> None:
    row = await scene.row(sighted(writers=2, problem="line 3 cannot be read"))
    assert row.problems == ["line 3 cannot be read", "2 processes write this conversation at once: close all but one"]


async def test_words_of_agents_steer_no_terminal_and_fill_no_screen(scene: Scene) -> None:
    question = Question(id="q", kind=QuestionKind.APPROVAL, text="wants \x1b]0;to run\x07 ls", command="a\x1b[2Jb\nc")
    row = await scene.row(
        sighted(
            title="\x1b]0;evil\x07title \x1b[31m" + "x" * 500, last_message="\x1b[2J" + "y" * 9000, model="\x9b31mm",
            status=Status.WAITING, question=question,
        )
    )  # fmt: skip
    told = row.model_dump_json()
    assert not any(code in told for code in ("\\u001b", "\\u0007", "\\u009b", "\x9b"))
    assert len(row.label) <= 80
    assert len(row.last_message or "") <= 2000


# -- what we launched


async def test_a_launch_that_nobody_tells_of_yet(scene: Scene, program: subprocess.Popen[bytes]) -> None:
    scene.store.put(record(launched=time.time(), pid=program.pid, host=Host.TMUX, ours=True))
    row = await scene.row()
    assert (row.phase, row.host, row.pid) == (Phase.STARTING, Host.TMUX, program.pid)
    program.kill()
    program.wait()
    row = await scene.row()
    assert (row.phase, row.host, row.pid) == (Phase.ENDED, Host.NOTHING, None)


async def test_another_process_with_its_number_is_not_it(scene: Scene, program: subprocess.Popen[bytes]) -> None:
    """After a restart of the machine, numbers of processes are given anew."""
    scene.store.put(record(conversation="c1", launched=NOW - 86400, pid=program.pid, host=Host.TMUX, ours=True))
    row = await scene.row()
    assert (row.phase, row.host, row.pid) == (Phase.PARKED, Host.NOTHING, None)


async def test_how_it_ended_is_told_until_somebody_looked(scene: Scene) -> None:
    scene.store.put(record(launched=NOW - 10, exit_status=7, ended=NOW - 5, seen=NOW - 9, ours=True))
    row = await scene.row()
    assert (row.phase, row.detail) == (Phase.FAILED, "the agent ended with exit status 7")
    assert row.since == NOW - 5
    scene.store.change("a-1", seen=NOW)
    assert (await scene.row()).phase is Phase.ENDED


async def test_a_stored_conversation_lives_while_the_process_that_we_launched_does(
    scene: Scene, program: subprocess.Popen[bytes]
) -> None:
    launched = time.time()
    scene.store.put(record(conversation="c1", launched=launched, pid=program.pid, host=Host.TMUX, ours=True))
    scene.store.heard("a-1", LastEvent(Status.BUSY, launched + 1))
    row = await scene.row(stored(status=Status.UNKNOWN))
    assert (row.phase, row.host) == (Phase.WORKING, Host.TMUX)
    program.kill()
    program.wait()
    assert (await scene.row()).phase is Phase.PARKED


async def test_what_runs_in_the_process_that_we_launched_is_our_session(
    scene: Scene, program: subprocess.Popen[bytes]
) -> None:
    """Right after it was resumed, Claude Code names the conversation that it was forked from."""
    scene.store.put(record(conversation="c2", launched=time.time(), pid=program.pid, host=Host.TMUX, ours=True))
    row = await scene.row(sighted("c1", pid=program.pid))
    assert (row.id, row.phase) == ("a-1", Phase.WORKING)
    rows = await scene.rows(sighted("c2", pid=program.pid), sighted("c1", pid=4711))
    assert {row.id for row in rows} == {"a-1", observed_id("claude", HOME, "c1")}
    rows = await scene.rows(sighted("c2", pid=program.pid), sighted("c1", pid=program.pid))
    assert len(rows) == 2, "a conversation that is told of by itself is one"


async def test_what_hooks_said_before_the_launch_is_of_the_last_one(
    scene: Scene, program: subprocess.Popen[bytes]
) -> None:
    launched = time.time()
    scene.store.put(record(launched=launched, pid=program.pid, host=Host.TMUX, ours=True))
    question = Question(id="q", kind=QuestionKind.APPROVAL, text="wants to run: ls")
    scene.store.heard("a-1", LastEvent(Status.WAITING, launched - 1, question))
    row = await scene.row()
    assert (row.phase is Phase.WAITING, row.question) == (False, None)
    scene.store.heard("a-1", LastEvent(Status.WAITING, launched + 1, question))
    row = await scene.row()
    assert (row.phase, row.question, row.detail) == (Phase.WAITING, question, "wants to run: ls")


async def test_what_was_said_last_may_be_heard_before_it_is_recorded(scene: Scene) -> None:
    scene.store.put(record(conversation="c1"))
    scene.store.heard("a-1", LastEvent(Status.IDLE, NOW, None, "the second answer"))
    usual: dict[str, Any] = {"status": Status.IDLE, "last_message": "the first answer"}
    assert (await scene.row(sighted(**usual, turn=NOW - 10))).last_message == "the second answer"
    assert (await scene.row(sighted(**usual))).last_message == "the second answer"
    interrupted = {**usual, "last_message": "a third, that is"}  # of a turn after it, at whose end nothing was heard
    assert (await scene.row(sighted(**interrupted, turn=NOW + 10))).last_message == "a third, that is"


async def test_one_that_tells_nothing_of_itself_is_not_starting_for_ever(
    scene: Scene, program: subprocess.Popen[bytes]
) -> None:
    scene.claude.tells = False
    scene.store.put(record(launched=time.time(), pid=program.pid, host=Host.TMUX, ours=True))
    assert (await scene.row()).phase is Phase.UNKNOWN


async def test_a_dialog_on_its_screen_is_told_once(scene: Scene, program: subprocess.Popen[bytes]) -> None:
    scene.store.put(record(launched=time.time(), pid=program.pid, host=Host.TMUX, ours=True))
    trust = Question(id="trust", kind=QuestionKind.DIALOG, text="asks whether you trust this folder")
    assert scene.roll.dialog("a-1", trust)
    assert not scene.roll.dialog("a-1", trust)
    row = await scene.row()
    assert (row.phase, row.question) == (Phase.WAITING, trust)
    assert scene.roll.dialog("a-1", None)
    assert (await scene.row()).phase is Phase.STARTING


# -- claims


async def test_what_we_launched_is_given_the_conversation_in_its_own_process(scene: Scene) -> None:
    scene.store.put(record(launched=NOW, pid=4711, ours=True))
    scene.store.put(record("a-2", launched=NOW, pid=4712, ours=True))
    rows = await scene.rows(sighted("c1", pid=4712, transcript=Path("/c1.jsonl")), sighted("c2", pid=4999))
    assert {row.id: row.conversation for row in rows} == {
        "a-1": None, "a-2": "c1", observed_id("claude", HOME, "c2"): "c2",
    }  # fmt: skip
    claimed = scene.store.find("a-2")
    assert claimed is not None
    assert (claimed.conversation, claimed.transcript) == ("c1", "/c1.jsonl")


@pytest.mark.parametrize(
    "other", [{"agent": "codex"}, {"agent_home": Path("/elsewhere")}], ids=["another agent", "another home"]
)
async def test_nothing_else_is_claimed(scene: Scene, other: dict[str, Any]) -> None:
    scene.store.put(record(launched=NOW, pid=4711, ours=True))
    scene.store.put(record("a-9", agent_home="/elsewhere", conversation="c9"))
    await scene.rows(sighted("c1", **other))
    first = scene.store.find("a-1")
    assert first is not None
    assert first.conversation is None


async def test_an_earlier_name_of_a_conversation_is_no_session_of_its_own(scene: Scene) -> None:
    scene.store.put(record(conversation="c1"))
    scene.store.name_conversation("a-1", "c2", None)
    rows = await scene.rows(stored("c1"), stored("c2"))
    assert [(row.id, row.conversation) for row in rows] == [("a-1", "c2")]
    rows = await scene.rows(sighted("c1"), stored("c2"))
    assert {row.conversation for row in rows} == {"c1", "c2"}, "one that somebody goes on with is there"


# -- order, roots, what is listed


async def test_forks_belong_to_the_conversation_that_they_came_from(scene: Scene) -> None:
    scene.store.put(record("a-1", conversation="c1"))
    scene.store.put(record("a-2", conversation="c2", parent="a-1"))
    rows = await scene.rows(
        stored("c1"), stored("c2"), sighted("c3", parent="c2"), sighted("c4", parent="c3"),
        sighted("c5", parent="gone"), sighted("c6", parent="c7"), sighted("c7", parent="c6"),
    )  # fmt: skip
    roots = {row.conversation: row.root for row in rows}
    assert {roots[name] for name in ("c1", "c2", "c3", "c4")} == {"a-1"}
    assert roots["c5"] == observed_id("claude", HOME, "c5")
    assert roots["c6"] in {row.id for row in rows}, "a circle has an end"


async def test_a_fork_of_one_agent_is_not_of_another_with_that_name(scene: Scene) -> None:
    scene.codex.tell(sighted("c1", agent="codex", agent_home=Path("/home/.codex")))
    rows = await scene.rows(sighted("c2", parent="c1"))
    assert all(row.root == row.id for row in rows)


async def test_those_that_need_the_person_come_first(scene: Scene) -> None:
    rows = await scene.rows(
        sighted("working"),
        sighted("older", status=Status.WAITING, active=NOW - 50),
        stored("parked"),
        sighted("done", status=Status.IDLE, last_message="done"),
        sighted("newer", status=Status.WAITING, active=NOW),
        sighted("failed", status=Status.FAILED),
        sighted("idle", status=Status.IDLE),
        sighted("unknown", status=Status.UNKNOWN),
    )
    assert [row.conversation for row in rows] == [
        "newer", "older", "failed", "done", "working", "unknown", "idle", "parked",
    ]  # fmt: skip


DAY = 86400.0


@pytest.mark.parametrize(
    ("fields", "shown", "with_the_past"),
    [
        ({"status": Status.BUSY}, True, True),
        ({"living": Living.STORED, "active": NOW - DAY}, True, True),
        ({"living": Living.STORED, "active": NOW - 8 * DAY}, False, True),
        ({"living": Living.STORED, "active": NOW - 8 * DAY, "pinned": True}, True, True),
        ({"living": Living.STORED, "active": NOW - DAY, "archived": NOW}, False, True),
        ({"living": Living.STORED, "active": NOW - 8 * DAY, "pinned": True, "archived": NOW}, False, True),
        ({"status": Status.BUSY, "active": NOW - 8 * DAY}, True, True),
    ],
)
async def test_what_belongs_into_the_list(
    scene: Scene, fields: dict[str, Any], shown: bool, with_the_past: bool
) -> None:
    kept = {name: fields[name] for name in ("pinned", "archived") if name in fields}
    scene.store.put(record(conversation="c1", **kept))
    told = {name: value for name, value in fields.items() if name not in kept}
    (one,) = await scene.known(sighted(**{"status": Status.IDLE, "since": NOW - 9 * DAY, **told}))
    assert listed(one, past=False, now=NOW) is shown
    assert listed(one, past=True, now=NOW) is with_the_past


# -- since when, and what nobody can tell for a moment


async def test_since_when_is_known_even_where_nothing_tells(scene: Scene) -> None:
    before = time.time()
    first = await scene.row(sighted(status=Status.WAITING, since=None))
    assert first.since is not None
    assert before <= first.since <= time.time()
    assert (await scene.row(sighted(status=Status.WAITING, since=None))).since == first.since
    other = Question(id="other", kind=QuestionKind.APPROVAL, text="asks something else")
    asked = await scene.row(sighted(status=Status.WAITING, since=NOW + 5, question=other))
    assert asked.since == NOW + 5
    assert (await scene.row(sighted(status=Status.BUSY, since=NOW + 6))).since == NOW + 6


async def test_what_nobody_can_tell_for_a_moment_stays(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await scene.row(sighted())).phase is Phase.WORKING
    monkeypatch.setattr(rolls, "UNTOLD_SECONDS", 1000.0)
    assert (await scene.row(sighted(status=Status.UNKNOWN))).phase is Phase.WORKING
    assert scene.roll.unsettled
    assert (await scene.row(sighted())).phase is Phase.WORKING
    assert not scene.roll.unsettled, "it was told again"
    await scene.row(sighted(status=Status.UNKNOWN))
    monkeypatch.setattr(rolls, "UNTOLD_SECONDS", 0.0)
    assert (await scene.row(sighted(status=Status.UNKNOWN))).phase is Phase.UNKNOWN
    assert not scene.roll.unsettled


async def test_that_it_waits_is_told_together_with_what_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolls, "UNTOLD_SECONDS", 1000.0)
    await scene.row(sighted())
    assert (await scene.row(sighted(status=Status.WAITING))).phase is Phase.WORKING
    assert scene.roll.unsettled
    asked = sighted(status=Status.WAITING, question=Question(id="q", kind=QuestionKind.APPROVAL, text="?"))
    assert (await scene.row(asked)).phase is Phase.WAITING
    assert not scene.roll.unsettled
    assert (await scene.row(sighted())).phase is Phase.WORKING
    await scene.row(sighted(status=Status.WAITING))
    monkeypatch.setattr(rolls, "UNTOLD_SECONDS", 0.0)
    row = await scene.row(sighted(status=Status.WAITING))
    assert (row.phase, row.question) == (Phase.WAITING, None)
    assert not scene.roll.unsettled


async def test_an_end_is_told_at_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolls, "UNTOLD_SECONDS", 1000.0)
    assert (await scene.row(sighted())).phase is Phase.WORKING
    assert (await scene.row(stored())).phase is Phase.PARKED


# -- finding one


async def test_a_session_is_found_by_what_a_person_says(scene: Scene) -> None:
    scene.store.put(record(conversation="0199aaaa-1111", label="Fix the login"))
    known = await scene.known(sighted("0199aaaa-1111"), sighted("0199bbbb-2222", title="other", cwd=Path("/elsewhere")))
    find = scene.roll.find
    assert find("a-1", known, None).row.id == "a-1"
    assert find("0199aaaa-1111", known, None).row.id == "a-1"
    assert find("fix the LOGIN", known, None).row.id == "a-1"
    assert find("fix", known, "w1").row.id == "a-1"
    assert find("0199aa", known, None).row.id == "a-1"
    assert find("other", known, None).row.conversation == "0199bbbb-2222"


@pytest.mark.parametrize("text", ["nobody", "", "0199a", "x" * 500])
async def test_none_is_said(scene: Scene, text: str) -> None:
    """Five characters of an id are too few to mean something."""
    scene.store.put(record(conversation="0199aaaa-1111"))
    with pytest.raises(HedgerowError, match="there is no session") as caught:
        scene.roll.find(text, await scene.known(), None)
    assert caught.value.code is ErrorCode.NO_SUCH_SESSION
    assert len(caught.value.message) < 200


async def test_several_are_named(scene: Scene) -> None:
    known = await scene.known(*(sighted(f"0199aaaa-{n}", title="same") for n in range(7)))
    for text, checkout in (("same", None), ("fix", "w1"), ("0199aaaa", None)):
        with pytest.raises(HedgerowError, match="say which by its id") as caught:
            scene.roll.find(text, known, checkout)
        assert caught.value.code is ErrorCode.AMBIGUOUS
        assert caught.value.message.count("(same)") == 5
        assert all(f"{one.row.id} (same)" in caught.value.message for one in known[:5])


async def test_the_living_is_meant_before_what_rests_and_that_before_what_was_put_away(scene: Scene) -> None:
    scene.store.put(record("a-1", conversation="c1", archived=NOW))
    scene.store.put(record("a-2", conversation="c2"))
    tell: Callable[..., Sighting] = stored
    known = await scene.known(tell("c1"), tell("c2"), sighted("c3"))
    assert scene.roll.find("fix", known, "w1").row.conversation == "c3"
    known = await scene.known(tell("c1"), tell("c2"))
    assert scene.roll.find("fix", known, "w1").row.id == "a-2"
    known = [one for one in known if one.row.id == "a-1"]
    assert scene.roll.find("fix", known, "w1").row.id == "a-1", "when it is the only one"


async def test_an_id_is_meant_before_a_label_that_reads_the_same(scene: Scene) -> None:
    scene.store.put(record("a-1", conversation="c1", label="a-2"))
    scene.store.put(record("a-2", conversation="c2", label="a-1"))
    known = await scene.known(stored("c1"), stored("c2"))
    assert scene.roll.find("a-1", known, None).row.id == "a-1"

"""What is remembered of sessions: rows that survive, names that agents change, and news that is told once."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.home import Home

from hedgerow.journal import database as databases
from hedgerow.journal.database import VERSION, Database
from hedgerow.protocol.sessions import Host, Phase, Question, QuestionKind
from hedgerow.sessions.agents.agent import Living, Sighting, Status
from hedgerow.sessions.store import LastEvent, SessionRecord, SessionStore, observed_id

ONE = SessionRecord(
    id="a-1",
    agent="codex",
    agent_home="/home/.codex",
    path="/code/project.worktrees/fix",
    conversation="c1",
    repository="r1",
    checkout="w1",
    home="w1",
    label="fix the login test",
    transcript="/home/.codex/c1.jsonl",
    parent="a-0",
    arguments=("--model", "gpt-6", "with 'quotes' and\nlines"),
    environment={"CODEX_HOME": "/elsewhere"},
    host=Host.TMUX,
    terminal="a-1",
    pid=4711,
    launched=1000.5,
    stopped=900.25,
    exit_status=-9,
    pinned=True,
    archived=1001.0,
    seen=1002.0,
    ours=True,
    prompted=True,
    ended=999.0,
)
"""Every field says something."""
NEWCOMER = SessionRecord(id="a-2", agent="claude", agent_home="/home/.claude", path="/code")


@pytest.fixture
def path(home: Home) -> Path:
    home.hedgerow_state.mkdir(parents=True, exist_ok=True)
    return home.hedgerow_state / "state.sqlite3"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = Database.open(path)
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> SessionStore:
    return SessionStore(database)


def test_every_field_comes_back(store: SessionStore, path: Path) -> None:
    for record in (ONE, NEWCOMER):
        store.put(record)
    other = Database.open(path)
    assert {one.id: one for one in SessionStore(other).all()} == {"a-1": ONE, "a-2": NEWCOMER_KEPT}
    other.close()


NEWCOMER_KEPT = dataclasses.replace(NEWCOMER, environment={})


def test_one_field_changes_alone(store: SessionStore) -> None:
    store.put(ONE)
    assert store.change("a-1", pid=None, host=str(Host.NOTHING)) == dataclasses.replace(
        ONE, pid=None, host=Host.NOTHING
    )
    assert store.change("a-1") == dataclasses.replace(ONE, pid=None, host=Host.NOTHING)
    assert store.change("nobody", pid=1) is None
    store.forget("a-1")
    assert store.find("a-1") is None


def test_how_it_ended_is_said_by_the_first_who_sees_it(store: SessionStore) -> None:
    store.put(ONE)
    assert store.ended("a-1", 4711, 3, 2000.0)
    assert not store.ended("a-1", 4711, 0, 3000.0)
    gone = store.find("a-1")
    assert gone is not None
    assert (gone.pid, gone.exit_status, gone.ended, gone.host) == (None, 3, 2000.0, Host.NOTHING)
    store.change("a-1", pid=4712)
    assert not store.ended("a-1", 4711, 3, 4000.0), "that was the one before"


def test_what_was_only_seen_is_remembered_once(store: SessionStore) -> None:
    seen = Sighting(
        "claude", Path("/home/.claude"), "c9", Path("/code"), Living.PROCESS, pid=4711, transcript=Path("/c9.jsonl")
    )
    session = observed_id("claude", "/home/.claude", "c9")
    first = store.remembered(seen, session)
    assert (first.conversation, first.path, first.transcript) == ("c9", "/code", "/c9.jsonl")
    assert (first.ours, first.launched, first.host) == (False, None, Host.NOTHING)
    store.change(session, pinned=1)
    assert store.remembered(seen, session).pinned


def test_an_observed_session_has_the_same_id_everywhere() -> None:
    one = observed_id("claude", Path("/home/.claude"), "c9")
    assert one == observed_id("claude", "/home/.claude", "c9")
    others = {
        observed_id("codex", "/home/.claude", "c9"),
        observed_id("claude", "/home/.claud", "ec9"),
        observed_id("claude", "/home/.claude", "c8"),
        observed_id("claude", "/home/\udcff", "c9"),
    }
    assert len(others | {one}) == 5


# -- what agents call their conversations


def test_a_new_name_takes_the_place_of_the_old_one(store: SessionStore) -> None:
    store.put(ONE)
    named = store.name_conversation("a-1", "c2", Path("/home/.codex/c2.jsonl"))
    assert named is not None
    assert (named.conversation, named.transcript) == ("c2", "/home/.codex/c2.jsonl")
    assert store.superseded() == {("codex", "/home/.codex", "c1"): "a-1"}
    store.name_conversation("a-1", "c3", None)
    assert set(store.superseded()) == {("codex", "/home/.codex", "c1"), ("codex", "/home/.codex", "c2")}
    assert store.name_conversation("nobody", "c4", None) is None


def test_the_same_name_again_is_no_news(store: SessionStore) -> None:
    store.put(ONE)
    assert store.name_conversation("a-1", "c1", None) == ONE
    assert store.superseded() == {}
    moved = store.name_conversation("a-1", "c1", Path("/elsewhere.jsonl"))
    assert moved is not None
    assert moved.transcript == "/elsewhere.jsonl"


def test_two_sessions_are_not_made_one(store: SessionStore) -> None:
    store.put(ONE)
    other = dataclasses.replace(ONE, id="a-3", conversation="c3", environment={})
    store.put(other)
    assert store.name_conversation("a-3", "c1", None) == other
    assert store.find("a-1") == ONE
    assert store.find("a-3") == other
    assert store.superseded() == {}


def test_the_same_name_in_another_home_is_another_conversation(store: SessionStore) -> None:
    store.put(ONE)
    store.put(dataclasses.replace(ONE, id="a-3", agent_home="/elsewhere", conversation="c1"))
    assert {one.id for one in store.all()} == {"a-1", "a-3"}


# -- what hooks said


def test_only_the_newest_of_what_hooks_said_is_kept(store: SessionStore) -> None:
    question = Question(id="q", kind=QuestionKind.APPROVAL, text="wants to run: ls", answerable=True)
    asked = LastEvent(Status.WAITING, 20.0, question, "said before")
    store.heard("a-1", asked)
    store.heard("a-1", LastEvent(Status.BUSY, 10.0))
    assert store.events() == {"a-1": asked}
    store.heard("a-1", LastEvent(Status.IDLE, 20.0))
    assert store.events()["a-1"].status is Status.IDLE
    store.heard("a-2", LastEvent(Status.BUSY, 5.0))
    assert set(store.events()) == {"a-1", "a-2"}


# -- news


def test_each_news_is_told_once(store: SessionStore) -> None:
    assert store.claim_news("a-1", Phase.DONE, 10.0)
    assert not store.claim_news("a-1", Phase.DONE, 10.0)
    assert store.claim_news("a-1", Phase.WAITING, 10.0)
    assert store.claim_news("a-2", Phase.DONE, 10.0)
    assert store.claim_news("a-1", Phase.DONE, 11.0), "the next turn's end is news again"


def test_each_question_is_news(store: SessionStore) -> None:
    assert store.claim_news("a-1", Phase.WAITING, 10.0)
    assert not store.claim_news("a-1", Phase.WAITING, 10.0, "q-1"), "what it asks is known by now"
    assert not store.claim_news("a-1", Phase.WAITING, 10.0, "q-1")
    assert store.claim_news("a-1", Phase.WAITING, 10.0, "q-2")
    assert not store.claim_news("a-1", Phase.WAITING, 10.0)
    assert store.claim_news("a-1", Phase.WAITING, 20.0, "q-2"), "asked again"


_CLAIMS = """\
import json, sys
from pathlib import Path
from hedgerow.journal.database import Database
from hedgerow.protocol.sessions import Phase
from hedgerow.sessions.store import SessionStore
store = SessionStore(Database.open(Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps([n for n in range(100) if store.claim_news(f"a-{n}", Phase.DONE, 10.0)]))
"""


def test_processes_that_see_the_same_tell_it_once(path: Path, home: Home) -> None:
    server = Path(databases.__file__).parents[2]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _CLAIMS, path],
            env=home.environment({"PYTHONPATH": str(server)}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    claimed = [number for process in running for number in json.loads(process.communicate(timeout=120)[0])]
    assert sorted(claimed) == list(range(100))


# -- state of an earlier version


@pytest.mark.parametrize("version", range(1, VERSION))
def test_state_of_an_earlier_version_is_taken_over(
    version: int, home: Home, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(databases, "VERSION", version)
        patch.setattr(databases, "_SINCE", {n: text for n, text in databases._SINCE.items() if n <= version})
        old = Database.open(path)
        old.run("INSERT INTO repositories VALUES ('r1', '/code/project/.git', 1.0)")
        old.close()
    before = time.time()
    taken_over = Database.open(path)
    store = SessionStore(taken_over)
    store.put(ONE)
    assert store.find("a-1") == ONE
    assert taken_over.rows("SELECT id FROM repositories") == [{"id": "r1"}]
    if version < 6:  # nothing that ended before sessions were observed at all needs a look
        assert abs(store.since() - before) < 60
    taken_over.close()
    fresh = home.root / "fresh.sqlite3"
    Database.open(fresh).close()
    assert _schema(path) == _schema(fresh)


def _schema(path: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
    found += connection.execute("PRAGMA user_version").fetchall()
    connection.close()
    return found

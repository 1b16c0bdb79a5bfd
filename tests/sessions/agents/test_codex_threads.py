"""The conversations that a home of Codex has stored: from its index, and from its files."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

import pytest

from hedgerow.sessions.agents.agent import Living, Status
from hedgerow.sessions.agents.codex import Codex
from hedgerow.sessions.agents.codex.threads import MOST, Threads

SCHEMA = """CREATE TABLE threads (id TEXT PRIMARY KEY, rollout_path TEXT NOT NULL, created_at INTEGER NOT NULL,
 updated_at INTEGER NOT NULL, source TEXT NOT NULL, cwd TEXT NOT NULL, title TEXT NOT NULL, tokens_used INTEGER NOT
 NULL DEFAULT 0, archived INTEGER NOT NULL DEFAULT 0, model TEXT, created_at_ms INTEGER, updated_at_ms INTEGER,
 thread_source TEXT, preview TEXT NOT NULL DEFAULT '', name TEXT)"""


def name(number: int) -> str:
    return f"01a1f75d-878c-7a23-bedf-{number:012}"


def rollout(home: Path, number: int, **meta: object) -> Path:
    day = home / "sessions" / "2026" / "11" / f"{1 + number % 28:02}"
    day.mkdir(parents=True, exist_ok=True)
    path = day / f"rollout-2026-11-20T05-11-{number % 60:02}-{name(number)}.jsonl"
    payload = {"id": name(number), "cwd": f"/w/{number}", "source": "cli", **meta}
    records = [
        {"timestamp": "2026-11-20T05:11:04.401Z", "type": "session_meta", "payload": payload},
        {"timestamp": "2026-11-20T05:11:05.401Z", "type": "event_msg", "payload": {"type": "task_started"}},
        {"timestamp": "2026-11-20T05:11:06.401Z", "type": "event_msg",
         "payload": {"type": "task_complete", "last_agent_message": f"said {number}"}},
    ]  # fmt: skip
    path.write_text("".join(json.dumps(each) + "\n" for each in records))
    return path


def index(home: Path, rows: list[dict[str, object]], file: str = "state_5.sqlite", schema: str = SCHEMA) -> None:
    home.mkdir(exist_ok=True)
    with sqlite3.connect(home / file) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(schema)
        for row in rows:
            whole = {"created_at": 1, "updated_at": 2, "source": "cli", "title": "", "rollout_path": "/none", **row}
            marks = ", ".join("?" for _ in whole)
            database.execute(f"INSERT INTO threads ({', '.join(whole)}) VALUES ({marks})", list(whole.values()))
    database.close()


def test_the_index_is_read_newest_first_without_what_is_no_persons(tmp_path: Path) -> None:
    index(tmp_path, [
        {"id": "old", "cwd": "/w/a", "title": "Old words", "updated_at_ms": 1000, "tokens_used": 5},
        {"id": "new", "cwd": "/w/b", "title": "words", "name": "Its name", "updated_at_ms": 2500, "model": "gpt-6"},
        {"id": "away", "cwd": "/w/b", "archived": 1},
        {"id": "sub", "cwd": "/w/b", "source": '{"subagent":"review"}'},
        {"id": "titles", "cwd": "/w/b", "thread_source": "thread_title"},
        {"id": "odd", "cwd": "relative"},
    ])  # fmt: skip
    threads = Threads(tmp_path)
    stored = threads.stored()
    assert [(each.id, each.title, each.cwd) for each in stored] == [
        ("new", "Its name", Path("/w/b")), ("old", "Old words", Path("/w/a")),
    ]  # fmt: skip
    assert (stored[0].updated, stored[0].model, stored[1].tokens) == (2.5, "gpt-6", 5)
    assert threads.problem is None
    assert threads.stored() is stored, "nothing has changed"


def test_what_is_written_later_is_seen(tmp_path: Path) -> None:
    index(tmp_path, [{"id": "one", "cwd": "/w/a", "title": "one"}])
    threads = Threads(tmp_path)
    threads.stored()
    with sqlite3.connect(tmp_path / "state_5.sqlite") as database:
        database.execute("UPDATE threads SET name = 'Renamed'")
    assert [each.title for each in threads.stored()] == ["Renamed"]
    database.close()


def test_the_newest_index_counts(tmp_path: Path) -> None:
    index(tmp_path, [{"id": "old", "cwd": "/w/a"}], "state_5.sqlite")
    index(tmp_path, [{"id": "new", "cwd": "/w/a"}], "state_10.sqlite")
    assert [each.id for each in Threads(tmp_path).stored()] == ["new"]


@pytest.mark.parametrize("kind", ["none", "other table", "other columns", "rubbish", "empty", "directory"])
def test_without_an_index_that_we_know_the_files_are_read(tmp_path: Path, kind: str) -> None:
    rollout(tmp_path, 1)
    rollout(tmp_path, 2)
    rollout(tmp_path, 3, source={"subagent": "review"})
    long = rollout(tmp_path, 4)
    long.write_text(long.read_text().replace('"source"', f'"base": "{"x" * 100_000}", "source"', 1))
    (tmp_path / "sessions" / "2026" / "stray").write_text("")
    (rollout(tmp_path, 5)).write_text("rubbish")
    target = tmp_path / "state_5.sqlite"
    if kind == "other table":
        index(tmp_path, [], schema="CREATE TABLE conversations (id TEXT)")
    elif kind == "other columns":
        index(tmp_path, [], schema="CREATE TABLE threads (id TEXT, place TEXT)")
    elif kind == "rubbish":
        target.write_bytes(b"rubbish" * 1000)
    elif kind == "empty":
        target.write_bytes(b"")
    elif kind == "directory":
        target.mkdir()
    threads = Threads(tmp_path)
    assert [each.id for each in threads.stored()] == [name(4), name(2), name(1)]
    assert (threads.problem is None) == (kind == "none")


async def test_a_home_is_only_read(tmp_path: Path) -> None:
    path = rollout(tmp_path, 1)
    index(tmp_path, [{"id": name(1), "cwd": "/w/1", "title": "one", "rollout_path": str(path)}])
    before = {each.name: each.read_bytes() for each in tmp_path.glob("*.*")}
    (found,) = await Codex().look(tmp_path)
    assert (found.living, found.status, found.last_message) == (Living.STORED, Status.IDLE, "said 1")
    assert {each.name: each.read_bytes() for each in tmp_path.glob("*.*")} == before


async def test_thousands_of_conversations_are_read_once(tmp_path: Path) -> None:
    rows = []
    for number in range(3000):
        path = rollout(tmp_path, number)
        rows.append({"id": name(number), "cwd": "/w", "title": "t", "rollout_path": str(path), "updated_at_ms": number})
    index(tmp_path, rows)
    codex = Codex()
    found = await codex.look(tmp_path)
    assert len(found) == MOST
    assert {each.conversation for each in found} == {name(number) for number in range(2500, 3000)}
    began = time.perf_counter()
    for _ in range(20):
        await codex.look(tmp_path)
    assert (time.perf_counter() - began) / 20 < 0.5, "measured: 0.01 s"

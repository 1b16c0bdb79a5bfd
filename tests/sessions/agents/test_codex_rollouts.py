"""What a rollout tells, from records as Codex 0.169 wrote them (shortened)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hedgerow.sessions.agents.agent import Status
from hedgerow.sessions.agents.codex.rollouts import Rollouts

NAME = "rollout-2026-11-20T05-11-04-01a1f75d-878c-7a23-bedf-691158c3d5c2.jsonl"


def record(kind: str, second: int = 0, **payload: object) -> str:
    stamp = f"2026-11-20T05:11:{second:02}.401Z"
    return json.dumps({"timestamp": stamp, "ordinal": second, "type": kind, "payload": payload}) + "\n"


def event(kind: str, second: int = 0, **payload: object) -> str:
    return record("event_msg", second, type=kind, **payload)


META = record("session_meta", id="01a1f75d", forked_from_id="01a1f75c-0000-7a23-bedf-691158c3d5c2", cwd="/w/old",
              base_instructions={"text": "x" * 30_000})  # fmt: skip
CONTEXT = record("turn_context", 1, turn_id="t", cwd="/w/one", approval_policy="on-request", model="gpt-6-astra")
STARTED = event("task_started", 2, turn_id="t")
CALL = record("response_item", 3, type="custom_tool_call", call_id="call_1", name="exec", input="tools.exec_command()")
OUTPUT = record("response_item", 4, type="custom_tool_call_output", call_id="call_1", output="done")
SPOKE = event("item_completed", 5, item={"type": "AgentMessage", "content": [{"type": "Text", "text": "half way"}]})
TOKENS = event("token_count", 6, info={"total_token_usage": {"total_tokens": 45}})
COMPLETE = event("task_complete", 7, turn_id="t", last_agent_message="fin")
ABORTED = event("turn_aborted", 7, turn_id="t", reason="interrupted")
FAILED = event("task_complete", 7, turn_id="t", last_agent_message=None, error={"message": "high demand"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / NAME


@pytest.mark.parametrize(
    ("records", "status"),
    [
        ([META, CONTEXT], None),
        ([META, CONTEXT, STARTED], Status.BUSY),
        ([META, CONTEXT, STARTED, CALL], Status.BUSY),
        ([META, CONTEXT, STARTED, COMPLETE], Status.IDLE),
        ([META, CONTEXT, STARTED, CALL, ABORTED], Status.IDLE),
        ([META, CONTEXT, STARTED, FAILED], Status.FAILED),
        ([META, CONTEXT, STARTED, FAILED, STARTED], Status.BUSY),
        ([META, CONTEXT, STARTED, FAILED, STARTED, COMPLETE], Status.IDLE),
    ],
)
def test_the_last_turn_says_how_it_is(path: Path, records: list[str], status: Status | None) -> None:
    path.write_text("".join(records))
    told = Rollouts().tell(path)
    assert told is not None
    assert told.status is status
    assert told.error == ("high demand" if records[-1] == FAILED else None)


def test_everything_that_is_told(path: Path) -> None:
    path.write_text(META + CONTEXT + STARTED + CALL + OUTPUT + SPOKE + TOKENS + COMPLETE)
    rollouts = Rollouts()
    told = rollouts.tell(path)
    assert told is not None
    assert (told.cwd, told.model, told.tokens, told.last_message) == (Path("/w/one"), "gpt-6-astra", 45, "fin")
    assert told.since == told.active == 1795151467.401
    assert told.calls == {}
    assert told.may_ask
    assert rollouts.parent(path) == "01a1f75c-0000-7a23-bedf-691158c3d5c2"


def test_it_is_read_on_as_it_grows_and_half_a_line_waits(path: Path) -> None:
    rollouts = Rollouts()
    path.write_text(META + CONTEXT + STARTED)
    with path.open("a") as file:
        for piece, status, calls in (
            (CALL[:40], Status.BUSY, 0),
            (CALL[40:], Status.BUSY, 1),
            ("rubbish\n\x00\n[1]\n{}\n", Status.BUSY, 1),
            ('{"type": "event_msg", "payload": "task_complete"}\n', Status.BUSY, 1),
            (OUTPUT, Status.BUSY, 0),
            (COMPLETE, Status.IDLE, 0),
        ):
            file.write(piece)
            file.flush()
            told = rollouts.tell(path)
            assert told is not None
            assert (told.status, len(told.calls)) == (status, calls)


def test_what_has_not_changed_is_not_read_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(META + CONTEXT + STARTED)
    rollouts = Rollouts()
    first = rollouts.tell(path)
    monkeypatch.setattr(Path, "open", lambda *_, **__: pytest.fail("it was read again"))
    assert rollouts.tell(path) is first


def test_a_file_that_was_replaced_is_read_anew(path: Path) -> None:
    rollouts = Rollouts()
    path.write_text(META + CONTEXT + STARTED)
    rollouts.tell(path)
    path.with_suffix(".new").write_text(META + STARTED + COMPLETE)
    path.with_suffix(".new").rename(path)
    told = rollouts.tell(path)
    assert told is not None
    assert told.status is Status.IDLE
    path.write_text(META)
    told = rollouts.tell(path)
    assert told is not None
    assert told.status is None
    path.unlink()
    assert rollouts.tell(path) is None


def test_of_a_long_file_only_the_end_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filler = record("response_item", 3, type="message", role="assistant", content="y" * 2_000)
    with path.open("w") as file:
        file.write(META + CONTEXT)
        for _ in range(10_000):
            file.write(filler)
        file.write(STARTED + filler * 200 + SPOKE)
    read = 0
    import os  # noqa: PLC0415

    pread = os.pread

    def counted(descriptor: int, count: int, offset: int) -> bytes:
        nonlocal read
        piece = pread(descriptor, count, offset)
        read += len(piece)
        return piece

    monkeypatch.setattr(os, "pread", counted)
    told = Rollouts().tell(path)
    assert told is not None
    assert (told.status, told.last_message, told.whole) == (Status.BUSY, "half way", False)
    assert read < 4_000_000 < path.stat().st_size

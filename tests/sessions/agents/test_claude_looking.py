"""What is told of the conversations of one home, from files as the real program leaves them, and from rubbish."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from tests.sessions.agents.claude_home import NOON, Talk, conversation_id, process, process_file

from hedgerow.protocol.sessions import QuestionKind
from hedgerow.sessions.agents.agent import Living, Sighting, Status
from hedgerow.sessions.agents.claude.reading import Reading

ONE, TWO, THREE = conversation_id(1), conversation_id(2), conversation_id(3)


NUMBERS = b'{"sessionId": "x", "cwd": "/a", "startedAt": 1e999, "statusUpdatedAt": -' + b"9" * 400 + b"}"


def look(home: Path) -> dict[str, Sighting]:
    return {each.conversation: each for each in Reading(home).look()}


def test_a_home_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    assert Reading(tmp_path / "none").look() == []


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"status": "busy"}, Status.BUSY),
        ({"status": "idle"}, Status.IDLE),
        ({"status": "shell"}, Status.IDLE),
        ({"status": "waiting"}, Status.WAITING),
        ({"status": "dreaming"}, Status.UNKNOWN),
        ({"status": 7}, Status.UNKNOWN),
        ({"status": None}, Status.UNKNOWN),
    ],
)
def test_a_process_tells_its_state(tmp_path: Path, told: dict[str, object], status: Status) -> None:
    Talk(ONE).asked("pick a plum").said("picked").write(tmp_path)
    with process() as pid:
        process_file(tmp_path, pid, ONE, **told)
        (seen,) = Reading(tmp_path).look()
    assert (seen.status, seen.living, seen.pid, seen.since) == (status, Living.PROCESS, pid, NOON)
    assert (seen.title, seen.last_message, seen.model) == ("pick a plum", "picked", "claude-opus-4-8")
    assert seen.tokens == 115


def test_the_file_of_a_process_that_has_gone_counts_for_nothing(tmp_path: Path) -> None:
    Talk(ONE).asked("pick a plum").said("picked").write(tmp_path)
    with process() as pid:
        process_file(tmp_path, pid, ONE, status="busy")
        assert look(tmp_path)[ONE].living is Living.PROCESS
        process_file(tmp_path, pid, ONE, status="busy", procStart="12")
        assert look(tmp_path)[ONE].living is Living.STORED, "its number belongs to another process now"
        process_file(tmp_path, pid, ONE, status="busy")
        reading = Reading(tmp_path)
        assert reading.look()[0].living is Living.PROCESS
    (after,) = reading.look()
    assert (after.living, after.status, after.pid) == (Living.STORED, Status.IDLE, None)


def test_a_turn_that_ended_a_moment_ago_goes_on_until_its_record_says_how(tmp_path: Path) -> None:
    talk = Talk(ONE, now=time.time() - 60).asked("pick a plum")
    talk.write(tmp_path)
    with process() as pid:
        process_file(tmp_path, pid, ONE, startedAt=NOON * 1000, statusUpdatedAt=time.time() * 1000)
        reading = Reading(tmp_path)
        assert reading.look()[0].status is Status.BUSY
        talk.failed("API Error: 400").write(tmp_path)
        process_file(tmp_path, pid, ONE, startedAt=NOON * 1000, statusUpdatedAt=talk.now * 1000)
        (failed,) = reading.look()
        assert (failed.status, failed.last_message) == (Status.FAILED, "API Error: 400")
        talk.asked("again").said("better").write(tmp_path)
        assert reading.look()[0].status is Status.IDLE
        talk.asked("once more").write(tmp_path)
        process_file(tmp_path, pid, ONE, statusUpdatedAt=(time.time() - 1) * 1000)
        assert reading.look()[0].status is Status.IDLE, "Escape leaves no record"
        talk.now = time.time() - 1
        talk.asked("and then").write(tmp_path)
        assert reading.look()[0].status is Status.BUSY, "a prompt is recorded before the state is"


def test_an_error_is_that_of_its_turn_and_not_of_the_next(tmp_path: Path) -> None:
    Talk(ONE, now=time.time() - 60).asked("pick a plum").failed("API Error: 400").write(tmp_path)
    with process() as pid:
        process_file(tmp_path, pid, ONE, startedAt=NOON * 1000, statusUpdatedAt=(time.time() - 59.9) * 1000)
        assert look(tmp_path)[ONE].status is Status.FAILED
        process_file(tmp_path, pid, ONE, startedAt=NOON * 1000, statusUpdatedAt=time.time() * 1000)
        assert look(tmp_path)[ONE].status is Status.BUSY, "the next one has ended, and its record is on its way"


def test_one_that_has_just_started_tells_its_state_a_moment_later(tmp_path: Path) -> None:
    with process() as pid:
        process_file(tmp_path, pid, ONE, status=None, startedAt=time.time() * 1000, entrypoint="cli")
        reading = Reading(tmp_path)
        assert reading.look()[0].status is Status.IDLE
        process_file(tmp_path, pid, ONE, status=None, startedAt=time.time() * 1000, entrypoint="sdk-cli")
        assert reading.look()[0].status is Status.UNKNOWN, "`claude -p` never tells one"
        process_file(tmp_path, pid, ONE, status=None, startedAt=(time.time() - 60) * 1000, entrypoint="cli")
        assert reading.look()[0].status is Status.UNKNOWN


def test_what_it_waits_for_is_told(tmp_path: Path) -> None:
    talk = Talk(ONE).asked("run it").called("Bash", command="npm test", description="Run the tests")
    talk.write(tmp_path)
    with process() as pid:
        process_file(tmp_path, pid, ONE, status="waiting", waitingFor="permission prompt")
        reading = Reading(tmp_path)
        asked = reading.look()[0].question
        assert asked is not None
        assert (asked.kind, asked.text, asked.command) == (QuestionKind.APPROVAL, "wants to run: npm test", "npm test")
        talk.answered().called("Edit", file_path="/code/tree/a/b.py", old_string="one\ntwo", new_string="one\n2")
        talk.write(tmp_path)
        edit = reading.look()[0].question
        assert edit is not None
        assert (edit.text, edit.command) == ("wants to edit: a/b.py", " one\n-two\n+2")
        assert edit.paths == ["/code/tree/a/b.py"]
        assert edit.id != asked.id
        talk.answered().write(tmp_path)
        (unknown,) = reading.look()
        assert (unknown.status, unknown.question) == (Status.WAITING, None)
        process_file(tmp_path, pid, ONE, status="waiting", waitingFor="dialog open")
        dialog = reading.look()[0].question
        assert dialog is not None
        assert dialog.kind is QuestionKind.DIALOG


def test_records_that_are_not_in_order(tmp_path: Path) -> None:
    talk = Talk(ONE).asked("run it").called("Bash", command="npm test")
    prompt, call = talk.lines
    talk.lines = [call, prompt]
    talk.write(tmp_path)
    with process() as pid:
        process_file(tmp_path, pid, ONE, status="waiting", waitingFor="permission prompt")
        (seen,) = Reading(tmp_path).look()
        assert seen.question is not None
        assert (seen.question.command, seen.title) == ("npm test", "run it")
        talk.lines.reverse()
        talk.answered().called("Bash", command="ls")
        talk.lines = [prompt, talk.lines[2], call, talk.lines[3]]
        talk.write(tmp_path)
        (later,) = Reading(tmp_path).look()
        assert later.question is not None
        assert later.question.command == "ls"


def test_tools_that_run_together_ask_the_last_first(tmp_path: Path) -> None:
    talk = Talk(ONE).asked("go").called("Read", file_path="/etc/hosts").called("Read", file_path="/etc/fstab")
    talk.called("Bash", command="ls").called("Bash", command="touch x").write(tmp_path)
    with process() as pid:
        process_file(tmp_path, pid, ONE, status="waiting", waitingFor="permission prompt")
        question = Reading(tmp_path).look()[0].question
    assert question is not None
    assert question.text == "wants to read: /etc/fstab"


def test_a_question_with_options(tmp_path: Path) -> None:
    options = [{"label": "Plum", "description": "blue"}, {"label": "Pear", "description": "green"}]
    one = {"question": "Which?", "header": "Fruit", "options": options, "multiSelect": False}
    two = {"question": "How many?", "header": "Number", "options": [{"label": "One"}], "multiSelect": True}
    talk = Talk(ONE).asked("go").called("AskUserQuestion", questions=[one])
    talk.write(tmp_path)
    with process() as pid:
        process_file(tmp_path, pid, ONE, status="waiting", waitingFor="permission prompt")
        reading = Reading(tmp_path)
        single = reading.look()[0].question
        talk.answered().called("AskUserQuestion", questions=[one, two]).write(tmp_path)
        both = reading.look()[0].question
        talk.answered().called("AskUserQuestion", questions="rubbish").write(tmp_path)
        rubbish = reading.look()[0].question
    assert single is not None
    assert (single.kind, single.text, single.several) == (QuestionKind.CHOICE, "asks: Which?", False)
    assert [(each.label, each.description) for each in single.options] == [("Plum", "blue"), ("Pear", "green")]
    assert both is not None
    assert (both.text, both.several) == ("asks: Which? How many?", True)
    assert [each.label for each in both.options] == ["Fruit: Plum", "Fruit: Pear", "Number: One"]
    assert rubbish is not None
    assert rubbish.kind is QuestionKind.APPROVAL


def test_two_processes_with_one_conversation_are_two_writers(tmp_path: Path) -> None:
    Talk(ONE).asked("pick a plum").said("picked").write(tmp_path)
    with process() as first, process() as second:
        process_file(tmp_path, first, ONE, status="busy", statusUpdatedAt=NOON * 1000)
        process_file(tmp_path, second, ONE, status="idle", statusUpdatedAt=(NOON + 9) * 1000)
        (seen,) = Reading(tmp_path).look()
    assert (seen.writers, seen.pid, seen.status) == (2, second, Status.IDLE)


def test_one_in_the_background_lives_in_the_daemon(tmp_path: Path) -> None:
    with process() as pid:
        process_file(tmp_path, pid, ONE, kind="bg", jobId="abc", name="tidy up", status="busy")
        (seen,) = Reading(tmp_path).look()
    assert (seen.living, seen.title, seen.transcript) == (Living.DAEMON, "tidy up", None)


def test_names_that_it_made_up_from_the_directory_are_none(tmp_path: Path) -> None:
    with process() as pid:
        process_file(tmp_path, pid, ONE, name="tree-5e", nameSource="derived")
        assert Reading(tmp_path).look()[0].title is None
        Talk(ONE).asked("pick a plum").bare(type="ai-title", aiTitle="Plums").said("yes").write(tmp_path)
        assert Reading(tmp_path).look()[0].title == "Plums"
        Talk(ONE).asked("pick").bare(type="custom-title", customTitle="Mine").bare(
            type="ai-title", aiTitle="Plums"
        ).write(tmp_path)
        assert Reading(tmp_path).look()[0].title == "Mine"


def test_what_stands_where_prompts_stand_but_is_none(tmp_path: Path) -> None:
    talk = Talk(ONE).asked("<command-name>/clear</command-name>").asked("<bash-input>ls</bash-input>")
    talk.record(type="user", isMeta=True, message={"role": "user", "content": "Caveat"})
    talk.record(type="user", isSidechain=True, message={"role": "user", "content": "for a subagent"})
    talk.write(tmp_path)
    assert Reading(tmp_path).look() == [], "nothing was said yet"
    talk.asked("pick a plum").called("Bash", command="ls")
    talk.record(
        type="user", message={"role": "user", "content": [{"type": "text", "text": "[Request interrupted by user]"}]}
    )
    talk.write(tmp_path)
    (seen,) = Reading(tmp_path).look()
    assert (seen.title, seen.status) == ("pick a plum", Status.IDLE)


def test_a_conversation_that_was_cut_off_says_so(tmp_path: Path) -> None:
    Talk(ONE).asked("pick a plum").called("Bash", command="ls").write(tmp_path)
    Talk(TWO).asked("pick a plum").write(tmp_path)
    Talk(THREE).asked("pick a plum").failed("API Error: 529 overloaded").write(tmp_path)
    seen = look(tmp_path)
    assert seen[ONE].status is Status.BUSY
    assert seen[TWO].status is Status.IDLE, "Escape before anything was done leaves nothing else"
    assert (seen[THREE].status, seen[THREE].last_message) == (Status.FAILED, "API Error: 529 overloaded")


def test_a_fork_has_the_older_one_as_its_parent(tmp_path: Path) -> None:
    talk = Talk(ONE).asked("pick a plum").said("picked")
    talk.write(tmp_path)
    snapshot = {"messageId": "x", "timestamp": "2026-11-20T18:00:00.000Z"}
    head = Talk(TWO).bare(type="mode", mode="normal").bare(type="file-history-snapshot", snapshot=snapshot)
    fork = Talk(TWO, lines=[*head.lines, *talk.lines], now=talk.now + 60)
    fork.cwd = "/code/other"
    fork.asked("and a pear").said("that too").write(tmp_path, "-code-other")
    Talk(THREE).asked("pick a plum").said("picked").write(tmp_path)
    seen = look(tmp_path)
    assert {name: one.parent for name, one in seen.items()} == {ONE: None, TWO: ONE, THREE: None}
    assert seen[TWO].cwd == Path("/code/other")


def test_what_a_fork_copies_after_its_own_answer_is_the_past(tmp_path: Path) -> None:
    old = Talk(ONE).asked("pick a plum").called("Bash", command="pick").answered().said("picked")
    fork = Talk(TWO, now=old.now + 60).asked("and a pear").said("that too")
    prompt, answer, end = fork.lines
    fork.lines = [answer, *old.lines, prompt, end]
    fork.write(tmp_path)
    with process() as pid:
        process_file(tmp_path, pid, TWO, statusUpdatedAt=(fork.now + 1) * 1000)
        (seen,) = Reading(tmp_path).look()
    assert (seen.status, seen.last_message, seen.title) == (Status.IDLE, "that too", "pick a plum")
    assert seen.tokens == 3 * 115
    assert seen.turn == fork.now - 2
    failing = Talk(TWO, now=old.now).asked("more").failed("API Error: 400")
    whole = Talk(THREE, now=failing.now).asked("again").said("better")
    Talk(THREE, lines=[whole.lines[1], *old.lines, *failing.lines, whole.lines[0]]).write(tmp_path)
    better = look(tmp_path)[THREE]
    assert (better.status, better.last_message) == (Status.IDLE, "better")


def test_a_first_turn_that_ended_a_moment_ago_goes_on_until_there_is_a_transcript(tmp_path: Path) -> None:
    now = time.time()
    with process() as pid:
        process_file(tmp_path, pid, ONE, startedAt=now * 1000, statusUpdatedAt=now * 1000)
        reading = Reading(tmp_path)
        assert reading.look()[0].status is Status.IDLE, "it has not worked yet"
        process_file(tmp_path, pid, ONE, startedAt=now * 1000, status="busy", statusUpdatedAt=now * 1000)
        assert reading.look()[0].status is Status.BUSY
        process_file(tmp_path, pid, ONE, startedAt=now * 1000, statusUpdatedAt=time.time() * 1000)
        assert reading.look()[0].status is Status.BUSY
        process_file(tmp_path, pid, ONE, startedAt=now * 1000, statusUpdatedAt=(time.time() - 1) * 1000)
        assert reading.look()[0].status is Status.IDLE, "Escape leaves no record"
        process_file(tmp_path, pid, ONE, startedAt=now * 1000, statusUpdatedAt=time.time() * 1000)
        Talk(ONE, now=now).asked("pick a plum").said("picked").write(tmp_path)
        (seen,) = reading.look()
        assert (seen.status, seen.last_message) == (Status.IDLE, "picked")


def test_only_what_has_grown_is_read(tmp_path: Path) -> None:
    talk = Talk(ONE).asked("pick a plum").said("picked")
    path = talk.write(tmp_path)
    reading = Reading(tmp_path)
    assert reading.look()[0].last_message == "picked"
    with path.open("ab") as file:  # no record of a conversation: only half of one
        half = Talk(ONE, now=talk.now).said("half").lines[0]
        file.write(half[:40])
        file.flush()
        assert reading.look()[0].last_message == "picked"
        file.write(half[40:])
        file.flush()
        assert reading.look()[0].last_message == "half"
    before = path.stat()
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"half"', b'"HALF"'))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert reading.look()[0].last_message == "half", "unchanged by all that is looked at: not read"
    path.write_bytes(Talk(ONE).asked("anew").said("shorter").lines[1])
    assert reading.look()[0].last_message == "shorter", "a file that shrank is read anew"
    other = path.with_suffix(".tmp")
    other.write_bytes(b"".join(Talk(ONE).asked("replaced").said("another file").lines))
    other.rename(path)
    assert reading.look()[0].last_message == "another file"


def test_rubbish_is_passed_over(tmp_path: Path) -> None:
    good = Talk(ONE).asked("pick a plum").said("picked")
    records = (
        b"not json", b"[]", b'"text"', b"null", b"\x00\xff\xfe", b"{" * 100_000, b'{"type": "assistant"}',
        b'{"type": "assistant", "message": []}', b'{"type": "user", "message": {"content": 7}}',
        b'{"type": "assistant", "message": {"content": [1, {"type": "text", "text": 3}], "usage": 1, "id": "x"}}',
        b'{"type": "assistant", "message": {"content": [], "usage": {"input_tokens": "x"}, "id": "y"}}',
        b'{"type": "user", "timestamp": "yesterday", "cwd": 5, "uuid": {}}', b'{"type": ["user"]}',
        b'{"type": "system", "subtype": ["turn_duration"], "timestamp": "0001-01-01T00:00:00+14:00"}',
        b'{"type": "system", "cwd": "/a\\u0000b"}', b'{"type": "system", "cwd": "/\\ud800"}',
        b'{"type": "file-history-snapshot", "snapshot": {"timestamp": 7}}',
    )  # fmt: skip
    rubbish = [record + b"\n" for record in records]
    path = good.write(tmp_path)
    path.write_bytes(b"".join([*rubbish, *good.lines, *rubbish]))
    folder = path.parent
    (folder / f"{TWO}.jsonl").write_bytes(os.urandom(50_000))
    (folder / "agent-abcdef.jsonl").write_bytes(b"".join(good.lines))
    (folder / f"{THREE}.jsonl").mkdir()
    os.mkfifo(folder / f"{conversation_id(4)}.jsonl")
    (folder / f"{conversation_id(5)}.jsonl").symlink_to(folder / "nothing")
    (tmp_path / "projects" / "a file").write_text("x")
    sessions = tmp_path / "sessions"
    sessions.mkdir()
    for number, text in enumerate([b"", b"{", b"[]", b"null", os.urandom(300)]):
        (sessions / f"{5_000_000 + number}.json").write_bytes(text)
    (sessions / f"{os.getpid()}.json").write_bytes(NUMBERS)
    (sessions / "1.json").mkdir()
    (sessions / "pid-17.json").write_text("{}")
    seen = look(tmp_path)
    assert set(seen) == {ONE, "x"}
    assert (seen["x"].since, seen["x"].started, seen["x"].status) == (None, None, Status.UNKNOWN)


def test_a_file_that_is_being_rewritten_says_what_it_said(tmp_path: Path) -> None:
    with process() as pid:
        path = process_file(tmp_path, pid, ONE, status="busy")
        reading = Reading(tmp_path)
        assert reading.look()[0].status is Status.BUSY
        whole = path.read_text()
        path.write_text("")
        assert reading.look()[0].status is Status.BUSY
        path.write_text(whole[:50])
        assert reading.look()[0].status is Status.BUSY
        path.write_text(whole.replace('"busy"', '"idle"'))
        assert reading.look()[0].status is Status.IDLE


def test_a_file_that_is_rewritten_at_the_same_moment_and_size_is_read(tmp_path: Path) -> None:
    with process() as pid:
        path = process_file(tmp_path, pid, ONE, status="busy")
        reading = Reading(tmp_path)
        assert reading.look()[0].status is Status.BUSY
        before = path.stat()
        path.write_text(path.read_text().replace('"busy"', '"idle"'))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert reading.look()[0].status is Status.IDLE


def test_of_a_large_transcript_the_head_and_the_tail_are_read(tmp_path: Path) -> None:
    talk = Talk(ONE).asked("pick a plum")
    for number in range(50):
        talk.called("Bash", command=f"echo {number}").answered("x" * 1_000_000)
    path = talk.said("fifty megabytes").called("Bash", command="npm test").write(tmp_path)
    assert path.stat().st_size > 50_000_000
    reading = Reading(tmp_path)
    begun = time.perf_counter()
    with process() as pid:
        process_file(tmp_path, pid, ONE, status="waiting", waitingFor="permission prompt")
        (seen,) = reading.look()
    assert time.perf_counter() - begun < 5
    assert (seen.title, seen.last_message, seen.tokens) == ("pick a plum", "fifty megabytes", None)
    assert seen.question is not None
    assert seen.question.command == "npm test"
    with path.open("ab") as file:
        file.write(b"".join(Talk(ONE, now=talk.now).said("and more").lines))
    assert reading.look()[0].last_message == "and more"


def test_of_thousands_the_newest_are_told(tmp_path: Path) -> None:
    for number in range(1, 3001):
        path = Talk(conversation_id(number)).asked(f"plum {number}").said("picked").write(tmp_path, f"-{number % 40}")
        os.utime(path, (NOON + number, NOON + number))
    reading = Reading(tmp_path)
    with process() as pid:
        process_file(tmp_path, pid, ONE, status="busy")
        seen = reading.look()
    assert len(seen) == 500
    assert seen[0].conversation == ONE, "what lives comes first, however old it is"
    assert {each.conversation for each in seen[1:]} == {conversation_id(number) for number in range(2502, 3001)}

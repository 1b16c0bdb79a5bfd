"""`hedgerow start` and the others about sessions, as processes: the scripted agent in real tmux, no server up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.screen import on_a_screen
from tests.support.hedgerow import Answer, shell
from tests.support.home import Home
from tests.support.oracle import Oracle, difference
from tests.support.scripted import living_shortly, settings_of, starts
from tests.support.until import until

from hedgerow.cli.exit_codes import ExitCode
from hedgerow.protocol.commands import BY_VERB


@pytest.fixture(autouse=True)
def home() -> Iterator[Home]:
    with living_shortly() as made:
        settings_of(made)
        yield made


def told(home: Home, repository: Path, session: str, *phases: str) -> dict[str, Any]:
    """The row of a session once `list` has it in one of these phases."""
    row: dict[str, Any] = {}

    def there() -> bool:
        listed = shell(home, repository, "list", "--past", "--json").json["sessions"]
        row.update(next((each for each in listed if each["id"] == session), {}))
        return row.get("phase") in phases

    try:
        until(there, f"{session} to be {phases}")
    except AssertionError as error:
        raise AssertionError(f"{error}: {row}") from None
    return row


def in_json(answer: Answer, verb: str) -> Any:
    assert answer.exit_code == 0, f"{answer.exit_code}: {answer.output}{answer.errors}"
    BY_VERB[verb].result.model_validate_json(answer.output)
    return answer.json


def test_from_a_prompt_to_an_archive(home: Home, repository: Path) -> None:
    started = in_json(
        shell(home, repository, "start", "scripted", "write fruit.txt apple; say It is done", "--name", "fix",
              "--label", "mine", "--json"), "start",
    )  # fmt: skip
    session = started["session"]["id"]
    worktree = Path(started["paths"][0])
    done = told(home, repository, session, "done")
    assert (done["lastMessage"], done["label"], done["host"]) == ("It is done", "mine", "tmux")
    assert (worktree / "fruit.txt").read_text() == "apple\n"

    listed = shell(home, repository, "list").output
    line = next(line for line in listed.splitlines() if session in line)
    assert re.fullmatch(rf"✓ +mine {session} +scripted +done +fix +(now|\d+s)", line.strip()), line

    assert shell(home, repository, "logs", "fix").output.splitlines()[0] == "It is done"
    in_json(shell(home, repository, "pin", "fix", "--json"), "pin")
    assert "pinned" in shell(home, repository, "list").output
    in_json(shell(home, repository, "pin", "fix", "--no-pinned", "--json"), "pin")
    in_json(shell(home, repository, "mark-seen", "fix", "--json"), "markSeen")
    told(home, repository, session, "idle")
    assert "is called 'better' now" in shell(home, repository, "rename", session, "better").output
    in_json(shell(home, repository, "send", "better", "ask Bash; say again", "--json"), "send")
    told(home, repository, session, "waiting")
    assert "waiting: wants to use Bash" in shell(home, repository, "list").output

    busy = shell(home, repository, "stop", "fix")
    assert busy.exit_code == ExitCode.REFUSED, busy.errors
    assert "in the middle of a turn (waiting)" in busy.errors
    stopped = shell(home, repository, "stop", "fix", "--interrupt")
    assert f"Stopped better; `hedgerow resume {session}` goes on" in stopped.output

    oracle = Oracle(home)
    before = oracle.observe(repository)
    asked = shell(home, repository, "archive", "better")
    assert asked.exit_code == ExitCode.UNANSWERED
    assert "fruit.txt" in asked.output + asked.errors
    assert difference(before, oracle.observe(repository)) == []
    done_with = in_json(shell(home, repository, "archive", "better", "--yes", "--json"), "archive")
    assert not worktree.exists()
    assert done_with["session"]["archived"]
    assert session not in shell(home, repository, "list").output
    assert "archived" in shell(home, repository, "list", "--past").output


def test_arguments_after_the_prompt_go_to_the_agent(home: Home, repository: Path) -> None:
    started = shell(
        home, repository, "start", "copilot", "say hello", "--name", "one", "--arguments=--model", "--arguments=gpt-6",
        "--json",
    )  # fmt: skip
    session = started.json["session"]["id"]
    told(home, repository, session, "done")
    (how,) = starts(home, session)
    assert how["argv"][2:] == ["--name=say hello", "--model", "gpt-6", "--interactive=say hello"]


def test_one_that_fails_is_known_without_a_server(home: Home, repository: Path) -> None:
    started = shell(home, repository, "start", "scripted", "exit 7", "--name", "one", "--json").json
    failed = told(home, repository, started["session"]["id"], "failed")
    assert failed["detail"] == "the agent ended with exit status 7"
    assert "something is wrong" in shell(home, repository, "logs", "one").output
    assert "! " in next(line for line in shell(home, repository, "list").output.splitlines() if "exit status" in line)


def test_attach_shows_the_terminal_and_prints_how_where_there_is_none(home: Home, repository: Path) -> None:
    started = shell(home, repository, "start", "scripted", "say look at me", "--name", "one", "--json").json
    session = started["session"]["id"]
    told(home, repository, session, "done")
    printed = shell(home, repository, "attach", "one")
    assert printed.exit_code == 0
    assert f"tmux -u -L hedgerow attach-session -t ={session}" in printed.output
    with on_a_screen(home, repository, "attach", "one") as screen:
        screen.wait_for("look at me")
        screen.type("say and I answer\r")
        screen.wait_for("and I answer")
    told(home, repository, session, "done", "idle")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["start", "nobody", "x"], "there is no agent 'nobody'"),
        (["start", "codex", "x"], "is not on your PATH"),
        (["start", "quiet", "x"], "takes no prompt"),
        (["start", "scripted", "x", "--checkout", "nowhere"], "nowhere"),
        (["send", "nobody", "x"], "there is no session 'nobody'"),
        (["attach", "nobody"], "there is no session 'nobody'"),
        (["resume", "nobody"], "there is no session 'nobody'"),
    ],
)
def test_what_cannot_be_is_one_sentence(home: Home, repository: Path, words: list[str], sentence: str) -> None:
    oracle = Oracle(home)
    before = oracle.observe(repository)
    answer = shell(home, repository, *words)
    assert answer.exit_code == ExitCode.REFUSED
    assert sentence in " ".join(answer.errors.split())
    assert "Traceback" not in answer.errors
    assert difference(before, oracle.observe(repository)) == []
    assert starts(home) == []

"""The command line that an order becomes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.sessions.agents.agent import Order, Prepared
from hedgerow.sessions.agents.claude.launching import home, launch, program

HOOK = ("/usr/bin/python3", "-I", "/h/hook.py", "/inbox")


@pytest.fixture
def order(tmp_path: Path) -> Order:
    claude = tmp_path / "bin" / "claude"
    claude.parent.mkdir()
    claude.write_text("#!/bin/sh\n")
    claude.chmod(0o755)
    return Order("s1", tmp_path, {"PATH": str(claude.parent), "HOME": str(tmp_path)}, tmp_path / "inbox", HOOK)


def option(prepared: Prepared, name: str) -> str:
    return prepared.argv[prepared.argv.index(name) + 1]


def test_a_new_one(order: Order) -> None:
    made = launch(replace(order, prompt="-fix it\x1b[31m", label="fix\x07 it", arguments=("--model", "opus")))
    assert made.argv[0] == str(order.cwd / "bin" / "claude")
    assert option(made, "--session-id") == made.conversation
    assert made.argv[-4:] == ("--model", "opus", "--", "-fix it")
    assert "--name=fix it" in made.argv
    hooks = json.loads(option(made, "--settings"))["hooks"]
    assert hooks["Stop"][0]["hooks"][0]["command"] == "/usr/bin/python3 -I /h/hook.py /inbox s1"
    assert "--resume" not in made.argv
    assert made.env == {}
    assert any("hooks" in each for each in made.adds)
    assert launch(order).conversation != made.conversation
    assert "--" not in launch(order).argv


def test_it_is_resumed_by_its_record_and_forked_under_a_new_id(order: Order) -> None:
    record = order.cwd / "there.jsonl"
    record.write_text("{}\n")
    going_on = replace(order, resume="c1", transcript=record, label="mine")
    made = launch(going_on)
    assert (option(made, "--resume"), made.conversation) == (str(record), "c1")
    assert "--session-id" not in made.argv
    assert "--fork-session" not in made.argv
    fork = launch(replace(going_on, fork=True))
    assert option(fork, "--resume") == str(record)
    assert option(fork, "--session-id") == fork.conversation != "c1"
    assert "--fork-session" in fork.argv
    assert option(launch(replace(going_on, transcript=None)), "--resume") == "c1"
    record.unlink()
    with pytest.raises(HedgerowError, match="is gone") as gone:
        launch(going_on)
    assert gone.value.code is ErrorCode.NO_SUCH_SESSION


def test_settings_of_the_person_are_merged(order: Order) -> None:
    file = order.cwd / "theirs.json"
    theirs = {"model": "opus", "hooks": {"Stop": [{"hooks": []}], "PreToolUse": []}}
    file.write_text(json.dumps(theirs))
    for given in (("--settings", "theirs.json"), (f"--settings={json.dumps(theirs)}",), ("--settings", str(file))):
        made = launch(replace(order, arguments=(*given, "--verbose")))
        assert made.argv.count("--settings") == 1
        merged = json.loads(option(made, "--settings"))
        assert (merged["model"], merged["hooks"]["PreToolUse"]) == ("opus", [])
        assert [len(group["hooks"]) for group in merged["hooks"]["Stop"]] == [0, 1]
        assert made.argv[-1] == "--verbose"
        assert any("merged" in each for each in made.adds)
    assert json.loads(file.read_text()) == theirs


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--session-id", "x"), "chooses the id"),
        (("--session-id=x",), "chooses the id"),
        (("-r",), "resume or fork"),
        (("--continue",), "resume instead"),
        (("-p",), "leaves no session"),
        (("--worktree=x",), "makes the worktree"),
        (("--bg",), "keeps the session running"),
        (("--", "hello"), "goes into the prompt"),
        (("--settings",), "lacks its file"),
        (("--settings", "none.json"), "cannot be read"),
        (("--settings", "{"), "no JSON"),
        (("--settings", '{"hooks": 3}'), "no JSON object"),
        (("--settings", '{"hooks": {"Stop": 3}}'), "no list"),
        (("a\0b",), "NUL"),
    ],
)
def test_arguments_that_would_take_over_are_refused(order: Order, arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(HedgerowError, match=sentence) as refused:
        launch(replace(order, arguments=arguments))
    assert refused.value.code is ErrorCode.BAD_PARAMS


def test_a_prompt_that_no_command_line_holds(order: Order) -> None:
    with pytest.raises(HedgerowError, match="put it into a file"):
        launch(replace(order, prompt="ü" * 60_000))


def test_a_name_of_the_person_s_own_is_kept(order: Order) -> None:
    made = launch(replace(order, label="ours", arguments=("-n", "theirs")))
    assert not any(word.startswith("--name") for word in made.argv)


def test_the_environment(order: Order, tmp_path: Path) -> None:
    nested = {**order.environment, "CLAUDECODE": "1", "CLAUDE_CODE_ENTRYPOINT": "cli", "ANTHROPIC_API_KEY": "k"}
    made = launch(replace(order, environment=nested, agent_home=tmp_path / "own"))
    assert made.env == {
        "CLAUDECODE": "", "CLAUDE_CODE_ENTRYPOINT": "", "CLAUDE_CONFIG_DIR": str(tmp_path / "own"),
    }  # fmt: skip
    assert home({"HOME": "/home/u"}) == Path("/home/u/.claude")
    assert home({"HOME": "/home/u", "CLAUDE_CONFIG_DIR": "/c"}) == Path("/c")


def test_no_program(order: Order) -> None:
    found = program(order.environment)
    assert found is not None
    found.chmod(0o644)
    assert program(order.environment) is None
    with pytest.raises(HedgerowError) as missing:
        launch(order)
    assert missing.value.code is ErrorCode.NO_AGENT

"""What is typed becomes the params of the table's commands; what does not fit is one sentence."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from pydantic import ValidationError

from hedgerow.cli import quick
from hedgerow.cli.options import kebab, misfits, options, params_of
from hedgerow.cli.parser import completion_script, parse
from hedgerow.cli.typed import Completion, Serve, Shell, Typed, UsageError
from hedgerow.protocol.commands import BY_VERB, COMMANDS, Command
from hedgerow.protocol.model import Model
from hedgerow.protocol.worktrees import CleanUpParams, CreateParams, KeepParams, SetBaseParams, SetupChoice

HERE = Path("/somewhere")

each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb)


def typed(line: str) -> Typed:
    result = parse(shlex.split(line))
    assert isinstance(result, Typed)
    return result


def params(line: str) -> Model:
    read = typed(line)
    return params_of(read.command, read.values, HERE)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("create", CreateParams()),
        ("create fix-login", CreateParams(name="fix-login")),
        (
            "create --name x --from '#12' --branch b --carry move --keep",
            CreateParams(name="x", from_="#12", branch="b", carry="move", keep=True),
        ),
        ("create --setup-skip", CreateParams(setup=SetupChoice(skip=True))),
        ("create --setup-sha256 ab --setup-choice big", CreateParams(setup=SetupChoice(sha256="ab", choice="big"))),
        ("create none --from null", CreateParams(name="none", from_="null")),
        ("create -- -x", CreateParams(name="-x")),
        ("create --name=-x", CreateParams(name="-x")),
        ("create --token t --dry-run", CreateParams(token="t", dry_run=True)),
        ("create --repository sub/dir", CreateParams(repository="/somewhere/sub/dir")),
        ("create --repository /elsewhere", CreateParams(repository="/elsewhere")),
        ("keep x", KeepParams(checkout="x")),
        ("keep x --no-kept", KeepParams(checkout="x", kept=False)),
        ("clean-up", CleanUpParams()),
        ("clean-up a 'b c' --delete-branch", CleanUpParams(checkouts=["a", "b c"], delete_branch=True)),
        ("clean-up --checkouts a --checkouts b", CleanUpParams(checkouts=["a", "b"])),
        ("set-base x origin/main", SetBaseParams(checkout="x", base="origin/main")),
        ("set-base --base y --checkout x", SetBaseParams(checkout="x", base="y")),
    ],
)
def test_params(line: str, wanted: Model) -> None:
    assert params(line) == wanted


def test_the_shell_waits_for_complete_rows_and_does_not_ask_whether_to() -> None:
    assert params("list").model_dump()["wait"] is True
    with pytest.raises(UsageError):
        parse(["list", "--wait"])


def test_json_and_yes_go_with_every_command() -> None:
    for command in COMMANDS:
        words = ["x"] * sum(option.required for option in options(command))
        read = parse([kebab(command.verb), *words, "--json", "--yes"])
        assert isinstance(read, Typed)
        assert (read.command, read.json, read.yes) == (command, True, True)


@each_command
def test_examples_are_command_lines_that_fit(command: Command) -> None:
    program, *arguments = shlex.split(command.example)
    assert program == "hedgerow"
    read = parse(arguments)
    assert isinstance(read, Typed)
    assert read.command is command
    params_of(command, read.values, HERE)


@each_command
def test_the_quick_way_answers_as_the_parser_does(command: Command) -> None:
    """Every switch by itself, all of them, and everything the quick way has to leave to the parser."""
    verb = kebab(command.verb)
    switches = [option.flag for option in options(command) if option.annotation is bool and option.default is False]
    lines = [[verb], *([verb, flag] for flag in [*switches, "--json", "--yes"]), [verb, *switches, "--json", "--yes"]]
    required = any(option.required for option in options(command))
    for line in lines:
        assert quick.read(line) == (None if required else parse(line))
    for line in (
        [verb, "word"],
        [verb, "--json", "--json"],
        [verb, "--help"],
        [verb, "--bogus"],
        [verb, "--repository"],
    ):
        assert quick.read(line) is None


@pytest.mark.parametrize("line", [[], ["--help"], ["nope"], ["serve"], ["completion"]])
def test_what_is_no_command_of_the_table_goes_the_long_way(line: list[str]) -> None:
    assert quick.read(line) is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nope", 'Unknown command "nope"'),
        ("creat", 'Did you mean "create"?'),
        ("create --bogus", "Unknown option: --bogus."),
        ("create a b", "There is no place for 'b' here."),
        ("list extra", "There is no place for 'extra' here."),
        ("create --from", "--from requires an argument."),
        ("create --carry some", 'Choose from: "none", "copy", "move".'),
        ("create --from a --from b", "--from specified multiple times."),
        ("keep", "--checkout requires an argument."),
        ("set-base x", "--base requires an argument."),
        ("history --limit many", 'unable to convert "many" into int'),
        ("completion tcsh", "tcsh"),
    ],
)
def test_what_does_not_fit_is_one_sentence(line: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(shlex.split(line))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("verb", "values", "said"),
    [
        ("history", {"limit": 0}, "--limit: input should be greater than or equal to 1."),
        ("history", {"limit": 10**9}, "--limit: input should be less than or equal to 10000."),
        ("create", {"setup_sha256": 5}, "--setup-sha256: input should be a valid string."),
        ("cleanUp", {"checkouts": ["a", 5]}, "--checkouts: input should be a valid string."),
        ("create", {"from_": 5}, "--from: input should be a valid string."),
    ],
)
def test_a_value_that_does_not_fit_is_told_by_its_option(verb: str, values: dict[str, object], said: str) -> None:
    command = BY_VERB[verb]
    with pytest.raises(ValidationError) as refused:
        params_of(command, values, HERE)
    line = misfits(command, refused.value)
    assert line == said


@pytest.mark.parametrize("line", ["serve", "serve --stdio"])
def test_serve(line: str) -> None:
    assert parse(line.split()) == Serve()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_options(shell: Shell) -> None:
    assert parse(["completion", shell]) == Completion(shell)
    script = completion_script(shell)
    assert all(kebab(command.verb) in script for command in COMMANDS)
    assert "delete-branch" in script

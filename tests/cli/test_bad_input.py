"""What does not fit is one sentence and an exit code, and changes nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.hedgerow import shell
from tests.support.home import Home
from tests.support.oracle import Oracle, difference

from hedgerow.protocol.checkouts import ListResult


@pytest.mark.parametrize(
    ("args", "exit_code", "said"),
    [
        (["nope"], 2, "Unknown command"),
        (["create", "--bogus"], 2, "--bogus"),
        (["create", "a", "b"], 2, "'b'"),
        (["keep"], 2, "--checkout"),
        (["history", "--limit", "0"], 2, "--limit"),
        (["create", "a/../b"], 1, "a/../b"),
        (["create", "x\x1b[31my"], 1, "x\\x1b[31my"),
        (["create", "x\ny"], 1, "x\\ny"),
        (["create", "--name=-x"], 1, "-x"),
        (["create", "y" * 300], 1, "yyy"),
        (["create", "x", "--from=--output=/tmp/x"], 1, "--output"),
        (["create", "x", "--from", "nowhere"], 1, "nowhere"),
        (["create", "x", "--branch", "main"], 1, "main"),
        (["clean-up", "nope"], 1, "nope"),
        (["clean-up", "Local"], 1, "Local"),
        (["clean-up", "Local", "--token", "invented"], 1, ""),
        (["restore", "nope"], 1, "nope"),
        (["undo", "nope"], 1, "nope"),
        (["undo"], 1, ""),
        (["show", "nope"], 1, "nope"),
        (["rename", "Local", "\x1b]0;title\x07"], 1, ""),
        (["list", "--repository", "/"], 1, "/"),
        (["completion", "tcsh"], 2, "tcsh"),
        (
            ["reject", "Local", "a.txt", "--lines", "9-3"],
            2,
            "hedgerow: --lines: '9-3' is no range of lines; write 12 or",
        ),
        (["accept", "Local"], 2, "hedgerow: say which: `paths`, or `all`."),
    ],
    ids=lambda value: " ".join(value)[:40].encode("unicode_escape").decode() if isinstance(value, list) else None,
)
def test_bad_input_is_one_sentence_and_changes_nothing(
    home: Home, repository: Path, args: list[str], exit_code: int, said: str
) -> None:
    oracle = Oracle(home)
    before = oracle.observe(repository)
    answer = shell(home, repository, *args)
    assert answer.exit_code == exit_code, answer.output + answer.errors
    assert answer.output == ""
    first, *rest = answer.errors.splitlines()
    assert first.startswith("hedgerow: ")
    assert said in first
    assert rest == [] or (exit_code == 2 and len(rest) == 1 and rest[0].startswith("See `hedgerow "))
    assert "\x1b" not in answer.errors
    assert difference(before, oracle.observe(repository)) == []
    assert list(repository.parent.glob("*.worktrees/*")) == []


@pytest.mark.parametrize(
    ("args", "exit_code", "code"),
    [
        (["nope"], 2, "badParams"),
        (["history", "--limit", "0"], 2, "badParams"),
        (["create", "x\x1b[31my"], 1, "badName"),
        (["clean-up", "nope"], 1, "noSuchCheckout"),
    ],
)
def test_errors_in_json(home: Home, repository: Path, args: list[str], exit_code: int, code: str) -> None:
    answer = shell(home, repository, *args, "--json")
    assert (answer.exit_code, answer.errors) == (exit_code, "")
    error = answer.json["error"]
    assert error["code"] == code
    assert error["message"]
    assert isinstance(error["data"], dict)
    assert answer.output.isascii()


def test_outside_a_repository(home: Home) -> None:
    answer = shell(home, home.root, "list")
    assert answer.exit_code == 1
    assert "not inside a git repository" in answer.errors
    assert shell(home, home.root, "list", "--json").json["error"]["code"] == "notARepository"


def test_a_directory_that_is_gone(home: Home, repository: Path) -> None:
    gone = home.root / "gone"
    gone.mkdir()
    program = Path(sys.executable).parent / "hedgerow"
    command = f'cd "{gone}" && rmdir "{gone}" && "{program}" list'
    answer = subprocess.run(
        ["sh", "-c", command], env=home.environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("hedgerow: the directory you are in no longer exists")


def test_a_bad_setting_is_warned_about_and_stops_nothing(home: Home, repository: Path) -> None:
    path = home.home / ".config" / "hedgerow" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text('retention = "many"\n')
    answer = shell(home, repository, "list", "--json")
    assert answer.exit_code == 0
    assert answer.errors == "settings.toml: retention is ignored: input should be a valid integer.\n"
    ListResult.model_validate_json(answer.output)

"""Settings from the person's file and the editor: what counts, and what is said about the rest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.home import Home

from hedgerow.config import load_settings, settings_path
from hedgerow.protocol.settings import Settings


@pytest.fixture
def file(home: Home) -> Path:
    path = settings_path()
    assert home.root in path.parents
    path.parent.mkdir(parents=True)
    return path


def test_defaults_when_there_is_nothing(home: Home) -> None:
    assert load_settings() == (Settings(), [])
    assert load_settings({}) == (Settings(), [])


def test_the_editor_overrides_the_file_overrides_the_defaults(file: Path) -> None:
    file.write_text('startFrom = "fresh"\nlargeFileMib = 7\nrebuildable = ["out"]\n')
    settings, warnings = load_settings({"largeFileMib": 9, "trashHours": 2})
    assert warnings == []
    assert settings == Settings(start_from="fresh", large_file_mib=9, rebuildable=["out"], trash_hours=2)


@pytest.mark.parametrize("editor", [{"retention": 0}, {"retention": None}])
def test_retention_is_turned_off_by_the_editor(home: Home, editor: dict[str, object]) -> None:
    settings, warnings = load_settings(editor)
    assert (settings.retention, warnings) == (None, [])


def test_retention_is_turned_off_by_zero_in_the_file(file: Path) -> None:
    file.write_text("retention = 0\n")
    assert load_settings()[0].retention is None
    assert load_settings({"retention": 3})[0].retention == 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("retention = -1", "retention is ignored: input should be greater than or equal to 1."),
        ("retention = false", "retention is ignored: input should be a valid integer."),
        ('retention = "15"', "retention is ignored: input should be a valid integer."),
        ("trashHours = inf", "trashHours is ignored: input should be a finite number."),
        ("gitProcesses = 65", "gitProcesses is ignored: input should be less than or equal to 64."),
        ('startFrom = "main"', "startFrom is ignored: input should be 'head' or 'fresh'."),
        ("rebuildable = ['a', 1]", "rebuildable is ignored: input should be a valid string."),
        ("start-from = 'head'", "start-from is ignored: there is no such setting; did you mean startFrom?"),
        ("trash_hour = 1", "trash_hour is ignored: there is no such setting; did you mean trashHours?"),
        ("[elsewhere]", "elsewhere is ignored: there is no such setting."),
        ('"\\u001b[31m" = 1', "'\\x1b[31m' is ignored: there is no such setting."),
    ],
)
def test_a_bad_entry_is_one_sentence_and_the_rest_counts(file: Path, line: str, said: str) -> None:
    file.write_text(f"setup = false\n{line}\n")
    settings, warnings = load_settings()
    assert warnings == [f"settings.toml: {said}"]
    assert settings == Settings(setup=False)


def test_a_bad_entry_of_the_editor_leaves_the_file_in_force(file: Path) -> None:
    file.write_text("retention = 4\n")
    settings, warnings = load_settings({"retention": "many", "setup": False})
    assert settings == Settings(retention=4, setup=False)
    assert warnings == ["the editor's settings: retention is ignored: input should be a valid integer."]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"retention = = 4", "it is not TOML"), (b"retention = 4 # \xff", "it is not UTF-8 text")],
)
def test_a_broken_file_is_one_sentence(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    settings, [warning] = load_settings({"setup": False})
    assert settings == Settings(setup=False)
    assert warning.startswith(f"{file} is ignored: ")
    assert said in warning


def test_a_directory_in_its_place_is_one_sentence(file: Path) -> None:
    file.mkdir()
    settings, [warning] = load_settings()
    assert settings == Settings()
    assert warning == f"{file} is ignored: it cannot be read ({os.strerror(21)})."

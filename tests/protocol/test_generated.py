"""What is generated from the table of commands is up to date, and staleness is noticed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from generate import lua, package_json
from generate.__main__ import MANIFEST, ROOT, STRINGS, WHOLE, main
from generate.schema import Protocol


def test_committed_files_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err
    assert (ROOT / MANIFEST).exists()


@pytest.fixture
def generated(tmp_path: Path) -> Path:
    manifest = tmp_path / MANIFEST
    manifest.parent.mkdir(parents=True)
    manifest.write_text((ROOT / MANIFEST).read_text())
    assert main(["--root", str(tmp_path)]) == 0
    assert main(["--root", str(tmp_path), "--check"]) == 0
    return tmp_path


@pytest.mark.parametrize("path", [*WHOLE, MANIFEST, STRINGS])
def test_a_changed_file_is_named_and_mended(generated: Path, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = generated / path
    fresh = target.read_text()
    assert "Create Worktree" in fresh or "retention" in fresh
    target.write_text(fresh.replace("Create Worktree", "Make Worktree").replace("retention", "retain"))
    assert main(["--root", str(generated), "--check"]) == 1
    assert capsys.readouterr().err.splitlines() == [f"{path} is stale: run `make generate`"]
    assert main(["--root", str(generated)]) == 0
    assert main(["--root", str(generated), "--check"]) == 0
    assert path == MANIFEST or target.read_text() == fresh


def test_a_missing_file_is_stale(generated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (generated / "docs/protocol.md").unlink()
    assert main(["--root", str(generated), "--check"]) == 1
    assert "docs/protocol.md" in capsys.readouterr().err


def test_without_a_manifest_the_rest_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(tmp_path)]) == 0
    assert MANIFEST in capsys.readouterr().err
    assert all((tmp_path / path).exists() for path in WHOLE)


def test_the_manifest_keeps_what_is_not_ours() -> None:
    before = {
        "name": "x",
        "contributes": {
            "views": {"a": [{"name": "é"}]},
            "commands": [
                {"command": "hedgerow.restartServer", "title": "Restart"},
                {"command": "hedgerow.ui.create", "title": "Old", "icon": "$(add)"},
                {"command": "hedgerow.ui.gone", "title": "Gone"},
            ],
            "configuration": {
                "title": "Hedgerow",
                "properties": {
                    "hedgerow.server.path": {"type": "string"},
                    "hedgerow.gone": {"type": "string"},
                    "hedgerow.startFrom": {"type": "number", "enumDescriptions": ["a", "b"]},
                },
            },
        },
        "scripts": {},
    }
    after = json.loads(package_json.render(Protocol(), json.dumps(before)))
    assert list(after) == list(before)
    assert after["contributes"]["views"] == before["contributes"]["views"]
    commands = {entry["command"]: entry for entry in after["contributes"]["commands"]}
    assert commands["hedgerow.restartServer"] == {"command": "hedgerow.restartServer", "title": "Restart"}
    assert commands["hedgerow.ui.create"] == {
        "command": "hedgerow.ui.create",
        "title": "%hedgerow.ui.create%",
        "category": "Hedgerow",
        "icon": "$(add)",
        "enablement": "isWorkspaceTrusted",
    }
    assert "enablement" not in commands["hedgerow.ui.list"]
    assert "hedgerow.ui.gone" not in commands
    settings = after["contributes"]["configuration"]["properties"]
    assert settings["hedgerow.server.path"] == {"type": "string"}
    assert "hedgerow.gone" not in settings
    assert settings["hedgerow.startFrom"]["type"] == "string"
    assert settings["hedgerow.startFrom"]["enumDescriptions"] == ["a", "b"]
    # Settings that come with a repository must not speak for the person.
    ours = {name: entry for name, entry in settings.items() if name != "hedgerow.server.path"}
    assert {entry["scope"] for entry in ours.values()} == {"machine"}


def test_what_a_person_reads_of_the_manifest_can_be_translated() -> None:
    before = {"hedgerow.ui.gone": "Gone", "hedgerow.gone": "Gone", "hedgerow.client.restart": "Restart", "view": "é"}
    after = json.loads(package_json.render_strings(Protocol(), json.dumps(before)))
    assert {key: text for key, text in after.items() if key in before} == {
        "hedgerow.client.restart": "Restart",
        "view": "é",
    }
    assert after["hedgerow.ui.create"] == "Create Worktree"
    manifest = package_json.render(Protocol(), "{}")
    asked = re.findall(r'"%(.+)%"', manifest)
    assert len(asked) > 40
    assert set(asked) == set(json.loads(package_json.render_strings(Protocol(), "")))


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("plain", "'plain'"),
        ("Local's", '"Local\'s"'),
        ('say "x"', "'say \"x\"'"),
        ("both ' and \"", "'both \\' and \"'"),
        ("a\\b\nc", "'a\\\\b\\nc'"),
    ],
)
def test_lua_strings(text: str, quoted: str) -> None:
    assert lua.quote(text) == quoted

"""A Neovim of each version that is supported, with the plugin installed, in a home of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.neovim.editor import Editor, until

ROOT = Path(__file__).parents[2]
SUITES = {"0.10": "trixie", "0.12": "forky"}

Start = Callable[..., Editor]

# Notifications are kept for the test to read; a person's own vim.notify would be set the same way.
INIT = """
_G.notified = {}
vim.notify = function(sentence, level)
  table.insert(_G.notified, { sentence, level })
end
"""


@pytest.fixture(scope="session", params=SUITES)
def neovim(request: pytest.FixtureRequest) -> Path:
    """The executable of a Neovim; a machine that cannot have it skips, except in CI."""
    script = ROOT / "tests/testbed/neovim.sh"
    found = subprocess.run([script, SUITES[request.param]], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        reason = f"no Neovim {request.param}: {found.stderr.strip().splitlines()[-1:]}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return Path(found.stdout.strip())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with nothing in it but git's configuration and the plugin, installed as a package."""
    home = tmp_path / "home"
    package = home / "data/nvim/site/pack/hedgerow/start/hedgerow"
    package.parent.mkdir(parents=True)
    package.symlink_to(ROOT / "editors/neovim")
    (home / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = trunk\n")
    return home


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """All of the environment that Neovim gets: the server is on its PATH, nothing of the person's is."""
    return {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"XDG_{kind.upper()}_HOME": str(home / kind) for kind in ("config", "data", "state", "cache")},
        "XDG_RUNTIME_DIR": str(home),
    }


@pytest.fixture
def git(environment: dict[str, str]) -> Callable[..., str]:
    """Runs git in a directory, as the person of the test would."""

    def run(directory: Path, *words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(directory), *words], env=environment, capture_output=True, text=True, check=True
        ).stdout

    return run


@pytest.fixture
def repository(tmp_path: Path, git: Callable[..., str]) -> Path:
    """A repository with two commits and uncommitted work of every kind."""
    path = tmp_path / "orchard"
    path.mkdir()
    git(path, "init", "-q")
    (path / ".gitignore").write_text(".env\n")
    (path / "apple.txt").write_text("a red apple\n")
    git(path, "add", ".")
    git(path, "commit", "-qm", "Plant an apple tree")
    (path / "pear.txt").write_text("a green pear\n")
    git(path, "add", ".")
    git(path, "commit", "-qm", "Plant a pear tree")
    (path / "pear.txt").write_text("a yellow pear\n")
    (path / "quince.txt").write_text("a quince\n")
    git(path, "add", "quince.txt")
    (path / "plum tree.txt").write_text("a plum\n")
    return path


@pytest.fixture
def start(neovim: Path, home: Path, environment: dict[str, str]) -> Iterator[Start]:
    """Starts a Neovim; what ``init`` says is done in its init.lua."""
    editors: list[Editor] = []

    def start(cwd: Path, *arguments: str, init: str = "", **env: str) -> Editor:
        config = home / "config/nvim"
        config.mkdir(parents=True, exist_ok=True)
        (config / "init.lua").write_text(INIT + init)
        editor = Editor(neovim, cwd, environment | env, arguments)
        editors.append(editor)
        return editor

    yield start
    for editor in editors:
        editor.close()


@pytest.fixture
def notified() -> Callable[[Editor, int], list[str]]:
    """What Hedgerow has told the person, once it has told at least so much."""

    def notified(editor: Editor, at_least: int = 1) -> list[str]:
        def told() -> list[list[object]] | None:
            all_of_it = editor.lua("return _G.notified")
            return all_of_it if len(all_of_it) >= at_least else None

        return [str(sentence) for sentence, _level in until(told, f"{at_least} notifications")]

    return notified

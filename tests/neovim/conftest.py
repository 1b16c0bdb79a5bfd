"""A Neovim of each version that is supported, with the plugin installed, in a home of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.neovim.editor import Editor
from tests.support.home import Home
from tests.support.repositories import Playground
from tests.support.until import until

ROOT = Path(__file__).parents[2]
SUITES = {"0.10": "trixie", "0.12": "forky"}

Start = Callable[..., Editor]
Notified = Callable[..., list[str]]

# Notifications are kept for the test to read, and questions wait for it to answer, as plugins that show either do it.
INIT = """
_G.notified, _G.asked = {}, {}
vim.notify = function(sentence, level)
  table.insert(_G.notified, { sentence, level })
end
vim.ui.select = function(items, options, chosen)
  local shown = vim.tbl_map(options.format_item or tostring, items)
  table.insert(_G.asked, { options.prompt, shown })
  _G.answer = function(choice)
    for index, words in ipairs(shown) do
      if vim.startswith(words, choice) then
        return chosen(items[index], index)
      end
    end
    chosen(nil, nil)
  end
end
vim.ui.input = function(options, given)
  table.insert(_G.asked, { options.prompt, {} })
  _G.answer = given
end
"""


@pytest.fixture(scope="session", params=SUITES)
def neovim(request: pytest.FixtureRequest) -> Path:
    """The executable of a Neovim; a machine that cannot have it skips, except in CI."""
    script = ROOT / "tests/testbed/neovim.sh"
    found = subprocess.run([script, SUITES[request.param]], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        reason = f"no Neovim {request.param}: {' '.join(found.stderr.strip().splitlines()[-1:])}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return Path(found.stdout.strip())


@pytest.fixture
def environment(home: Home) -> dict[str, str]:
    """All of the environment that Neovim gets: the server is on its PATH, nothing of the person's is."""
    return home.environment(
        {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "TERM": "xterm-256color",
            "GIT_CONFIG_GLOBAL": str(home.gitconfig),
            "GIT_CONFIG_NOSYSTEM": "1",
        }
    )


@pytest.fixture
def orchard(playground: Playground) -> Path:
    """A repository with two commits and uncommitted work: staged, unstaged and untracked."""
    path = playground.repository("orchard", {"apple.txt": "a red apple\n", ".gitignore": ".env\nnode_modules/\n"})
    playground.commit(path, "Plant a pear tree", {"pear.txt": "a green pear\n"})
    playground.write(path, {"pear.txt": "a yellow pear\n", "quince.txt": "a quince\n", "plum tree.txt": "a plum\n"})
    playground.git("add", "quince.txt", cwd=path)
    return path


@pytest.fixture
def install(home: Home) -> Callable[[str], None]:
    """Installs the plugin as a package, with an init.lua that says ``init``."""

    def install(init: str) -> None:
        package = home.home / ".local/share/nvim/site/pack/hedgerow/start/hedgerow"
        if not package.exists():
            package.parent.mkdir(parents=True)
            package.symlink_to(ROOT / "editors/neovim")
        config = home.home / ".config/nvim"
        config.mkdir(parents=True, exist_ok=True)
        (config / "init.lua").write_text(init)

    return install


@pytest.fixture
def start(neovim: Path, environment: dict[str, str], install: Callable[[str], None]) -> Iterator[Start]:
    """Starts a Neovim in a directory; ``init`` is added to its init.lua."""
    editors: list[Editor] = []

    def start(cwd: Path, *arguments: str, init: str = "", **variables: str) -> Editor:
        install(INIT + init)
        editor = Editor(neovim, cwd, environment | variables, arguments)
        editors.append(editor)
        return editor

    yield start
    for editor in editors:
        editor.close()


@pytest.fixture
def notified() -> Notified:
    """What Hedgerow has told the person, once it has told at least so much."""

    def notified(editor: Editor, at_least: int = 1) -> list[str]:
        def told() -> bool:
            everything.extend(editor.lua("return vim.list_slice(_G.notified, ...)", len(everything) + 1))
            return len(everything) >= at_least

        everything: list[list[object]] = []
        try:
            until(told, f"{at_least} notifications")
        except AssertionError as error:
            raise AssertionError(f"{error}: {everything}") from None
        return [str(sentence) for sentence, _level in everything]

    return notified

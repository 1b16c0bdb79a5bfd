"""Installed as people install plugins: a package, a runtime path, `vim.pack`; and shown by lualine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.neovim.conftest import ROOT
from tests.neovim.editor import Editor
from tests.support.home import Home
from tests.support.repositories import Playground

pytestmark = pytest.mark.neovim

PLUGIN = ROOT / "editors/neovim"
Begin = Callable[..., Editor]


@pytest.fixture
def begin(neovim: Path, environment: dict[str, str], home: Home, orchard: Path) -> Iterator[Begin]:
    """A Neovim without the plugin, in a repository; what an init.lua has decides."""
    editors: list[Editor] = []

    def begin(init: str) -> Editor:
        config = home.home / ".config/nvim"
        config.mkdir(parents=True, exist_ok=True)
        (config / "init.lua").write_text(init)
        editors.append(Editor(neovim, orchard, environment, ["apple.txt"]))
        return editors[-1]

    yield begin
    for editor in editors:
        editor.close()


def works(editor: Editor) -> None:
    """The command is there with its help, and the first file of a repository has started the server."""
    editor.wait("return vim.g.hedgerow_status and vim.g.hedgerow_status.server == 'running'")
    assert editor.lua("return vim.fn.exists(':Hedgerow')") == 2
    editor.type(":Hedgerow list<CR>")
    editor.wait("return vim.bo.filetype == 'hedgerow-sessions'")
    editor.wait("return vim.fn.search('Local', 'nw') > 0")
    editor.lua("vim.cmd.checkhealth('hedgerow')")
    assert "ERROR" not in "\n".join(editor.lines())
    assert not editor.lua("return vim.v.errmsg")


@pytest.mark.parametrize("neovim", ["0.10"], indirect=True)
def test_a_package_that_is_added_when_wanted(begin: Begin, home: Home) -> None:
    package = home.home / ".local/share/nvim/site/pack/mine/opt/hedgerow"
    package.parent.mkdir(parents=True)
    package.symlink_to(PLUGIN)
    editor = begin("")
    assert editor.lua("return vim.fn.exists(':Hedgerow')") == 0
    editor.lua("vim.cmd.packadd('hedgerow')")
    editor.type(":edit pear.txt<CR>")
    works(editor)


@pytest.mark.parametrize("neovim", ["0.12"], indirect=True)
def test_a_folder_of_the_runtime_path(begin: Begin) -> None:
    works(begin(f"vim.opt.runtimepath:append('{PLUGIN}')"))


@pytest.mark.parametrize("neovim", ["0.12"], indirect=True)
@pytest.mark.parametrize("whole", [False, True], ids=["a repository of its own", "the whole repository"])
def test_vim_pack(begin: Begin, home: Home, playground: Playground, whole: bool) -> None:
    source = playground.repository("hedgerow.nvim", {"README.md": "Hedgerow\n"})
    files = subprocess.run(["git", "ls-files"], cwd=PLUGIN, capture_output=True, text=True, check=True).stdout.split()
    folder = "editors/neovim/" if whole else ""
    playground.commit(source, "The plugin", {folder + name: (PLUGIN / name).read_text() for name in files})
    load = "load = function(plugin) vim.opt.runtimepath:append(plugin.path .. '/editors/neovim') end, " if whole else ""
    editor = begin(f"vim.pack.add({{ 'file://{source}' }}, {{ {load}confirm = false }})")
    works(editor)
    (path,) = editor.lua("return vim.api.nvim_get_runtime_file('plugin/hedgerow.lua', true)")
    assert Path(path).is_relative_to(home.home), "what was installed is what runs"


@pytest.mark.parametrize("neovim", ["0.10"], indirect=True)
def test_lualine(begin: Begin) -> None:
    script = ROOT / "tests/testbed/lualine.sh"
    found = subprocess.run([script], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        if os.environ.get("CI") == "true":
            pytest.fail(found.stderr)
        pytest.skip("no lualine")
    editor = begin(
        f"""
        vim.opt.runtimepath:append('{found.stdout.strip()}')
        vim.opt.runtimepath:append('{PLUGIN}')
        require('lualine').setup({{ sections = {{ lualine_x = {{ 'hedgerow' }} }} }})
        """
    )
    line = "return vim.api.nvim_eval_statusline(vim.o.statusline, {}).str:find(..., 1, true) ~= nil"
    editor.wait(line, " Local: 0 worktrees ")
    editor.type(":Hedgerow create graft<CR>")
    editor.wait(line, " Local: 1 worktree ")
    assert not editor.lua("return vim.v.errmsg")

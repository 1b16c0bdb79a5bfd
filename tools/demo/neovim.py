"""`python -m tools.demo.neovim`: a repository, agents at work in its worktrees, and Neovim with the list open.

Nothing outside the folder is touched: home, settings and state are in it. The agents are make-believe
(`agent.py --session`), run in tmux on a socket of the folder's own, and are ended when Neovim is.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from . import ground

_ROOT = Path(__file__).parents[2]
_PLUGIN = _ROOT / "editors/neovim"
_PROMPTS = (
    "Plant roses along the hedge, and ask before you prune",
    "Water the pears",
    "Count the plums, and ask before you prune",
)
_INIT = """\
vim.opt.runtimepath:prepend({plugin})
vim.o.termguicolors = true
vim.o.laststatus = 2
vim.o.statusline = "%f %=%{{v:lua.require'hedgerow'.statusline()}} "
vim.api.nvim_create_autocmd('VimEnter', {{ callback = function()
  local prompts = vim.json.decode({prompts})
  local function start(number)
    if prompts[number] then
      local params = {{ agent = {agent}, prompt = prompts[number], setup = {{ skip = true }} }}
      require('hedgerow').run('start', params, function()
        start(number + 1)
      end)
    end
  end
  vim.cmd('Hedgerow list')
  vim.schedule(function() start(1) end)
end }})
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.demo.neovim", description=__doc__)
    parser.add_argument("--folder", type=Path, help="where to make the demo; must not exist (default: a temporary one)")
    parser.add_argument("arguments", nargs="*", help="passed on to Neovim")
    given = parser.parse_args()
    if given.folder is not None and given.folder.exists():
        parser.error(f"{given.folder} exists already; name one that does not")
    program = neovim()
    if program is None:
        print("no Neovim: install nvim 0.10 or newer, or run tests/testbed/neovim.sh forky", file=sys.stderr)
        return 1
    folder = (given.folder or Path(tempfile.mkdtemp(prefix="hedgerow-demo-"))).resolve()
    place = ground.make(folder)
    terminals = folder / "terminals"
    terminals.mkdir()
    env = {**place.env, "TMUX_TMPDIR": str(terminals), "PATH": f"{ground.program().parent}:{place.env['PATH']}"}
    env.pop("TMUX", None)
    init = folder / "init.lua"
    init.write_text(
        _INIT.format(agent=_lua(ground.SCRIPTED), plugin=_lua(str(_PLUGIN)), prompts=_lua(json.dumps(_PROMPTS)))
    )
    words = [str(program), "-u", str(init), *given.arguments]
    try:
        code = _shown(words, folder / "nvim.sock", place.local, env)
    finally:
        _end_terminals(terminals, env)
    print(f"The folder is yours to look at; delete it when you like:\n  {folder}")
    return code


def neovim() -> Path | None:
    """The `nvim` on PATH, else the newest that the test bed has."""
    found = shutil.which("nvim")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    bed = Path(os.environ.get("HEDGEROW_TESTBED") or cache / "hedgerow-testbed")
    for suite in ("forky", "trixie"):
        if found is None and (bed / f"neovim-{suite}/nvim").exists():
            found = str(bed / f"neovim-{suite}/nvim")
    return None if found is None else Path(found)


def _shown(words: list[str], socket: Path, cwd: Path, env: Mapping[str, str]) -> int:
    """Run Neovim until the person leaves it. That of the test bed cannot start its own screen: it is shown remotely."""
    program = words[0]
    if "hedgerow-testbed" not in program:
        return subprocess.run(words, cwd=cwd, env=dict(env), check=False).returncode
    hidden = subprocess.Popen(
        [program, "--headless", "--listen", str(socket), *words[1:]],
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not socket.exists() and hidden.poll() is None:
            time.sleep(0.05)
        show = [program, "--server", str(socket), "--remote-ui"]
        return subprocess.run(show, cwd=cwd, env=dict(env), check=False).returncode
    finally:
        hidden.terminate()
        hidden.wait()


def _end_terminals(terminals: Path, env: Mapping[str, str]) -> None:
    for socket in terminals.glob("tmux-*/*"):
        subprocess.run(["tmux", "-S", str(socket), "kill-server"], env=dict(env), capture_output=True, check=False)


def _lua(words: str) -> str:
    """A string of Lua that says these words."""
    return "[==[" + words + "]==]"


if __name__ == "__main__":
    sys.exit(main())

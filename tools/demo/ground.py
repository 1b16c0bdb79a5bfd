"""The demo's folder: a home of its own, a repository full of awkward things, its remote and a pull request."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

_GITCONFIG = """\
[user]
\tname = Ada
\temail = ada@example.org
[init]
\tdefaultBranch = main
[advice]
\tdetachedHead = false
[gc]
\tauto = 0
"""

_SETUP = """\
#!/bin/sh
# Makes a new worktree ready to work in.
set -e
mkdir -p node_modules
for package in apples pears plums quinces; do
    echo "installing $package"
    mkdir node_modules/$package
    for part in 1 2 3 4 5 6 7 8 9; do echo "$package" >node_modules/$package/$part.js; done
    sleep 0.3
done
echo "$HEDGEROW_NAME is ready"
"""

_STRANGERS_LINE = 'touch "$HOME/a-stranger-was-here"   # what a pull request might slip in\n'

_HARMLESS_NAMES = [
    b"a name with spaces.txt",
    "caf\u00e9 \u2013 \u6881 \u2615.md".encode(),
    b"-starts-with-a-dash",
    b"quote\"s and 'these'.txt",
    b"two\nlines.txt",
    b"a\ttab.txt",
    b":(top)not-magic",
    b"star*.txt",
]
_NOT_UTF8 = b"latin-\xe9.txt"


@dataclass(frozen=True)
class Ground:
    """Where things are.

    Attributes:
        folder: of the demo; nothing outside it is touched.
        local: where the make-believe person works.
        skipped: names that this file system cannot hold.
    """

    folder: Path
    env: dict[str, str]
    skipped: tuple[bytes, ...]

    @property
    def local(self) -> Path:
        return self.folder / "orchard"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def shell(self) -> Path:
        """`hedgerow` with this folder's home, for a person to try."""
        return self.folder / "hedgerow"


def program() -> Path:
    """The `hedgerow` of this Python."""
    return Path(sys.executable).parent / "hedgerow"


def make(folder: Path) -> Ground:
    home = folder / "home"
    home.mkdir(parents=True)
    (home / ".gitconfig").write_text(_GITCONFIG)
    own = {"HOME": str(home), **{name: str(home / place) for name, place in _PLACES.items()}}
    own["TMUX_TMPDIR"] = tempfile.mkdtemp(prefix="hr-", dir="/tmp")  # a socket's path is limited to some 100 bytes
    given = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TERM", "USER") if name in os.environ}
    ground = Ground(folder, {**given, **own}, ())
    lines = [f"export {name}={shlex.quote(value)}" for name, value in own.items()]
    ground.shell.write_text("\n".join(["#!/bin/sh", *lines, f'exec {shlex.quote(str(program()))} "$@"', ""]))
    ground.shell.chmod(0o755)
    _launch_line(ground)
    skipped = _commit_files(ground)
    _pull_request(ground)
    _uncommitted_work(ground)
    return Ground(folder, ground.env, skipped)


SCRIPTED = "gardener"
"""The built-in agent, as it is called."""
_OF_AGENTS = {"codex": ("CODEX_HOME", ".codex"), "claude": ("CLAUDE_CONFIG_DIR", ".claude")}
"""Where the person's own agents keep what they know."""


def _launch_line(ground: Ground) -> None:
    words = [sys.executable, "-I", str(Path(__file__).with_name("agent.py")), "--session", "{prompt}"]
    settings = ground.home / ".config" / "hedgerow" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[launchLines]\n{SCRIPTED} = {json.dumps(words)}\n")


def own_agent(ground: Ground, name: str) -> str | None:
    """Let the demo start the person's own agent, in their own home; answers what it lacks.

    Only the agent has that home: a wrapper on the demo's PATH gives it back what the demo's own home hides.
    """
    program = shutil.which(name)
    if program is None:
        return f"there is no {name} on your PATH"
    variable, folder = _OF_AGENTS[name]
    own = {"HOME": str(Path.home()), **{each: os.environ.get(each) for each in (*_PLACES, variable)}}
    lines = [f"export {each}={shlex.quote(value)}" if value else f"unset {each}" for each, value in own.items()]
    wrapper = ground.folder / "bin" / name
    wrapper.parent.mkdir()
    wrapper.write_text("\n".join(["#!/bin/sh", *lines, f'exec {shlex.quote(program)} "$@"', ""]))
    wrapper.chmod(0o755)
    for each, value in os.environ.items():
        if not each.startswith(("GIT_", "TMUX", "HEDGEROW_")):  # its keys and proxies, not what would lead git astray
            ground.env.setdefault(each, value)
    ground.env["PATH"] = f"{wrapper.parent}:{ground.env['PATH']}"
    ground.env[variable] = os.environ.get(variable) or str(Path.home() / folder)
    return None


_PLACES = {"XDG_STATE_HOME": ".local/state", "XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".local/share",
           "XDG_CACHE_HOME": ".cache"}  # fmt: skip


def _git(ground: Ground, cwd: Path, *args: str | bytes) -> None:
    subprocess.run(["git", *args], cwd=cwd, env=ground.env, check=True, capture_output=True)


def _write(root: Path, name: str | bytes, text: str | bytes, mode: int = 0o644) -> None:
    path = os.path.join(os.fsencode(root), os.fsencode(name))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text.encode() if isinstance(text, str) else text)
    os.chmod(path, mode)


def _commit_files(ground: Ground) -> tuple[bytes, ...]:
    local = ground.local
    _git(ground, ground.folder, "init", "--quiet", str(local))
    for number in range(300):
        _write(local, f"beds/bed_{number // 25:02}/plant_{number:03}.py", f"# plant {number}\nheight = {number}\n" * 4)
    skipped = []
    for name in (*_HARMLESS_NAMES, _NOT_UTF8):
        try:
            _write(local, b"awkward/" + name, b"committed\n")
        except OSError:  # macOS takes no name that is not UTF-8
            skipped.append(name)
    _write(local, "windows.bat", b"@echo off\r\necho orchard\r\n")
    _write(local, "picture.bin", bytes(range(256)) * 64)
    _write(local, "bin/prune", "#!/bin/sh\necho pruned\n", 0o755)
    os.symlink("beds/bed_00", local / "newest")
    os.symlink("nowhere", local / "dangling")
    _write(local, ".gitattributes", "*.bat text eol=crlf\n*.bin binary\n")
    _write(local, ".gitignore", ".env\nnode_modules/\n*.log\n")
    _write(local, ".worktreeinclude", ".env\n")
    _write(local, ".hedgerow/setup.sh", _SETUP, 0o755)
    _git(ground, local, "add", "--all")
    _git(ground, local, "commit", "--quiet", "--message", "Plant the orchard")
    _git(ground, ground.folder, "clone", "--quiet", "--bare", str(local), str(ground.folder / "remote.git"))
    _git(ground, local, "remote", "add", "origin", str(ground.folder / "remote.git"))
    _git(ground, local, "fetch", "--quiet", "origin")
    return tuple(skipped)


def _pull_request(ground: Ground) -> None:
    """What a stranger offers as #7, with a set-up script that does more than ours."""
    stranger = ground.folder / "stranger"
    _git(ground, ground.folder, "clone", "--quiet", str(ground.folder / "remote.git"), str(stranger))
    _write(stranger, "beds/bed_03/plant_077.py", "# a better plant\nheight = 177\n")
    _write(stranger, ".hedgerow/setup.sh", _SETUP + _STRANGERS_LINE, 0o755)
    _git(ground, stranger, "commit", "--quiet", "--all", "--message", "Grow plant 77 faster")
    _git(ground, stranger, "push", "--quiet", "origin", "HEAD:refs/pull/7/head")
    shutil.rmtree(stranger)


def _uncommitted_work(ground: Ground) -> None:
    """What the person is in the middle of: staged, changed, both, deleted, renamed, untracked, ignored."""
    local = ground.local
    _write(local, "beds/bed_00/plant_001.py", "height = 'staged'\n")
    _write(local, "beds/bed_00/plant_002.py", "height = 'staged, then changed again'\n")
    _write(local, "beds/bed_00/new_and_staged.py", "height = 0\n")
    _git(ground, local, "add", "beds/bed_00")
    _git(ground, local, "mv", "beds/bed_01/plant_030.py", "beds/bed_01/plant thirty.py")
    _write(local, "beds/bed_00/plant_002.py", "height = 'changed after it was staged'\n")
    _write(local, "beds/bed_02/plant_060.py", "height = 'not staged'\n")
    _write(local, "beds/bed_02/plant_061.py", "height = 61\n", 0o755)
    _write(local, "windows.bat", b"@echo off\r\necho changed\r\n")
    (local / "beds/bed_02/plant_062.py").unlink()
    _write(local, "idea\nin two lines.md", "untracked\n")
    _write(local, "notes/to do.txt", "untracked\n")
    _write(local, ".env", "TOKEN=of-my-own\n", 0o600)
    _write(local, "watering.log", "ignored\n")
    for number in range(40):
        _write(local, f"node_modules/apples/{number}.js", "rebuilt at will\n")

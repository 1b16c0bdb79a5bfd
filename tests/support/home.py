"""A throwaway home: HOME, XDG_*, TMPDIR and git's configuration of one test.

Never the state of the person who runs the tests, and never their `GIT_*`.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_FROM_THE_MACHINE = (
    "PATH",
    "USER",
    "LOGNAME",
    "SHELL",
    "TERM",
    "HEDGEROW_TESTBED",
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
)

GITCONFIG = """\
[user]
\tname = Person
\temail = person@example.org
[protocol "file"]
\tallow = always
[init]
	templateDir =
[advice]
\tdetachedHead = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""
"""Submodule and partial-clone tests clone from local paths, which git refuses by default. Background
maintenance would change repositories while the oracle looks. Sample hooks are noise."""


@dataclass(frozen=True)
class Home:
    """Directories of one make-believe person, below ``root``."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def state(self) -> Path:
        """``XDG_STATE_HOME``; Hedgerow's own state is `hedgerow/` in it."""
        return self.home / ".local" / "state"

    @property
    def hedgerow_state(self) -> Path:
        return self.state / "hedgerow"

    @property
    def gitconfig(self) -> Path:
        return self.home / ".gitconfig"

    def make(self) -> Home:
        for directory in (self.home, self.state, self.root / "tmp", self.root / "run", self.root / "tmux"):
            directory.mkdir(parents=True, exist_ok=True)
        (self.root / "run").chmod(0o700)
        self.gitconfig.write_text(GITCONFIG)
        return self

    def configure(self, text: str) -> None:
        """Add lines to `~/.gitconfig`."""
        with self.gitconfig.open("a") as file:
            file.write(text)

    def variables(self) -> dict[str, str]:
        """What is set for this home, and nothing else."""
        return {
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.state),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_DATA_HOME": str(self.home / ".local" / "share"),
            "XDG_RUNTIME_DIR": str(self.root / "run"),
            "TMPDIR": str(self.root / "tmp"),
            "TMUX_TMPDIR": str(self.root / "tmux"),
        }

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The whole environment of a child process."""
        passed_on = {name: os.environ[name] for name in _FROM_THE_MACHINE if name in os.environ}
        return {**passed_on, "LANG": "C.UTF-8", **self.variables(), **(extra or {})}

    def end_terminals(self) -> None:
        """End every tmux that was started here, with what runs in it: it would outlive the test."""
        for socket in (self.root / "tmux").glob("tmux-*/*"):
            subprocess.run(["tmux", "-S", socket, "kill-server"], capture_output=True, check=False)


@contextmanager
def living_in(home: Home) -> Iterator[Home]:
    """This process lives in ``home`` meanwhile: its environment is the home's and holds no `GIT_*`."""
    saved, saved_tempdir = dict(os.environ), tempfile.tempdir
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
    os.environ.update(home.variables())
    tempfile.tempdir = None
    try:
        yield home
    finally:
        home.end_terminals()
        os.environ.clear()
        os.environ.update(saved)
        tempfile.tempdir = saved_tempdir

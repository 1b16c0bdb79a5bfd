"""Editors that are not ours, with nothing but what docs/other-editors.md says, in a home of the test's own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.other_editors.emacs import Emacs
from tests.support.home import Home
from tests.support.repositories import Playground

ROOT = Path(__file__).parents[2]
DOCUMENTED = (ROOT / "docs/other-editors.md").read_text("utf-8")


def configuration(language: str) -> str:
    """The one piece of configuration in that language in the documentation, as a person copies it."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENTED, re.MULTILINE | re.DOTALL)
    assert isinstance(found, str)
    return found


def program(name: str) -> Path:
    """The executable of an editor; a machine that cannot have it skips, except in CI."""
    found = subprocess.run([ROOT / f"tests/testbed/{name}.sh"], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        pytest.skip(f"no {name}: {' '.join(found.stderr.strip().splitlines()[-1:])}")  # which CI does not allow
    return Path(found.stdout.strip())


@pytest.fixture(scope="session")
def emacs_program() -> Path:
    return program("emacs")


@pytest.fixture(scope="session")
def helix_program() -> Path:
    return program("helix")


@pytest.fixture
def environment(home: Home) -> dict[str, str]:
    """All of the environment that an editor gets: the server is on its PATH, nothing of the person's is."""
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    return home.environment({"PATH": path, "TERM": "xterm-256color", "SHELL": "/bin/sh"})


OLD = "one\ntwo\nthree\nfour\nfive\n"
NEW = "one\nTWO\nthree\nfour\nfive\nsix\n"


@dataclass(frozen=True)
class Orchard:
    """Attributes:
    worktree: where an agent has made `NEW` of `OLD` in `numbers.txt`.
    """

    local: Path
    worktree: Path

    @property
    def file(self) -> Path:
        return self.worktree / "numbers.txt"


@pytest.fixture
def orchard(playground: Playground) -> Orchard:
    local = playground.repository("orchard", {"numbers.txt": OLD, "pear.txt": "a pear\n"})
    worktree = playground.worktree(local, "session")
    (worktree / "numbers.txt").write_text(NEW)
    return Orchard(local, worktree)


@pytest.fixture
def emacs(emacs_program: Path, environment: dict[str, str], orchard: Orchard) -> Iterator[Emacs]:
    with Emacs.started(emacs_program, orchard.local, environment, configuration("elisp")) as started:
        yield started

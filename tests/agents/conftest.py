"""The real agents, in tmux, against a scripted model, in a home of the test's own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.agents.gauntlet import printed
from tests.support.agent_home import AgentHome
from tests.support.home import Home, living_in
from tests.support.model_server import ModelServer
from tests.support.tmux import Tmux

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def home() -> Iterator[Home]:
    """As everywhere, at a shorter path: Codex has a socket deep below its home."""
    root = Path(tempfile.mkdtemp(prefix="hr-", dir="/tmp"))
    try:
        with living_in(Home(root).make()) as made:
            yield made
    finally:
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def agents_bin() -> Path:
    """The folder that has `codex` and `claude`; a machine that cannot have them skips, except in CI."""
    found = subprocess.run([ROOT / "tests/testbed/agents.sh"], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        pytest.skip(f"no agents: {' '.join(found.stderr.strip().splitlines()[-1:])}")
    if shutil.which("tmux") is None:
        pytest.skip("no tmux")
    return Path(found.stdout.strip())


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer.opened() as opened:
        yield opened


@pytest.fixture
def agent_home(home: Home, agents_bin: Path, model: ModelServer) -> Iterator[AgentHome]:
    """Where the agents live; whatever still runs there at the end is ended."""
    made = AgentHome(home, agents_bin, model).make()
    yield made
    made.end()


@pytest.fixture
def tmux() -> Iterator[Tmux]:
    with Tmux.opened() as opened:
        yield opened


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of the gauntlet."""
    for line in printed():
        terminalreporter.write_line(line)

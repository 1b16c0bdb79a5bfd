"""What tests with the real Codex and Claude Code in Neovim share: where those live, and prompts for the scripted model.

Fixtures are for test modules to import: `home`, `environment`, `agent_home`, `agents_bin`, `model`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.agents.conftest import agent_home, agents_bin, model
from tests.support.agent_home import AgentHome
from tests.support.home import Home, living_in
from tests.support.model_script import script

__all__ = ["agent_home", "agents_bin", "environment", "home", "model", "writing"]


@pytest.fixture(autouse=True)
def home() -> Iterator[Home]:
    """At a short path: Codex has a socket deep below its home."""
    root = Path(tempfile.mkdtemp(prefix="hr-", dir="/tmp"))
    try:
        with living_in(Home(root).make()) as made:
            yield made
    finally:
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def environment(agent_home: AgentHome, home: Home) -> dict[str, str]:
    """That of the agents, with the server on its PATH."""
    agents = agent_home.environment()
    return {**home.environment(), **agents, "PATH": f"{Path(sys.executable).parent}:{agents['PATH']}"}


def writing(agent: str, path: Path, text: str, **then: str) -> str:
    """A prompt to write a file, which each agent asks about before it does; ``then`` is how the turn ends."""
    if agent == "codex":
        return script({"sh": f"echo {text} > {path}", "escalate": True}, then)
    return script({"write": str(path), "text": f"{text}\n"}, then)

"""Sessions of the real agents, as a client of the real server sees them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.agents.served import Served
from tests.support.agent_home import AgentHome
from tests.support.model_script import script
from tests.support.repositories import Playground

pytestmark = pytest.mark.agents

AGENTS = ["claude", "codex"]


def writing(agent: str, path: Path, *steps: dict[str, object]) -> str:
    """A prompt to write a file, which each agent asks about before it does."""
    if agent == "codex":
        return script({"sh": f"echo apple > {path}", "escalate": True}, *steps)
    return script({"write": str(path), "text": "apple\n"}, *steps)


def went(seen: Sequence[str], expected: str) -> None:
    """That a session went through these phases and no others; one in brackets may be too short to be told."""
    left = list(seen)
    for word in expected.split():
        if left and left[0] == word.strip("[]"):
            left.pop(0)
        else:
            assert word.startswith("["), f"{seen}, expected {expected}"
    assert not left, f"{seen}, expected {expected}"


@pytest.mark.parametrize("agent", AGENTS)
async def test_started_asked_approved_done_and_looked_at(
    agent: str, agent_home: AgentHome, playground: Playground
) -> None:
    repository = playground.repository()
    agent_home.trust(repository)
    async with Served.opened(agent_home, repository) as served:
        worktree = Path((await served.client.command("create", name="fix"))["paths"][0])
        row = await served.start(
            agent, writing(agent, worktree / "fruit.txt", {"say": "It is written"}), checkout="fix"
        )
        waiting = await served.until(row["id"], "waiting")
        assert waiting["question"]["answerable"], waiting
        assert not (worktree / "fruit.txt").exists()
        await served.command("answer", session=row["id"], question=waiting["question"]["id"], decision="approve")
        done = await served.until(row["id"], "done")
        assert (worktree / "fruit.txt").read_text() == "apple\n"
        assert done["lastMessage"] == "It is written"
        await served.command("markSeen", session=row["id"])
        await served.until(row["id"], "idle")
        await served.command("stop", session=row["id"])
        await served.until(row["id"], "parked")
        went(served.seen(row["id"]), "starting [working] waiting [working] done idle parked")

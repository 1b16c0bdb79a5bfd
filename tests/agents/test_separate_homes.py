"""Codex with a home for each worktree: `codexHomePerWorktree`."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.agents.scene import Scene
from tests.agents.test_sessions import writing
from tests.support.agent_home import AgentHome
from tests.support.model_script import script
from tests.support.model_server import ModelServer
from tests.support.repositories import Playground

pytestmark = pytest.mark.agents


async def test_a_worktree_s_conversations_are_kept_apart_and_gone_on_with(
    agent_home: AgentHome, model: ModelServer, playground: Playground
) -> None:
    async with Scene.opened("codex", agent_home, model, playground, codexHomePerWorktree=True) as scene:
        served = scene.served
        worktree = await scene.worktree("fix")
        row = await served.start("codex", writing("codex", worktree / "fruit.txt", {"say": "Grown"}), checkout="fix")
        waiting = await served.until(row["id"], "waiting")
        await served.command("answer", session=row["id"], question=waiting["question"]["id"], decision="approve")
        done = await served.until(row["id"], "done", lastMessage="Grown")
        assert rollouts(agent_home.codex) == []
        (own,) = agent_home.home.hedgerow_state.glob("codex/*")
        assert any(done["conversation"] in each.name for each in rollouts(own))
        local = await served.start("codex", script({"say": "In Local"}), checkout="Local")
        await served.until(local["id"], "done", lastMessage="In Local")
        assert len(rollouts(agent_home.codex)) == 1, "Local has the usual one"

        await served.command("stop", session=row["id"])
        await served.until(row["id"], "parked")
        again = await scene.another()
        await again.command("resume", session=row["id"], prompt=script({"say": "Ripe"}))
        ripe = await again.until(row["id"], "done", lastMessage="Ripe")
        assert ripe["conversation"] == done["conversation"]
        assert len(rollouts(own)) == 1


def rollouts(home: Path) -> list[Path]:
    return list(home.glob("sessions/**/*.jsonl"))

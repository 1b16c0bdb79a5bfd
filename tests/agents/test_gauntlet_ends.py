"""The gauntlet with the real agents: what is killed, closed or restarted. What is told is what is there."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import AsyncIterator

import psutil
import pytest
from tests.agents.scene import Scene, soon
from tests.agents.test_sessions import writing
from tests.support.agent_home import AgentHome
from tests.support.model_script import script
from tests.support.model_server import ModelServer
from tests.support.repositories import Playground

pytestmark = pytest.mark.agents


@pytest.fixture(params=["claude", "codex"])
async def scene(
    request: pytest.FixtureRequest, agent_home: AgentHome, model: ModelServer, playground: Playground
) -> AsyncIterator[Scene]:
    async with Scene.opened(request.param, agent_home, model, playground) as opened:
        yield opened


async def test_the_agent_and_tmux_are_killed(scene: Scene) -> None:
    served = scene.served
    row, _ = await scene.idle("killed")
    other, _ = await scene.idle("beside")
    await scene.working(row, "one")
    case = scene.case("kill -9 of the agent in mid-turn")
    os.kill(served.rows[row["id"]]["pid"], signal.SIGKILL)
    if scene.agent == "codex":  # its daemon has the turn, and goes on with it
        scene.model.let_go("one")
        ended = await case.went(row, "[working] [done] failed")
        assert ended["lastMessage"] == "It goes on"
    else:
        ended = await case.went(row, "failed")
    assert "SIGKILL" in ended["detail"], ended
    scene.model.let_go("one")
    case = scene.case("resumed after it")
    await served.command("resume", session=row["id"], prompt=script({"say": "Again"}))
    again = await case.went(row, "starting [working] done", lastMessage="Again")
    assert again["conversation"] == row["conversation"]

    await scene.working(other, "two")
    both = scene.case("kill -9 of tmux")
    os.kill(int(scene.tmux("display-message", "-p", "#{pid}")), signal.SIGKILL)
    if scene.agent == "codex":
        scene.model.let_go("two")
    await both.went(other, "[working] [done] [failed] parked")
    await both.went(row, "parked")
    scene.model.let_go("two")
    case = scene.case("resumed after it")
    await served.command("resume", session=other["id"], prompt=script({"say": "Once more"}))
    await case.went(other, "starting [working] done", lastMessage="Once more")


async def test_the_server_is_killed_the_editor_is_closed_and_the_machine_restarts(scene: Scene) -> None:
    agent = scene.agent
    resting, _ = await scene.idle("resting")
    busy, _ = await scene.idle("busy")
    waits = await scene.worktree("waits")
    await scene.working(busy, "long")
    asking = await scene.served.start(agent, writing(agent, waits / "fruit.txt", {"say": "Written"}), checkout="waits")
    question = (await scene.served.until(asking["id"], "waiting"))["question"]

    before = scene.served
    before.client.process.kill()
    await before.client.exit_code()
    case = scene.case("kill -9 of the server, a new one")
    await scene.another()
    rows = {row["id"]: row for row in await scene.served.list()}
    await case.went(resting, "idle")
    await case.went(busy, "working")
    await case.went(asking, "waiting")
    assert rows[asking["id"]]["question"] == question
    await scene.served.command("answer", session=asking["id"], question=question["id"], decision="approve")
    await scene.served.until(asking["id"], "done", lastMessage="Written")

    assert await scene.served.client.leave() == 0
    scene.model.let_go("long")  # while nobody looks
    case = scene.case("the editor closed and reopened")
    await scene.another()
    await case.went(busy, "[working] done", lastMessage="It goes on")
    await case.went(asking, "done")

    scene.served.client.process.kill()
    await scene.served.client.exit_code()
    everything_ends(scene.agents)
    case = scene.case("the machine restarted")
    await scene.another()
    for row in (resting, busy, asking):
        await case.went(row, "parked")
    case = scene.case("resumed after it")
    await scene.served.command("resume", session=busy["id"], prompt=script({"say": "Where was I?"}))
    await case.went(busy, "starting [working] done", lastMessage="Where was I?")
    await soon(lambda: "Where was I?" in scene.screen(busy["id"]), "its window")


def everything_ends(agents: AgentHome) -> None:
    """Agents, their daemons and tmux at once, as when the power fails."""
    left = [one for one in agents.processes() if one.pid != os.getpid()]
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=10)

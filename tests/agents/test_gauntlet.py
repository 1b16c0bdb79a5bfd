"""The gauntlet with the real agents: each phase of a turn that a client is told, in order; none wrong, none sticks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.agents.scene import Scene, soon
from tests.agents.test_sessions import writing
from tests.support.agent_home import AgentHome
from tests.support.model_script import Step, script
from tests.support.model_server import ModelServer
from tests.support.repositories import Playground

pytestmark = pytest.mark.agents

EDITS = {"claude": ["--permission-mode", "acceptEdits"], "codex": []}


@pytest.fixture(params=["claude", "codex"])
async def scene(
    request: pytest.FixtureRequest, agent_home: AgentHome, model: ModelServer, playground: Playground
) -> AsyncIterator[Scene]:
    async with Scene.opened(request.param, agent_home, model, playground) as opened:
        yield opened


def asking(agent: str) -> Step:
    """A step in which the agent has the person choose."""
    options = [{"label": "Plum", "description": "that is plum"}, {"label": "Pear", "description": "that is pear"}]
    about = {"question": "Which fruit?", "header": "Fruit", "options": options}
    if agent == "codex":
        return {"tool": "request_user_input", "input": {"questions": [{**about, "id": "fruit"}]}}
    return {"tool": "AskUserQuestion", "input": {"questions": [{**about, "multiSelect": False}]}}


async def test_turns(scene: Scene) -> None:
    agent, served, repository = scene.agent, scene.served, scene.repository

    case = scene.case("start in a new worktree, asks")
    row = await served.start(agent, "write a fruit " + writing(agent, repository / "no.txt", {"say": "Pity"}))
    assert Path(row["path"]).parent == scene.worktrees
    assert Path(row["path"]).name.startswith("write-a-fruit")
    waiting = await case.went(row, "starting [working] waiting")
    case = scene.case("refused")
    question = waiting["question"]
    assert question["answerable"]
    await served.command("answer", session=row["id"], question=question["id"], decision="deny")
    await case.went(row, "[working] done")
    assert not (repository / "no.txt").exists()

    case = scene.case("start in an existing one, asks")
    fix = await scene.worktree("fix")
    allowed = await served.start(agent, writing(agent, fix / "fruit.txt", {"say": "It is there"}), checkout="fix")
    waiting = await case.went(allowed, "starting [working] waiting")
    case = scene.case("given")
    await served.command("answer", session=allowed["id"], question=waiting["question"]["id"], decision="approve")
    await case.went(allowed, "[working] done", lastMessage="It is there")
    assert (fix / "fruit.txt").read_text() == "apple\n"

    case = scene.case("start in Local")
    local = await served.start(agent, script({"say": "Here"}), checkout="Local")
    assert local["path"] == str(repository)
    done = await case.went(local, "starting [working] done", lastMessage="Here")
    assert done["checkout"] == local["checkout"]

    case = scene.case("an error of the API")
    await served.command("send", session=local["id"], text=script({"error": 400}))
    failed = await case.went(local, "[idle] [working] failed")
    assert "scripted error" in (failed["detail"] or "") + (failed["lastMessage"] or ""), failed
    case = scene.case("the next turn after it")
    await served.command("send", session=local["id"], text=script({"say": "Better"}))
    await case.went(local, "[idle] [working] done", lastMessage="Better")

    case = scene.case("Escape in mid-turn")
    await scene.working(local, "esc")
    case.act()
    scene.press(local["id"], "Escape")
    await case.went(local, "[idle] working done")
    scene.model.let_go("esc")

    case = scene.case("20 edits")
    many = await scene.worktree("many")
    steps = [{"write": str(many / f"f{n}.txt"), "text": f"{n}\n"} for n in range(20)]
    twenty = await served.start(agent, script(*steps, {"say": "Twenty"}), checkout="many", arguments=EDITS[agent])
    await case.went(twenty, "starting [working] done", lastMessage="Twenty")
    assert len(list(many.glob("f*.txt"))) == 20

    everybody = {one["id"] for one in await served.list(past=True)}
    assert everybody == {row["id"], allowed["id"], local["id"], twenty["id"]}, "hidden threads are nobody's sessions"
    assert set(served.phases) == everybody, "nor were they ever told"
    told = await served.told(twenty["id"], "done")
    assert told["session"]["lastMessage"] == "Twenty"


async def test_a_question_with_options(scene: Scene) -> None:
    agent, served = scene.agent, scene.served
    row, _ = await scene.idle("fruit")
    if agent == "codex":  # which asks in its plan mode alone
        scene.press(row["id"], "BTab")
        await soon(lambda: "Plan mode" in scene.screen(row["id"]), "its plan mode")
    case = scene.case("a question with options")
    if agent == "codex":
        await scene.type(row["id"], script(asking(agent), {"say": "Thanks"}))
    else:
        await served.command("send", session=row["id"], text=script(asking(agent), {"say": "Thanks"}))
    waiting = await case.went(row, "[working] waiting")
    question = waiting["question"]
    assert question["kind"] == "choice"
    assert question["text"].endswith("Which fruit?")
    assert [one["label"].split()[0] for one in question["options"]] == ["Plum", "Pear"]
    case = scene.case("answered")
    await served.command("answer", session=row["id"], question=question["id"], options=["Pear"])
    await case.went(row, "[working] done", lastMessage="Thanks")

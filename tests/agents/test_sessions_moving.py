"""Sessions of the real agents whose work moves: the conversation goes on where the work is, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.agents.scene import Scene, soon
from tests.agents.test_sessions import writing
from tests.lsp.framed import RefusedError
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


def said_to_model(scene: Scene, words: str) -> int:
    """How often words stand in what the model was last asked."""
    return str(scene.model.asked[-1].body).count(words)


async def test_there_and_back_with_the_conversation(scene: Scene) -> None:
    served, agent = scene.served, scene.agent
    row, worktree = await scene.idle("fruit", "The word is quince")
    (worktree / "new.txt").write_text("from the worktree\n")

    case = scene.case("handed to Local")
    done = await served.command("handOff", checkout="fruit")
    assert done["plan"] is None, done
    assert done["warnings"] == []
    await case.went(row, "[parked] starting [working] done", path=str(scene.repository))
    assert (scene.repository / "new.txt").read_text() == "from the worktree\n"
    note = f"Your working directory is {scene.repository} now"
    assert said_to_model(scene, note) == 1, "told once where it is"
    assert said_to_model(scene, "The word is quince") >= 1, "and it remembers"

    case = scene.case("works there")
    await served.command("send", session=row["id"], text=writing(agent, scene.repository / "pear.txt", {"say": "In"}))
    waiting = await case.went(row, "[working] waiting")
    with pytest.raises(RefusedError, match="in the middle of a turn"):
        await served.command("handOff", checkout="fruit")
    await served.command("answer", session=row["id"], question=waiting["question"]["id"], decision="approve")
    await served.until(row["id"], "done", lastMessage="In")

    case = scene.case("handed home")
    done = await served.command("handOff", checkout="Local")
    assert done["plan"] is None, done
    back = await case.went(row, "[parked] starting [working] done", path=str(worktree))
    assert back["conversation"] == row["conversation"]
    assert (worktree / "pear.txt").read_text() == "apple\n"
    assert not (scene.repository / "pear.txt").exists()
    assert said_to_model(scene, f"Your working directory is {worktree} now") == 1
    assert said_to_model(scene, "The word is quince") >= 1

    await scene.working(row, "long")
    with pytest.raises(RefusedError, match="in the middle of a turn"):
        await served.command("handOff", checkout="fruit")
    case = scene.case("interrupted and handed over")
    await served.command("handOff", checkout=row["id"], interrupt=True)
    scene.model.let_go("long")
    await case.went(row, "[idle] [done] [parked] starting [working] done", path=str(scene.repository))

    case = scene.case("undone")
    undone = await served.command("undo")
    assert undone["plan"] is None, undone
    assert undone["warnings"] == []
    home = await case.went(row, "[idle] [parked] starting [working] done", path=str(worktree))
    assert home["conversation"] == row["conversation"]
    assert (worktree / "pear.txt").read_text() == "apple\n"
    assert said_to_model(scene, f"Your working directory is {worktree} now") == 2
    assert said_to_model(scene, "The word is quince") >= 1


async def test_a_parked_one_goes_along_and_starts_no_agent(scene: Scene) -> None:
    served = scene.served
    row, worktree = await scene.idle("fruit", "The word is fig")
    (worktree / "new.txt").write_text("from the worktree\n")
    await served.command("stop", session=row["id"])
    await served.command("handOff", checkout="fruit")
    await served.until(row["id"], "parked", path=str(scene.repository))
    await served.command("undo")
    await served.until(row["id"], "parked", path=str(worktree))
    await served.command("handOff", checkout="fruit")
    moved = await served.until(row["id"], "parked", path=str(scene.repository))
    assert (moved["pid"], moved["host"]) == (None, "nothing")
    case = scene.case("resumed there")
    await served.command("resume", session=row["id"], prompt=script({"say": "Here now"}))
    there = await case.went(row, "starting [working] done", lastMessage="Here now")
    assert there["path"] == str(scene.repository)
    assert said_to_model(scene, "The word is fig") >= 1
    assert said_to_model(scene, f"Your working directory is {scene.repository} now") == 1


async def test_resumed_after_its_worktree_went(scene: Scene) -> None:
    served = scene.served
    row, worktree = await scene.idle("fruit", "The word is plum")
    (worktree / "kept.txt").write_text("uncommitted\n")
    await served.command("stop", session=row["id"])
    plan = (await served.command("cleanUp", checkouts=["fruit"]))["plan"]
    if plan is not None:
        await served.command("cleanUp", checkouts=["fruit"], token=plan["token"])
    assert not worktree.exists()
    case = scene.case("resumed after clean-up")
    resumed = await served.command("resume", session=row["id"], prompt=script({"say": "Restored"}))
    assert "restored first" in resumed["warnings"][0]
    again = await case.went(row, "starting [working] done", lastMessage="Restored")
    assert again["path"] == str(worktree)
    assert (worktree / "kept.txt").read_text() == "uncommitted\n"
    assert said_to_model(scene, "The word is plum") >= 1

    other, lost = await scene.idle("lost", "The word is pear")
    await served.command("stop", session=other["id"])
    scene.playground.git("worktree", "remove", "--force", lost, cwd=scene.repository)
    with pytest.raises(RefusedError, match="no snapshot of it was kept"):
        await served.command("resume", session=other["id"])
    case = scene.case("forked after git removed its worktree")
    fork = (await served.command("fork", session=other["id"], prompt=script({"say": "Saved"})))["session"]
    await case.went(fork, "starting [working] done", lastMessage="Saved")
    assert said_to_model(scene, "The word is pear") >= 1


async def test_its_home_was_removed_while_it_was_in_local(scene: Scene) -> None:
    served = scene.served
    row, worktree = await scene.idle("fruit", "The word is sloe")
    (worktree / "new.txt").write_text("from the worktree\n")
    await served.command("handOff", checkout="fruit")
    await served.until(row["id"], "done", path=str(scene.repository))
    scene.playground.git("worktree", "remove", "--force", worktree, cwd=scene.repository)
    case = scene.case("goes on in Local without a home")
    await served.command("stop", session=row["id"])
    await served.command("resume", session=row["id"], prompt=script({"say": "Still here"}))
    here = await case.went(row, "[idle] [parked] starting [working] done", lastMessage="Still here")
    assert here["path"] == str(scene.repository)
    assert said_to_model(scene, "The word is sloe") >= 1


async def test_from_local_to_a_new_worktree(scene: Scene) -> None:
    served = scene.served
    row = await served.start(scene.agent, script({"say": "The word is medlar"}), checkout="Local")
    await served.until(row["id"], "done")
    (scene.repository / "new.txt").write_text("from Local\n")
    case = scene.case("handed to a new worktree")
    done = await served.command("handOff", checkout="Local", name="orchard", changes="move")
    if done["plan"] is not None:
        done = await served.command(
            "handOff", checkout="Local", name="orchard", changes="move", token=done["plan"]["token"]
        )
    worktree = Path(done["paths"][0])
    await case.went(row, "[idle] [parked] starting [working] done", path=str(worktree))
    assert (worktree / "new.txt").read_text() == "from Local\n"
    assert not (scene.repository / "new.txt").exists()
    assert said_to_model(scene, "The word is medlar") >= 1
    await soon(lambda: str(worktree.name) in scene.screen(row["id"]), "its window in the new place")

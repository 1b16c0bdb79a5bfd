"""Sessions of the real agents: put away with their worktrees, protected, looked into, and told of."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.agents.scene import Scene, soon
from tests.lsp.framed import RefusedError
from tests.support.agent_home import AgentHome
from tests.support.model_script import script
from tests.support.model_server import ModelServer
from tests.support.repositories import Playground
from tests.support.tmux import Tmux

pytestmark = pytest.mark.agents


@pytest.fixture(params=["claude", "codex"])
async def scene(
    request: pytest.FixtureRequest, agent_home: AgentHome, model: ModelServer, playground: Playground, home_notes: Path
) -> AsyncIterator[Scene]:
    settings = {
        "notify": [
            shutil.which("sh") or "sh",
            "-c",
            f"cat > {home_notes}/$$.part; mv {home_notes}/$$.part {home_notes}/$$.json",
        ]
    }
    async with Scene.opened(request.param, agent_home, model, playground, **settings) as opened:
        yield opened


@pytest.fixture
def home_notes(playground: Playground) -> Path:
    """Where the program of the person's choice puts what it is told."""
    notes = playground.directory / "notes"
    notes.mkdir()
    return notes


async def agreed(scene: Scene, verb: str, **params: object) -> dict[str, object]:
    """Carry a command out, agreeing to its plan if there is one."""
    done: dict[str, object] = await scene.served.command(verb, **params)
    plan = done["plan"]
    if isinstance(plan, dict):
        done = await scene.served.command(verb, token=plan["token"], **params)
    return done


async def test_archived_with_its_worktree_and_brought_back(scene: Scene) -> None:
    served = scene.served
    row, worktree = await scene.idle("fruit", "The word is date")
    (worktree / "kept.txt").write_text("uncommitted\n")
    await scene.working(row, "long")
    for verb, params in (("archive", {"session": row["id"]}), ("cleanUp", {"checkouts": ["fruit"]})):
        with pytest.raises(RefusedError, match=r"working"):
            await served.command(verb, **params)
    scene.model.let_go("long")
    await served.until(row["id"], "done", lastMessage="It goes on")

    plan = await served.command("archive", session=row["id"], dryRun=True)
    await served.list()
    assert served.rows[row["id"]]["phase"] == "done", f"a plan that is only shown stops nobody: {plan}"
    await agreed(scene, "archive", session=row["id"])
    assert not worktree.exists()
    rows = {one["id"]: one for one in await served.list(past=True)}
    assert rows[row["id"]]["archived"]
    assert (rows[row["id"]]["phase"], rows[row["id"]]["host"]) == ("parked", "nothing")
    assert row["id"] not in {one["id"] for one in await served.list()}

    await agreed(scene, "undo")
    assert (worktree / "kept.txt").read_text() == "uncommitted\n"
    await served.command("archive", session=row["id"], archived=False)
    assert row["id"] in {one["id"] for one in await served.list()}
    await served.command("resume", session=row["id"], prompt=script({"say": "Back"}))
    back = await served.until(row["id"], "done", lastMessage="Back")
    assert back["path"] == str(worktree)


async def test_what_ends_having_changed_nothing_lets_its_worktree_go(scene: Scene) -> None:
    served = scene.served
    nothing, unchanged = await scene.idle("nothing")
    something, changed = await scene.idle("something")
    pinned, kept = await scene.idle("pinned")
    await served.command("pin", session=pinned["id"])
    (changed / "new.txt").write_text("work\n")
    leave = {"claude": "/exit", "codex": "/quit"}[scene.agent]
    for row in (something, pinned, nothing):
        await scene.type(row["id"], leave)
        await served.until(row["id"], "parked")
    await soon(lambda: not unchanged.exists(), "the worktree to be let go")
    await served.list()
    assert changed.exists()
    assert kept.exists()
    await served.command("resume", session=nothing["id"], prompt=script({"say": "Restored"}))
    back = await served.until(nothing["id"], "done", lastMessage="Restored")
    assert back["path"] == str(unchanged)


async def test_looked_into_renamed_commented_and_told_of(scene: Scene, tmux: Tmux, home_notes: Path) -> None:
    served = scene.served
    row, worktree = await scene.idle("fruit", "The word is lime")

    shown = await served.command("logs", session=row["id"])
    assert "The word is lime" in shown["text"]
    assert Path(shown["path"]).is_file()
    launch = (await served.command("attach", session=row["id"]))["launch"]
    env = {**scene.agents.home.environment(), **launch["env"]}
    await asyncio.to_thread(tmux.start, "attached", launch["argv"], Path(launch["cwd"]), env)
    # In a window of another size Codex draws its last lines anew, with or without the answer.
    shows = {"claude": "The word is lime", "codex": "Ask Codex to do anything"}
    await asyncio.to_thread(tmux.wait_for, "attached", shows[scene.agent])
    await asyncio.to_thread(tmux.run, "kill-session", "-t", "attached")
    assert (await served.list())[0]["phase"] == "idle", "its terminal goes on"

    await served.command("rename", checkout=row["id"], label="Lime tree")
    await served.until(row["id"], "idle", label="Lime tree")

    (worktree / "a.txt").write_text("one\ntwo\n")
    await served.command("comment", checkout="fruit", path="a.txt", text="Say three, too", lines="2")
    sent = await served.command("sendComments", checkout="fruit", deliver=True)
    assert sent["session"] == row["id"]
    await served.until(row["id"], "done")
    assert "Say three, too" in str(scene.model.asked[-1].body)
    await served.told(row["id"], "done")

    def notes() -> list[dict[str, object]]:
        told = [json.loads(each.read_text()) for each in home_notes.glob("*.json")]
        return [each["session"] for each in told]

    await soon(lambda: len(notes()) == len(served.news), "the program to be told")
    assert sorted(str(each["phase"]) for each in notes()) == sorted(one["session"]["phase"] for one in served.news)
    assert {each["id"] for each in notes()} == {row["id"]}


@pytest.mark.parametrize("scene", ["codex"], indirect=True)  # a turn of Claude Code ends with its window
async def test_a_turn_without_a_window_protects_its_worktree(scene: Scene) -> None:
    served = scene.served
    row, _ = await scene.idle("fruit")
    await scene.working(row, "long")
    scene.tmux("kill-session", "-t", row["id"])
    await served.until(row["id"], "working", pid=None)
    with pytest.raises(RefusedError, match="working"):
        await served.command("cleanUp", checkouts=["fruit"])
    case = scene.case("a turn without a window ends")
    scene.model.let_go("long")
    await case.went(row, "[working] [done] [failed] parked")

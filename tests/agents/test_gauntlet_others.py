"""The gauntlet with the real agents: sessions that others started, forks, trust, closed windows, several editors."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator

import pytest
from tests.agents.scene import Scene, soon
from tests.agents.served import Served
from tests.agents.test_sessions import writing
from tests.lsp.framed import RefusedError
from tests.support.agent_home import AgentHome
from tests.support.model_script import script
from tests.support.model_server import ModelServer
from tests.support.repositories import Playground
from tests.support.tmux import Tmux

pytestmark = pytest.mark.agents


@pytest.fixture(params=["claude", "codex"])
async def scene(
    request: pytest.FixtureRequest, agent_home: AgentHome, model: ModelServer, playground: Playground
) -> AsyncIterator[Scene]:
    async with Scene.opened(request.param, agent_home, model, playground) as opened:
        yield opened


async def appears(served: Served, path: str) -> str:
    """The id of the session that comes up in a directory."""

    def there() -> str | None:
        served.take_notices()
        return next((row["id"] for row in served.rows.values() if row["path"] == path), None)

    found: str = await soon(there, f"a session in {path}")
    return found


async def test_one_that_somebody_started_in_a_terminal(scene: Scene, tmux: Tmux) -> None:
    agent, served = scene.agent, scene.served
    by_hand = scene.playground.worktree(scene.repository, "by-hand")
    case = scene.case("started outside, asks")
    prompt = "Grow it " + writing(agent, by_hand / "fruit.txt", {"say": "Grown"})
    await asyncio.to_thread(tmux.start, "plain", [agent, prompt], by_hand, scene.agents.environment())
    session = await appears(served, str(by_hand))
    row = await case.went({"id": session}, "[idle] [unknown] [idle] [working] waiting")
    assert (row["host"], row["ours"]) == ("elsewhere", False)
    assert row["label"] in ("Scripted title", prompt[:80]), row
    assert row["checkout"] is not None
    assert row["repository"] is not None
    assert "fruit.txt" in row["question"]["text"], row["question"]
    assert (await served.told(session, "waiting"))["message"].startswith(row["label"])

    case = scene.case("answered outside")
    if agent == "claude":
        with pytest.raises(RefusedError, match=r"process \d+|terminal"):
            await served.command("answer", session=session, decision="approve")
    await asyncio.to_thread(tmux.send, "plain", "Enter")
    await case.went(row, "[working] done", lastMessage="Grown")

    for verb, params in (("stop", {}), ("handOff", {"checkout": session}), ("attach", {})):
        with pytest.raises(RefusedError, match=r"terminal that (is not ours|somebody else opened)"):
            await served.command(verb, **{"session": session, **params} if verb != "handOff" else params)
    case = scene.case("its terminal closed")
    await asyncio.to_thread(tmux.run, "kill-session", "-t", "plain")
    if agent == "codex":  # whose daemon keeps it for a minute more
        daemon = json.loads((scene.agents.codex / "app-server-daemon" / "daemon.pid").read_text())["pid"]
        os.kill(daemon, signal.SIGTERM)
    ended = await case.went(row, "parked")
    assert ended["host"] == "nothing"
    case = scene.case("resumed by us")
    await served.command("resume", session=session, prompt=script({"say": "Ours now"}))
    ours = await case.went(row, "starting [working] done", lastMessage="Ours now")
    assert (ours["host"], ours["conversation"]) == ("tmux", row["conversation"])


async def test_forks_and_second_writers(scene: Scene, tmux: Tmux) -> None:
    served, agent = scene.served, scene.agent
    row, _ = await scene.idle("stem")
    case = scene.case("forked")
    fork = (await served.command("fork", session=row["id"], prompt=script({"say": "Forked"})))["session"]
    grown = await case.went(fork, "starting [working] done", lastMessage="Forked")
    assert grown["root"] == row["id"]
    assert grown["checkout"] != row["checkout"]
    assert grown["conversation"] != row["conversation"]
    by_hand = scene.playground.worktree(scene.repository, "by-hand")
    fork_by_hand = {
        "codex": ["codex", "fork", row["conversation"], "-C", str(by_hand), script({"say": "Mine"})],
        "claude": ["claude", "--resume", row["conversation"], "--fork-session", script({"say": "Mine"})],
    }[agent]
    case = scene.case("forked by hand")
    await asyncio.to_thread(tmux.start, "fork", fork_by_hand, by_hand, scene.agents.environment())
    theirs = await appears(served, str(by_hand))
    by_hand_row = await case.went({"id": theirs}, "[idle] [unknown] [idle] [working] done", lastMessage="Mine")
    assert by_hand_row["root"] == row["id"], by_hand_row

    with pytest.raises(RefusedError, match="runs already"):
        await served.command("resume", session=row["id"])
    if agent == "claude":  # Codex refuses by itself
        case = scene.case("a second writer by hand")
        second = ["claude", "--resume", row["conversation"]]
        place = scene.worktrees / "stem"
        await asyncio.to_thread(tmux.start, "second", second, place, scene.agents.environment())
        await served.soon(lambda: served.rows[row["id"]]["problems"], "the second writer")
        assert "2 processes write this conversation" in served.rows[row["id"]]["problems"][0]
        await asyncio.to_thread(tmux.run, "kill-session", "-t", "second")
        await served.soon(lambda: not served.rows[row["id"]]["problems"], "one writer")


async def test_what_is_not_trusted_is_the_persons_to_trust(scene: Scene) -> None:
    served = await scene.another(scene.playground.repository("strange"))
    case = scene.case("a trust dialog")
    row = await served.start(scene.agent, script({"say": "Trusted"}), checkout="Local")
    waiting = await case.went(row, "starting waiting")
    question = waiting["question"]
    assert (question["kind"], question["answerable"]) == ("dialog", False)
    with pytest.raises(RefusedError, match="only you answer this"):
        await served.command("answer", session=row["id"], decision="approve")
    await served.told(row["id"], "waiting")
    case = scene.case("trusted by the person")
    scene.press(row["id"], "Enter")
    await case.went(row, "[starting] [working] done", lastMessage="Trusted")


async def test_a_window_that_is_closed(scene: Scene) -> None:
    row, worktree = await scene.idle("fruit")
    (worktree / "kept.txt").write_text("so that it is kept\n")
    await scene.working(row, "long")
    case = scene.case("the window closed in mid-turn")
    scene.tmux("kill-session", "-t", row["id"])
    if scene.agent == "codex":
        scene.model.let_go("long")
        ended = await case.went(row, "[working] [done] parked", lastMessage="It goes on")
    else:
        ended = await case.went(row, "parked")
    assert ended["pid"] is None
    scene.model.let_go("long")


async def test_two_editors_are_told_once_in_all(scene: Scene) -> None:
    first = scene.served
    row, _ = await scene.idle("fruit")
    second = await scene.another()
    for round_ in range(3):
        await second.command("send", session=row["id"], text=script({"say": f"Round {round_}"}))
        await second.until(row["id"], "done", lastMessage=f"Round {round_}")
        await first.until(row["id"], "done", lastMessage=f"Round {round_}")

        def news(one: Served, words: str = f"Round {round_}") -> int:
            one.take_notices()
            return sum(each["session"]["lastMessage"] == words for each in one.news)

        await soon(lambda: news(first) + news(second), "one of them to be told")
        for one in (first, second):  # whoever was to be told as well has been by now
            await one.list()
        assert news(first) + news(second) == 1
    await first.command("markSeen", session=row["id"])
    await second.until(row["id"], "idle")

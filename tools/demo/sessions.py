"""The part of the story in which an agent is started by a prompt, asks the person, moves and is put away."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from hedgerow.protocol.plans import Loss
from hedgerow.protocol.sessions import AttachResult, Phase, SessionRow, StartResult

from . import agent
from .ground import SCRIPTED
from .witness import REBUILT, walk

if TYPE_CHECKING:
    from .story import Story

_PROMPT = "Prune all my roses, and ask before you run anything"
_PLAIN_PROMPT = f"Write one file, {agent.FILE}, with one line about roses. Do nothing else, and say only: done"
_COSTS = 3
"""Turns that a real agent is asked for: the prompt, and one at each end of the hand-off."""
_AT_REST = (Phase.DONE, Phase.IDLE)
_LIMIT_SECONDS = 60.0
_PATIENCE_SECONDS = 900.0
"""For a real agent, and the person who answers it."""


def lacks() -> str | None:
    """Why this part is left out; None when it is not."""
    return None if shutil.which("tmux") else "tmux is not installed, which keeps agents running: this part is left out"


def cost(name: str) -> list[str]:
    """What a real agent costs, said before anything starts."""
    return [
        f"You chose your own {name}: at the end it is started here, with your account and your settings. It is given",
        f"{_COSTS} short turns (one small file; twice, where it is), which cost what such turns cost you: some ten",
        "thousand tokens, most of them its own instructions. Where it asks something, only you answer it.",
    ]


async def start(story: Story, number: int) -> SessionRow:
    name = story.agent
    prompt = _PROMPT if name == SCRIPTED else _PLAIN_PROMPT
    await story.screen.step(
        number,
        "An agent is started by a prompt, and says when it needs you",
        f"`hedgerow start {name} “{prompt[:40]}…”` makes\n"
        "a worktree, sets it up, and starts the agent in a terminal that outlives the\neditor.",
    )
    client = story.client
    async with story.screen.working(client, "starting"):
        result = await client.call("start", StartResult, agent=name, prompt=prompt, label="roses")
    if result.session is None:
        story.screen.true("it is started", [result.message, *result.warnings])
    assert result.session is not None
    row = result.session
    path = Path(row.path)
    story.paths[path.name] = path
    story.screen.say(f"  {story.screen.short(result.message)}")
    client.session_told = _told(story, row.id)
    if name == SCRIPTED:
        await until(story, row.id, Phase.WORKING)
        refusal = await story.refused("cleanUp", checkouts=[path.name])
        story.screen.true("while it works, a clean-up is refused:", [] if row.label in refusal else [refusal])
        story.screen.say(f"      “{refusal}”", "dim")
        await until(story, row.id, Phase.WAITING)
        await _attention(story, row.id, Phase.WAITING)
        story.screen.console.print(story.screen.listed(client))
        await story.screen.rest(2)
        story.screen.say("  You answer in its terminal: y", "yellow")
        await _type(story, row.id, "y")
    done = await until(story, row.id, *_AT_REST)
    await _attention(story, row.id, Phase.DONE)
    cwd = Path(_process(done).cwd())
    story.screen.true(f"it runs in {story.screen.short(str(path))}", [] if cwd == path else [str(cwd)])
    written = (path / agent.FILE).is_file()
    story.screen.true(f"it wrote {agent.FILE} there", [] if written else ["it is not there"])
    story.local_untouched()
    return done


async def hand_off(story: Story, number: int, row: SessionRow) -> SessionRow:
    await story.screen.step(
        number,
        "It comes to Local, agent and all, and goes home again",
        "The same hand-off as before; but now an agent works there. It is stopped between\n"
        "two turns, its work moves, and it is started again where its work is.",
    )
    home, local = Path(row.path), story.ground.local
    before = story.witness.look(home, without=[REBUILT])
    async with story.screen.working(story.client, "planning"):
        plan = story.plan(await story.call("handOff", checkout=home.name))
    await story.screen.agree(plan, "Go ahead? [y/N]", "y", "the demo agrees for you")
    alive = _process(row).is_running()
    story.screen.true("before the answer, its agent was not stopped", [] if alive else ["it was"])
    async with story.screen.working(story.client, "handing off"):
        await story.call("handOff", checkout=home.name, token=plan.token)
    there = await _again_in(story, row, local)
    mine = _file(local) == before.files.get(os.fsencode(agent.FILE))
    story.screen.true(f"its {agent.FILE} is in Local", [] if mine else ["it is not, or differs"])
    async with story.screen.working(story.client, "going home"):
        await story.call("handOff", checkout="Local")
    back = await _again_in(story, there, home)
    same = story.witness.look(home, without=[REBUILT]).files == before.files
    story.screen.true(f"{home.name} is as it was: {before.count} files", [] if same else ["it is not"])
    story.local_untouched()
    return back


async def archive(story: Story, number: int, row: SessionRow) -> None:
    await story.screen.step(
        number,
        "It is put away, with its worktree",
        "`hedgerow archive` names what leaves its place. The agent is stopped when you\nhave agreed, not before.",
    )
    path = Path(row.path)
    planned = await story.client.call("archive", StartResult, session=row.id)
    plan = story.plan(planned)
    await story.screen.agree(plan, "Go ahead? [y/N]", "y", "the demo agrees for you")
    named = any(agent.FILE in loss.paths or agent.FILE in loss.text for loss in plan.losses)
    story.screen.true(f"it named {agent.FILE}", [] if named else [_words(plan.losses)])
    process = _process(row)
    async with story.screen.working(story.client, "putting it away"):
        done = await story.client.call("archive", StartResult, session=row.id, token=plan.token)
    story.screen.say(f"  {story.screen.short(done.message)}")
    story.screen.true("its agent has ended", ["it runs"] if _lives(process) else [])
    story.screen.true("its worktree is gone, and a snapshot holds it", [str(path)] if path.exists() else [])
    await story.client.list(wait=True)
    story.screen.true("it is not in the list any more", [row.label] if row.id in story.client.sessions else [])
    story.local_untouched()


async def until(story: Story, session: str, *phases: Phase, moves: bool = False) -> SessionRow:
    """Wait until the list says so.

    Args:
        moves: its agent is stopped and started again meanwhile.

    Raises:
        UntrueError: it never does.
    """
    client, words = story.client, " or ".join(phases)
    limit = time.monotonic() + (_LIMIT_SECONDS if story.agent == SCRIPTED else _PATIENCE_SECONDS)
    while (row := client.sessions.get(session)) is None or row.phase not in phases:
        over = row is not None and row.phase in (Phase.FAILED, Phase.ENDED) and not moves
        if time.monotonic() > limit or over:
            story.screen.true(f"it is {words}", [f"it is {row.phase if row else 'not in the list'}"])
        await asyncio.sleep(0.05)
    return row


def end_terminals(env: dict[str, str]) -> None:
    """End what runs in the demo's own tmux."""
    folder = Path(env["TMUX_TMPDIR"])
    for socket in folder.glob("tmux-*/*"):
        subprocess.run(["tmux", "-S", socket, "kill-server"], env=env, capture_output=True, check=False)
    shutil.rmtree(folder, ignore_errors=True)


def _told(story: Story, session: str) -> Callable[[SessionRow], None]:
    said = ""

    def told(row: SessionRow) -> None:
        nonlocal said
        now = f"{row.phase}{f': {row.detail}' if row.detail else ''}"
        if row.id == session and now != said and row.phase is not Phase.UNKNOWN:
            story.screen.say(f"  {now}", "cyan")
            if row.phase is Phase.WAITING and story.agent != SCRIPTED:
                story.screen.say(f"  answer it: {story.ground.shell} attach {session}", "bold yellow")
        said = now

    return told


async def _again_in(story: Story, row: SessionRow, place: Path) -> SessionRow:
    """The session, once its agent is at rest in a directory; another process than before."""
    limit = time.monotonic() + _LIMIT_SECONDS
    while (now := story.client.sessions[row.id]).path != str(place) or now.pid in (None, row.pid):
        if time.monotonic() > limit:
            story.screen.true(f"it goes on in {place}", [f"it is in {now.path}"])
        await asyncio.sleep(0.05)
    now = await until(story, row.id, *_AT_REST, moves=True)
    cwd = Path(_process(now).cwd())
    story.screen.true(f"its agent runs in {story.screen.short(str(place))}", [] if cwd == place else [str(cwd)])
    return now


async def _attention(story: Story, session: str, phase: Phase) -> None:
    """That an editor was told, once."""

    def news() -> list[str]:
        told = [one for one in story.client.attention if one.session.id == session]
        return [one.message for one in told if one.session.phase is phase]

    for _ in range(int(_LIMIT_SECONDS / 0.05)):
        if news():
            break
        await asyncio.sleep(0.05)
    story.screen.true(f"editors were told once that it is {phase}", [] if len(news()) == 1 else news() or ["never"])
    story.screen.say(f"      “{news()[0]}”", "dim")


async def _type(story: Story, session: str, words: str) -> None:
    attach = (await story.client.call("attach", AttachResult, session=session)).launch
    press = [*attach.argv[: attach.argv.index("attach-session")], "send-keys", "-t", f"={session}:", words, "Enter"]
    process = await asyncio.create_subprocess_exec(*press, env={**story.ground.env, **attach.env})
    story.screen.true("its terminal takes what you type", [] if await process.wait() == 0 else [str(press)])


def _process(row: SessionRow) -> psutil.Process:
    assert row.pid is not None, "it runs in a process of its own"
    return psutil.Process(row.pid)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _file(directory: Path) -> str | None:
    return walk(directory).get(os.fsencode(agent.FILE))


def _words(losses: list[Loss]) -> str:
    return "; ".join(loss.text for loss in losses) or "nothing"

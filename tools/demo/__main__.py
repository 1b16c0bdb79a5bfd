"""`python -m tools.demo`: makes a folder, starts the server, tells the story, and leaves the folder for a look."""

from __future__ import annotations

import argparse
import asyncio
import io
import sys
import tempfile
import time
from pathlib import Path

from tools.client import Client, RefusedError

from . import ground, sessions
from .screen import Screen, UntrueError
from .story import RISKY, Story
from .witness import Witness


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.add_argument("--folder", type=Path, help="where to make the demo; must not exist (default: a temporary one)")
    parser.add_argument("--pause", type=float, help="seconds left for reading (default: 1.5 on a terminal, else 0)")
    parser.add_argument("--agent", choices=["codex", "claude"], help="start your own agent, not the built-in one")
    given = parser.parse_args()
    if given.folder is not None and given.folder.exists():
        parser.error(f"{given.folder} exists already; name one that does not")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for a terminal that knows no ✓
    folder = given.folder or Path(tempfile.mkdtemp(prefix="hedgerow-demo-"))
    return asyncio.run(_demo(folder.resolve(), given.pause, given.agent))


async def _demo(folder: Path, pause: float | None, agent: str | None) -> int:
    screen = Screen(pause=pause, folder=folder)
    began = time.monotonic()
    screen.say("Hedgerow keeps parallel coding agents apart, each in a git worktree of its own,", "bold")
    screen.say("and destroys nothing that you were not shown and did not agree to.", "bold")
    screen.say("This shows it for real: the server is driven over LSP, as editors do it; after")
    screen.say("each step plain git and a walk over all bytes look whether it is true (✓).")
    screen.say()
    if agent is not None and not _agreed(screen, agent):
        return 1
    place = ground.make(folder)
    try:
        lack = None if agent is None else ground.own_agent(place, agent)
        if lack is not None:
            return _failed(screen, folder, lack)
        return await _told(screen, place, agent or ground.SCRIPTED, began)
    finally:
        sessions.end_terminals(place.env)


def _agreed(screen: Screen, agent: str) -> bool:
    """What a person's own agent costs is said first; on a terminal they are asked."""
    for line in sessions.cost(agent):
        screen.say(line, "bold yellow")
    if not sys.stdin.isatty():
        return True
    return input("Go on? [y/N] ").strip().lower() in ("y", "yes")


async def _told(screen: Screen, place: ground.Ground, agent: str, began: float) -> int:
    folder = place.folder
    witness = Witness(place.env)
    local = witness.look(place.local)
    screen.say(f"Made a repository, “Local”, in {folder}:")
    odd = "" if place.skipped else " or not even in UTF-8"
    screen.say(f"  {local.count} files, named with spaces, line breaks, emoji{odd}; links; CRLF;")
    screen.say("  work of yours that is staged, not staged, and untracked; an ignored .env")
    client = await Client.start([str(ground.program()), "serve"], place.local, place.env, folder / "server.log")
    try:
        await Story(place, screen, client, witness, agent=agent).tell()
        code = await client.stop()
        screen.say()
        screen.true("the server ended in order", [] if code == 0 else [f"exit code {code}"])
    except UntrueError as error:
        return _failed(screen, folder, f"“{error}” is not true")
    except RefusedError as error:
        return _failed(screen, folder, f"the server said “{error}”")
    _farewell(screen, folder, place, time.monotonic() - began)
    return 0


def _failed(screen: Screen, folder: Path, why: str) -> int:
    screen.say(f"\nThe demo failed: {why}.", "bold red")
    screen.console.print(f"Its folder is {folder}; server.log is in it.", soft_wrap=True)
    return 1


def _farewell(screen: Screen, folder: Path, place: ground.Ground, seconds: float) -> None:
    screen.say()
    screen.say(f"{screen.found_true} claims checked in {seconds:.0f} seconds, every one true.", "bold green")
    screen.say()
    screen.say("The folder is yours to look at; delete it when you like:")
    screen.console.print(f"  {folder}", style="bold", soft_wrap=True)
    screen.say("Its worktrees are gone from view, and none of their work is. Try:")
    for command in (f"cd {place.local}", "../hedgerow history", f"../hedgerow restore {RISKY}"):
        screen.console.print(f"  {command}", style="bold cyan", soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())

"""Codex behind the interface of all agents. Holds one `Home` for each home and event loop; decides nothing itself."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import Question

from ..agent import Answer, Event, Heard, Held, Living, Order, Prepared, Sighting
from . import hooks, launching, screens, steering
from .home import Home
from .separate import separate_home
from .watching import Watch


class Codex:
    """The agent."""

    name = "codex"
    title = "Codex"
    tells = True
    takes_prompt = True

    def __init__(self) -> None:
        self._homes: dict[Path, tuple[asyncio.AbstractEventLoop, Home]] = {}
        self._watches: dict[Path, list[Watch]] = {}

    def program(self, environment: Mapping[str, str]) -> Path | None:
        found = shutil.which(self.name, path=environment.get("PATH", ""))
        return Path(found) if found is not None else None

    def home(self, environment: Mapping[str, str]) -> Path:
        if own := environment.get("CODEX_HOME"):
            return Path(own)
        return Path(environment.get("HOME") or Path.home()) / ".codex"

    def home_of_worktree(self, usual: Path, place: Path) -> Path:
        return separate_home(usual, place)

    async def look(self, home: Path) -> list[Sighting]:
        sightings = await self._home(home).look()
        living = [one.pid for one in sightings if one.living is Living.PROCESS and one.pid is not None]
        for watch in self._watches.get(home, []):
            watch.follow(living)
        return sightings

    def watch(self, home: Path, changed: Callable[[], None]) -> Callable[[], None]:
        loop = asyncio.get_running_loop()
        watched = self._home(home)
        watch = Watch(home, changed, watched.daemon.try_again)
        self._watches.setdefault(home, []).append(watch)
        watched.daemon.listen(lambda: self._told(home))

        def stop() -> None:
            watch.close()
            left = self._watches.get(home, [])
            if watch in left:
                left.remove(watch)
            if not left and self._homes.get(home, (None, None))[1] is watched:
                self._watches.pop(home, None)
                del self._homes[home]
                if not loop.is_closed():
                    # Held by the loop's own set of tasks until it is done; nobody waits for it.
                    closing = loop.create_task(watched.daemon.close(), name="codex daemon")
                    closing.add_done_callback(lambda done: done.cancelled() or done.exception())

        return stop

    async def prepare(self, order: Order) -> Prepared:
        program = self.program(order.environment)
        if program is None:
            raise HedgerowError(
                ErrorCode.NO_AGENT, "there is no `codex` on the PATH; install Codex, or name another agent"
            )
        home = order.agent_home or self.home(order.environment)
        return await launching.prepare(self._home(home), program, order)

    def heard(self, event: Event) -> Heard:
        return hooks.heard(event)

    def dialog(self, screen: str) -> Question | None:
        return screens.dialog(screen)

    async def send(self, held: Held, text: str) -> None:
        await steering.send(self._home(held.agent_home), held, text)

    async def answer(self, held: Held, question: Question, answer: Answer) -> None:
        await steering.answer(self._home(held.agent_home), held, question, answer)

    async def interrupt(self, held: Held) -> None:
        await steering.interrupt(self._home(held.agent_home), held)

    async def quit(self, held: Held) -> None:
        await steering.quit_(self._home(held.agent_home), held)

    def _home(self, path: Path) -> Home:
        """A connection belongs to the loop it was made on; another loop makes its own."""
        loop = asyncio.get_running_loop()
        known = self._homes.get(path)
        if known is None or known[0] is not loop:
            known = self._homes[path] = (loop, Home(path))
        return known[1]

    def _told(self, home: Path) -> None:
        for watch in self._watches.get(home, []):
            watch.heard(soon=True)

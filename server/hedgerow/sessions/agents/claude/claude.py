"""The agent Claude Code: the interface of agents, answered by the modules beside this one. Holds what was read last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from hedgerow.protocol.sessions import Question

from ..agent import Agent, Answer, Event, Heard, Held, Living, Order, Prepared, Sighting
from . import answering, hooks, launching, screens, steering
from .looking import NAME
from .reading import Reading
from .watching import Watch


class Claude:
    """One per process."""

    name = NAME
    title = "Claude Code"
    tells = True
    takes_prompt = True

    def __init__(self) -> None:
        self._homes: dict[Path, Reading] = {}
        self._watches: dict[Path, list[Watch]] = {}

    def program(self, environment: Mapping[str, str]) -> Path | None:
        return launching.program(environment)

    def home(self, environment: Mapping[str, str]) -> Path:
        return launching.home(environment)

    def home_of_worktree(self, usual: Path, place: Path) -> Path:
        return usual

    async def look(self, home: Path) -> list[Sighting]:
        found = await asyncio.to_thread(self._reading(home).look)
        living = [one.pid for one in found if one.living is not Living.STORED and one.pid is not None]
        for watch in self._watches.get(home, ()):
            watch.follow(living)
        return found

    def watch(self, home: Path, changed: Callable[[], None]) -> Callable[[], None]:
        watch = Watch(home, changed)
        self._watches.setdefault(home, []).append(watch)

        def stop() -> None:
            watch.close()
            if watch in self._watches.get(home, ()):
                self._watches[home].remove(watch)

        return stop

    async def prepare(self, order: Order) -> Prepared:
        return await asyncio.to_thread(launching.launch, order)

    def heard(self, event: Event) -> Heard:
        return hooks.heard(event)

    def dialog(self, screen: str) -> Question | None:
        return screens.first_run(screen)

    async def send(self, held: Held, text: str) -> None:
        await steering.send(self._reading(held.agent_home), held, text)

    async def answer(self, held: Held, question: Question, answer: Answer) -> None:
        left = await answering.answer(self._reading(held.agent_home), held, question, answer)
        if left is not None:  # a dialog that takes no words: what was refused is explained in the next prompt
            await steering.send(self._reading(held.agent_home), held, left)

    async def interrupt(self, held: Held) -> None:
        await steering.interrupt(self._reading(held.agent_home), held)

    async def quit(self, held: Held) -> None:
        await steering.quit_(self._reading(held.agent_home), held)

    def _reading(self, home: Path) -> Reading:
        return self._homes.setdefault(home, Reading(home))


CLAUDE: Agent = Claude()

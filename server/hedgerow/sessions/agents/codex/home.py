"""One home of Codex, read as a whole: what is told of its conversations now.

Owns what was read, so that nothing is read twice; changes nothing there.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hedgerow.protocol.sessions import Question

from ..agent import Sighting, Status
from .daemon import Daemon
from .loaded import Thread
from .questions import question_of
from .rollouts import Rollouts, Told
from .sightings import Found, sightings
from .threads import Threads
from .writers import daemon_pid, writers


class Home:
    """One per home and event loop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.daemon = Daemon(path)
        self.rollouts = Rollouts()
        self._threads = Threads(path)
        self._looking = asyncio.Lock()

    async def look(self) -> list[Sighting]:
        async with self._looking:
            if not self.path.is_dir():
                return []
            await self.daemon.reach()
            loaded = dict(self.daemon.followed.threads)
            found = await asyncio.to_thread(self._read, loaded)
            loaded, questions = self._asked(loaded)
            return sightings(replace(found, loaded=loaded, questions=questions))

    def _asked(self, loaded: Mapping[str, Thread]) -> tuple[dict[str, Thread], dict[str, Question]]:
        """The threads, with those that wait for the person, and what each of these asks.

        A person is told that one waits once it can be said for what, or once that did not come in time.
        """
        threads, questions = dict(loaded), {}
        for name, thread in loaded.items():
            if thread.hidden:
                continue
            asker = self.daemon.followed.asker(name)
            if asker is not None:
                asking = loaded.get(asker, thread)
                threads[name] = replace(thread, status=Status.WAITING, waits=True, since=asking.since)
                if (question := self.question(asker, self._told(asking))) is not None:
                    questions[name] = question
            elif thread.waits:
                threads[name] = replace(thread, status=Status.BUSY, waits=False)
        return threads, questions

    def question(self, thread: str, told: Told | None) -> Question | None:
        """What a thread of the daemon asks, in our words; of a sub-agent, with its name."""
        asked = self.daemon.followed.asked(thread)
        if asked is None:
            return None
        question = question_of(asked[0], told, asked[1])
        below = self.daemon.followed.threads.get(thread)
        if below is None or below.above is None:
            return question
        return question.model_copy(
            update={"text": f"its sub-agent {below.title or ''} {question.text}".replace("  ", " ")}
        )

    def _told(self, thread: Thread) -> Told | None:
        return self.rollouts.tell(thread.rollout) if thread.rollout is not None else None

    def _read(self, loaded: dict[str, Thread]) -> Found:
        # Before the records: whoever let go of one has written its end by then.
        held = writers(self.path)
        stored = tuple(self._threads.stored())
        files = {thread.id: thread.rollout for thread in stored}
        files |= {name: thread.rollout for name, thread in loaded.items() if thread.rollout is not None}
        told: dict[str, Told] = {}
        parents: dict[str, str] = {}
        for name, path in files.items():
            if (tells := self.rollouts.tell(path)) is not None:
                told[name] = tells
            if (parent := self.rollouts.parent(path)) is not None:
                parents[name] = parent
        return Found(
            home=self.path,
            stored=stored,
            writers=held,
            daemon=daemon_pid(self.path),
            told=told,
            parents=parents,
            programs={pid: _program(pid) for pid in held.values() if pid is not None},
            problem=self._threads.problem,
        )


def _program(pid: int) -> int:
    """The process that was launched: npm's `codex` is a small program of node's that waits for the real one."""
    import psutil  # noqa: PLC0415 - 20 ms, and only where something lives

    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid).parent()
        if parent is not None and any(Path(word).name in ("codex", "codex.js") for word in parent.cmdline()[1:3]):
            return parent.pid
    return pid

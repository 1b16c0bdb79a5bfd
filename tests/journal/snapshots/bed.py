"""One round of a snapshot's life: taken, held, its worktree and everything unreferenced gone, laid down elsewhere.

Laying down happens in a second process, which knows nothing but the repository, the ref and the kept files.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.home import Home
from tests.support.oracle import Fact, Observation, Oracle, moved_difference
from tests.support.repositories import Playground

from hedgerow.git.repository import discover
from hedgerow.git.runner import Git
from hedgerow.journal import snapshots
from hedgerow.journal.snapshots import State, Taken, Transitioned
from hedgerow.protocol.settings import REBUILDABLE

LARGE = 1 << 20


@dataclass
class Bed:
    home: Home
    playground: Playground
    git: Git = field(default_factory=Git)

    @property
    def oracle(self) -> Oracle:
        return Oracle(self.home, executable=self.playground.executable)

    def kept_dir(self, snapshot_id: str) -> Path:
        return self.home.hedgerow_state / "kept" / snapshot_id

    async def take(self, checkout: Path, *, rebuildable: Sequence[str] = REBUILDABLE, large: int = LARGE) -> Taken:
        repository = await discover(self.git, checkout)
        return await snapshots.take(
            self.git, repository, checkout, self.playground.admin(checkout),
            rebuildable=rebuildable, large_file_bytes=large, label=checkout.name, reason="test",
        )  # fmt: skip

    async def fingerprint(self, checkout: Path) -> str:
        repository = await discover(self.git, checkout)
        return await snapshots.fingerprint(
            self.git, repository, checkout, self.playground.admin(checkout), rebuildable=REBUILDABLE
        )

    async def hold(self, checkout: Path, taken: Taken, snapshot_id: str) -> None:
        repository = await discover(self.git, checkout)
        kept_dir = self.kept_dir(snapshot_id)
        kept_dir.parent.mkdir(parents=True, exist_ok=True)
        await snapshots.hold(
            self.git, repository, snapshot=taken.oid, snapshot_id=snapshot_id, checkout=checkout, kept_dir=kept_dir
        )

    async def take_and_hold(self, checkout: Path, snapshot_id: str = "one", *, large: int = LARGE) -> Taken:
        taken = await self.take(checkout, large=large)
        await self.hold(checkout, taken, snapshot_id)
        return taken

    def remove(self, repository: Path, *worktrees: Path) -> None:
        """Gone as plain git forces it, and everything that nothing holds with it."""
        for worktree in worktrees:
            self.playground.git("worktree", "remove", "--force", "--force", worktree, cwd=repository)
            assert not worktree.exists()
        self.playground.collect_garbage(repository)

    def lay_down(self, repository: Path, *places: tuple[str, Path]) -> None:
        """Lay snapshots down in new worktrees, in a second process: (snapshot id, new place)."""
        work = []
        for snapshot_id, place in places:
            oid = self.playground.text("rev-parse", snapshots.ref_of(snapshot_id), cwd=repository)
            self.playground.git(
                "worktree", "add", "--quiet", "--no-checkout", "--detach", place, self._any_commit(repository, oid),
                cwd=repository,
            )  # fmt: skip
            work.append([oid, str(place), str(self.playground.admin(place)), str(self.kept_dir(snapshot_id))])
        finished = subprocess.run(
            [sys.executable, "-c", _SECOND_PROCESS, self.playground.executable, str(repository)],
            env={**self.home.environment(), "PYTHONPATH": os.pathsep.join(sys.path)},
            input=json.dumps(work).encode(), capture_output=True, timeout=300, check=False,
        )  # fmt: skip
        assert finished.returncode == 0, finished.stderr.decode(errors="replace")

    async def transition(
        self, checkout: Path, source: State, target: State, *, half_way: bool = False, quarantine: Path | None = None
    ) -> Transitioned:
        repository = await discover(self.git, checkout)
        return await snapshots.transition(
            self.git, repository, checkout, self.playground.admin(checkout),
            source=source, target=target, half_way=half_way, quarantine=quarantine,
        )  # fmt: skip

    def _any_commit(self, repository: Path, oid: str) -> str:
        return self.playground.text("rev-parse", f"{oid}^1", cwd=repository)

    async def round_trip(self, repository: Path, worktree: Path, *, large: int = LARGE) -> tuple[Taken, list[str]]:
        """What differs between a worktree and what comes back of it."""
        before = self.oracle.observe(repository)
        taken = await self.take_and_hold(worktree, large=large)
        assert difference_of(before, self.oracle.observe(repository)) == [], "taking a snapshot changed something"
        self.remove(repository, worktree)
        again = worktree.with_name(worktree.name + "-again")
        self.lay_down(repository, ("one", again))
        return taken, moved(before, worktree, self.oracle.observe(repository), again)


def difference_of(before: Observation, after: Observation) -> list[str]:
    from tests.support.oracle import difference  # noqa: PLC0415

    return difference(before, after)


def moved(before: Observation, old: Path, after: Observation, new: Path) -> list[str]:
    """`moved_difference`, and HEAD's reflog, which a snapshot gives back too."""
    lines = moved_difference(before, old, after, new)

    def reflog(observation: Observation, checkout: Path) -> dict[bytes, str]:
        facts: dict[Fact, str] = observation.of(checkout, area="reflog")
        return {fact.name: value for fact, value in facts.items() if fact.name == b"HEAD"}

    if reflog(before, old) != reflog(after, new):
        lines.append(f"reflog: {reflog(before, old)} -> {reflog(after, new)}")
    return lines


_SECOND_PROCESS = """
import asyncio, json, sys
from pathlib import Path
from hedgerow.git.repository import discover
from hedgerow.git.runner import Git
from hedgerow.journal import snapshots

async def main():
    git = Git(executable=sys.argv[1])
    repository = await discover(git, Path(sys.argv[2]))
    for oid, place, admin, kept in json.load(sys.stdin):
        await snapshots.lay_down(git, repository, oid, Path(place), Path(admin), kept_dir=Path(kept))

asyncio.run(main())
"""

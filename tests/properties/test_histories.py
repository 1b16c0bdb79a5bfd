"""Random histories of edits, commits, commands and undos over several checkouts hold P3 and P6.

`HEDGEROW_HISTORIES` says how many; `HEDGEROW_HISTORY_STEPS` how long each may be.
"""

# ruff: noqa: N802 - named by the properties

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from tests.support.hedgerow import Hedgerow
from tests.support.home import Home, living_in
from tests.support.oracle import (
    Except,
    Fact,
    Observation,
    Oracle,
    compare,
    difference,
    hedgerows_own,
    moved_difference,
    of_checkout,
    of_garbage_collection,
    of_ref,
)
from tests.support.repositories import Playground
from tests.support.states import CHANGES, change

from hedgerow.protocol.errors import HedgerowError

HISTORIES = int(os.environ.get("HEDGEROW_HISTORIES", "200"))
STEPS = int(os.environ.get("HEDGEROW_HISTORY_STEPS", "10"))

_Result = TypeVar("_Result")

_NUMBER = st.integers(min_value=0, max_value=99)
_TALLY: Counter[str] = Counter()


@dataclass(frozen=True)
class Retired:
    """A worktree that was cleaned up: what it was, and where that is held."""

    snapshot: str
    path: Path
    seen: Observation


@dataclass(frozen=True)
class Done:
    """A command that was carried out, with the world before and after it."""

    operation: str
    before: Observation
    after: Observation


class Histories(RuleBasedStateMachine):
    """Local and up to four worktrees; every step is watched by the witness."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="history-"))
        self.stack = ExitStack()
        self.home = self.stack.enter_context(living_in(Home(self.root).make()))
        self.playground = Playground(self.home)
        self.repository = self.playground.repository()
        self.oracle = Oracle(self.home)
        self.loop = asyncio.new_event_loop()
        self.opening = Hedgerow.opened(self.home, retention=None)
        self.hedgerow = self.run(self.opening.__aenter__())
        self.worktrees: list[Path] = []
        self.retired: list[Retired] = []
        self.done: list[Done] = []
        self.names = 0

    def teardown(self) -> None:
        try:
            self.everything_comes_back()
        finally:
            self.run(self.opening.__aexit__(None, None, None))
            self.loop.close()
            self.stack.close()
            shutil.rmtree(self.root)

    # -- the world -----------------------------------------------------------------------------

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return self.loop.run_until_complete(work)

    def observe(self) -> Observation:
        return self.oracle.observe(self.repository)

    def command(self, verb: str, allowed: list[Except], /, **params: Any) -> Any:
        """Carry out a command; None when it was refused, and then nothing has changed (P1, P2, P6)."""
        before = self.observe()
        try:
            result = self.run(self.hedgerow.agree(verb, self.repository, **params))
        except HedgerowError as error:
            _TALLY[f"{verb} refused: {error.code.value}"] += 1
            assert difference(before, self.observe()) == [], (
                f"{verb} {params} was refused ({error}) and changed something"
            )
            return None
        after = self.observe()
        _TALLY[f"{verb} done"] += 1
        if verb == "create" and (made := Path(result.paths[0])):
            allowed = [*allowed, of_checkout(made)]
        if verb == "restore":
            allowed = [*allowed, of_checkout(Path(result.paths[0]))]
        assert difference(before, after, except_for=(hedgerows_own, *allowed)) == [], f"{verb} {params}"
        if result.operation is not None and verb != "undo":
            self.done.append(Done(result.operation.id, before, after))
        self._look()
        return result

    def _look(self) -> None:
        self.worktrees = [path for path in self.observe().checkouts if path != self.repository and path.is_dir()]

    def _pick(self, number: int) -> Path:
        everywhere = [self.repository, *self.worktrees]
        return everywhere[number % len(everywhere)]

    @initialize(names=st.lists(st.sampled_from(sorted(CHANGES)), max_size=4), seed=_NUMBER)
    def begin(self, names: list[str], seed: int) -> None:
        """Everybody begins with something to lose."""
        for branch in (True, False):
            self.create("none", branch)
        for number, name in enumerate(names):
            change(self.playground, self._pick(number), name, seed)

    # -- what people and agents do -------------------------------------------------------------

    @rule(where=_NUMBER, name=st.sampled_from(sorted(CHANGES)), seed=_NUMBER)
    def work(self, where: int, name: str, seed: int) -> None:
        change(self.playground, self._pick(where), name, seed)

    @rule(where=_NUMBER, names=st.lists(st.sampled_from(sorted(CHANGES)), min_size=2, max_size=5), seed=_NUMBER)
    def much_work(self, where: int, names: list[str], seed: int) -> None:
        for name in names:
            change(self.playground, self._pick(where), name, seed)

    @precondition(lambda self: len(self.worktrees) < 4)
    @rule(carry=st.sampled_from(["none", "none", "copy", "move"]), branch=st.booleans())
    def create(self, carry: str, branch: bool) -> None:
        self.names += 1
        name = f"session-{self.names}"
        allowed: list[Except] = [of_ref(f"refs/heads/{name}")] if branch else []
        if carry == "move":
            allowed.append(self._contents_of(self.repository))
        self.command("create", allowed, name=name, carry=carry, **({"branch": name} if branch else {}))

    @staticmethod
    def _contents_of(checkout: Path) -> Except:
        return lambda fact: fact.where == str(checkout) and fact.area in ("file", "index")

    @precondition(lambda self: self.worktrees)
    @rule(where=_NUMBER, delete_branch=st.booleans())
    def clean_up(self, where: int, delete_branch: bool) -> None:
        self._clean_up(self.worktrees[where % len(self.worktrees)], delete_branch=delete_branch)

    def _clean_up(self, path: Path, *, delete_branch: bool) -> None:
        branch = self._branch(path)
        allowed: list[Except] = [of_checkout(path)]
        if delete_branch and branch:
            allowed.append(of_ref(branch))
        before = self.observe()
        result = self.command("cleanUp", allowed, checkouts=[str(path)], deleteBranch=delete_branch)
        if result is not None:
            assert not path.exists()
            (snapshot,) = result.operation.snapshots
            self.retired.append(Retired(snapshot, path, before))

    @precondition(lambda self: self.retired or self.worktrees)
    @rule(which=_NUMBER, old=st.booleans())
    def restore(self, which: int, old: bool) -> None:
        if not self.retired or len(self.worktrees) >= 4:
            self._clean_up(self.worktrees[which % len(self.worktrees)], delete_branch=old)
        if not self.retired:
            return
        one = self.retired[which % len(self.retired)]
        allowed: list[Except] = [self._branches_of(one)]
        result = self.command("restore", allowed, snapshot=one.snapshot, place="old" if old else "new")
        if result is not None:
            self._is_back(one, Path(result.paths[0]), self.observe())

    def _branch(self, path: Path) -> str:
        return self.playground.run("symbolic-ref", "--quiet", "HEAD", cwd=path).stdout.decode().strip()

    @staticmethod
    def _branches_of(one: Retired) -> Except:
        """Its branch, should it have been deleted with it."""
        gone = {
            fact.name for fact in one.seen.facts if fact.area == "ref" and fact.name.startswith(b"refs/heads/session-")
        }
        return lambda fact: fact.area in ("ref", "reflog") and fact.name in gone

    @staticmethod
    def _is_back(one: Retired, place: Path, now: Observation) -> None:
        """Byte for byte; only HEAD may be detached where its branch has moved on or is busy."""
        lines = moved_difference(one.seen, one.path, now, place)
        assert [line for line in lines if "admin 'HEAD' " not in line] == []

    @precondition(lambda self: self.worktrees)
    @rule(where=_NUMBER)
    def name_it(self, where: int) -> None:
        detached = [path for path in self.worktrees if not self._branch(path)]
        if not detached:
            return
        path = detached[where % len(detached)]
        self.names += 1
        branch = f"session-{self.names}"

        def head(fact: Fact) -> bool:
            return fact.where == str(path) and fact.name == b"HEAD"

        self.command("branchHere", [head, of_ref(f"refs/heads/{branch}")], checkout=str(path), branch=branch)

    @rule(what=st.sampled_from(["keep", "sweep", "collect garbage", "look"]), where=_NUMBER)
    def keep_house(self, what: str, where: int) -> None:
        if what == "keep" and self.worktrees:
            self.command("keep", [], checkout=str(self.worktrees[where % len(self.worktrees)]), kept=bool(where % 2))
        elif what == "sweep":
            self._sweep()
        elif what == "collect garbage":
            self.playground.collect_garbage(self.repository)
        else:
            before = self.observe()
            self.run(self.hedgerow.call("list", self.repository, wait=True))
            assert difference(before, self.observe(), except_for=()) == []

    def _sweep(self) -> None:
        """What has landed may go, nothing else; it is all in snapshots."""
        before, there = self.observe(), set(self.worktrees)
        commits = self.oracle.commits(self.repository)
        result = self.command("cleanUp", [of_checkout(*self.worktrees)], landed=True)
        if there != set(self.worktrees):
            self._remember_swept(before, result)
            assert there - set(self.worktrees) <= {one.path for one in self.retired}
        assert self.oracle.missing_commits(self.repository, commits) == []

    def _remember_swept(self, before: Observation, result: Any) -> None:
        shown = self.run(self.hedgerow.call("history", self.repository, limit=1000))
        for snapshot in shown.snapshots:
            if snapshot.id in result.operation.snapshots:
                self.retired.append(Retired(snapshot.id, Path(snapshot.path), before))

    @precondition(lambda self: self.done)
    @rule(newest=st.booleans(), which=_NUMBER)
    def undo(self, newest: bool, which: int) -> None:
        index = -1 if newest else which % len(self.done)
        one = self.done[index]
        current = self.observe()
        commits = self.oracle.commits(self.repository)
        by_it = {
            fact for fact in one.before.facts.keys() | one.after.facts.keys() if _differs(fact, one.before, one.after)
        }
        since = {fact for fact in one.after.facts.keys() | current.facts.keys() if _differs(fact, one.after, current)}
        try:
            result = self.run(self.hedgerow.agree("undo", self.repository, operation=one.operation))
        except HedgerowError as error:
            _TALLY[f"undo refused: {error.code.value}"] += 1
            assert difference(current, self.observe()) == []
            if newest and not since:
                raise AssertionError(f"nothing has changed since, and yet: {error}") from error
            return
        _TALLY["undo done"] += 1
        after = self.observe()
        assert self.oracle.missing_commits(self.repository, commits) == []
        places = {fact.where for fact in by_it}
        if not {fact for fact in since if fact.where in places and not of_garbage_collection(fact)}:
            expected = {fact: value for fact, value in current.facts.items() if fact not in by_it}
            expected |= {fact: value for fact, value in one.before.facts.items() if fact in by_it}
            assert compare(expected, after.facts, except_for=(hedgerows_own, of_garbage_collection)) == []
        else:
            untouched: list[Except] = [lambda fact: fact.where in places or fact in by_it]
            assert difference(current, after, except_for=(hedgerows_own, *untouched)) == []
        self.done.pop(index)
        for path in set(self.worktrees) - set(after.checkouts):
            self._remember_swept(current, result)
            assert any(one.path == path for one in self.retired) or not _work_in(current, one.after, path)
        self._look()

    # -- the end -------------------------------------------------------------------------------

    def everything_comes_back(self) -> None:
        """P3: after garbage collection, an application that was just opened restores every byte that was retired."""
        self.playground.collect_garbage(self.repository)

        async def restore_all() -> list[tuple[Retired, Path]]:
            places = []
            async with Hedgerow.opened(self.home, retention=None) as cold:
                for number, one in enumerate(self.retired):
                    result = await cold.agree("restore", self.repository, snapshot=one.snapshot, name=f"back-{number}")
                    places.append((one, Path(result.paths[0])))
            return places

        for one, place in self.run(restore_all()):
            self._is_back(one, place, self.observe())
        assert self.oracle.fsck(self.repository) == []


def _differs(fact: Fact, one: Observation, other: Observation) -> bool:
    return not hedgerows_own(fact) and one.facts.get(fact) != other.facts.get(fact)


def _work_in(current: Observation, made: Observation, path: Path) -> bool:
    """Whether a checkout has been changed since it was made."""
    return current.of(path) != made.of(path)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_P3_P6_histories() -> None:
    _TALLY.clear()
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=HISTORIES, stateful_step_count=STEPS, deadline=None, database=None, print_blob=True,
            suppress_health_check=list(HealthCheck),
            # A failing history is reported as it was found; making it shorter would run hundreds more.
            phases=(Phase.explicit, Phase.generate, *((Phase.shrink,) if os.environ.get("HEDGEROW_SHRINK") else ())),
        ),
    )  # fmt: skip
    print(*sorted(_TALLY.items()), sep="\n")
    # A test of what happens must see it happen.
    for verb in ("create", "cleanUp", "restore", "undo", "branchHere"):
        done = _TALLY[f"{verb} done"]
        refused = sum(count for what, count in _TALLY.items() if what.startswith(f"{verb} refused"))
        assert done >= max(1, HISTORIES // 10), f"{verb} was hardly ever carried out: {_TALLY}"
        assert done > refused or verb in ("restore", "undo", "branchHere"), f"{verb} is mostly refused: {_TALLY}"

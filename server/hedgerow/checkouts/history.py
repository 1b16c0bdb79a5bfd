"""How a checkout's commits stand to its base and to the branch it would land on.

Every answer follows from object ids alone, so it is computed once per pair and never goes stale.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from hedgerow.git.ancestry import AheadBehind, ahead_behind, is_ancestor, merge_base
from hedgerow.git.runner import Git
from hedgerow.protocol.checkouts import Base, Landed

from .checkout import Checkout
from .default_branch import Targets
from .landed import OPEN, UNKNOWN, how_landed
from .records import Records

_T = TypeVar("_T")

_REMEMBERED = 4096


@dataclass(frozen=True)
class History:
    base: Base | None
    landed: Landed | None


def base_of(oid: str, started_from: str | None, counts: AheadBehind | None = None) -> Base:
    return Base.model_validate(
        {
            "oid": oid,
            "from": started_from,
            "ahead": counts.ahead if counts else None,
            "behind": counts.behind if counts else None,
        }
    )


class Histories:
    """Answers `of` a checkout; remembers per pair of ids, and asks once however many rows share them."""

    def __init__(self, git: Git, records: Records) -> None:
        self._git = git
        self._records = records
        self._answers: dict[tuple[object, ...], object] = {}
        self._locks: dict[tuple[object, ...], asyncio.Lock] = {}

    async def of(self, checkout: Checkout, targets: Targets) -> History:
        """Base with its counts, and whether the work has landed.

        Raises:
            GitError: git cannot answer.
        """
        head = checkout.listed.head
        if head is None:
            return History(None, None)
        branches = targets.besides(checkout.listed.branch)
        base, started_from = checkout.base, checkout.started_from
        if base is None and branches:
            shared = await self._merge_base(checkout, head, branches[0].oid)
            base, started_from = shared, branches[0].name
        landed: Landed | None = None
        if branches:
            landed = await self._landed(checkout, head, base, [(branch.name, branch.oid) for branch in branches])
        if base is None:
            return History(None, landed)
        counts = None if checkout.repository.git.shallow else await self._counts(checkout, base, head)
        return History(base_of(base, started_from, counts), landed)

    async def _landed(self, checkout: Checkout, head: str, base: str | None, branches: list[tuple[str, str]]) -> Landed:
        name, tip = branches[0]
        shallow = checkout.repository.git.shallow
        recorded = checkout.base is not None
        # Without a recorded base, a HEAD inside the branch's history may be new or merged; only its tip is certain.
        if head == (base if recorded else tip) or (
            recorded and base is not None and not shallow and await self._contains(checkout, head, base)
        ):
            return Landed(state="open", onto=name, how="nothing")
        verdict = Landed(state="open", onto=name)
        for name, oid in branches:
            how = await self._how(checkout, head, oid, base if not recorded and oid == tip else None)
            if how == UNKNOWN:
                verdict = Landed(state="unknown", onto=name)
            elif how != OPEN:
                return Landed(state="landed", onto=name, how=how)
        return verdict

    async def _merge_base(self, checkout: Checkout, head: str, onto: str) -> str | None:
        if checkout.repository.git.shallow and head != onto:
            return None
        cwd = checkout.repository.common_dir
        return await self._once(("base", head, onto, cwd), lambda: merge_base(self._git, head, onto, cwd=cwd))

    async def _contains(self, checkout: Checkout, head: str, base: str) -> bool:
        cwd = checkout.repository.common_dir
        return await self._once(("contains", head, base, cwd), lambda: is_ancestor(self._git, head, base, cwd=cwd))

    async def _counts(self, checkout: Checkout, base: str, head: str) -> AheadBehind:
        if base == head:
            return AheadBehind(0, 0)
        cwd = checkout.repository.common_dir
        return await self._once(("counts", base, head, cwd), lambda: ahead_behind(self._git, base, head, cwd=cwd))

    async def _how(self, checkout: Checkout, head: str, onto: str, base: str | None) -> str:
        # Not remembered here: `unknown` may become known by a fetch, and the records keep the rest.
        key = ("landed", head, onto, checkout.repository.common_dir)
        async with self._locks.setdefault(key, asyncio.Lock()):
            how = await how_landed(self._git, self._records, checkout.repository, head, onto, base=base)
        self._locks.pop(key, None)
        return how

    async def _once(self, key: tuple[object, ...], ask: Callable[[], Awaitable[_T]]) -> _T:
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key not in self._answers:
                if len(self._answers) >= _REMEMBERED:
                    self._answers.pop(next(iter(self._answers)))
                self._answers[key] = await ask()
            answer = self._answers[key]
        self._locks.pop(key, None)
        return answer  # type: ignore[return-value]

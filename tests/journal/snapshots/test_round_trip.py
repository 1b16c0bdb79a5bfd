"""A snapshot gives back everything: by hand-made states, each with what once broke."""

from __future__ import annotations

from tests.journal.snapshots.bed import Bed


async def test_every_kind_of_uncommitted_work(bed: Bed) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    bed.playground.dirty(worktree)
    _, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []

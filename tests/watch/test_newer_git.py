"""Refs that are no files of their own: a reftable repository is watched as any other."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.support.home import Home
from tests.support.repositories import Playground, newer_git
from tests.watch.conftest import Watching

_TESTBED = Path(__file__).parents[1] / "testbed"


@pytest.fixture
def playground(home: Home) -> Playground:
    found = newer_git()
    if found is None:
        script = subprocess.run([_TESTBED / "git.sh", "forky"], capture_output=True, text=True, check=False)
        if script.returncode != 0:
            pytest.skip(f"no newer git: {script.stderr.strip()[-200:]}")
        found = script.stdout.strip()
    return Playground(home, git=found)


async def test_reftable(watching: Watching, playground: Playground) -> None:
    repository = playground.repository(ref_format="reftable")
    worktree = playground.worktree(repository, "one")
    watched = await watching()
    await watched.watch(repository, worktree)

    for checkout in (repository, worktree):
        watched.changes.clear()
        playground.git("commit", "--quiet", "--allow-empty", "-m", "outside", cwd=checkout)
        await watched.until(lambda: any(change.refs for change in watched.changes))
    watched.changes.clear()
    playground.git("switch", "--quiet", "-c", "side", cwd=worktree)
    await watched.until(lambda: any(change.refs for change in watched.changes))

"""RV01-RV04 and what reviewing has to do with CO04: what is rejected is gone, all of it, and never under an agent."""

# ruff: noqa: N802 - named by the ids of the table

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.support.ground import Ground

from hedgerow.app import App
from hedgerow.planning.turns import NoTurns
from hedgerow.protocol.settings import Settings

LINES = "".join(f"line {number}\n" for number in range(1, 31))


async def edited(ground: Ground) -> Path:
    """A session with three hunks in one file, a deleted file and a new one."""
    ground.playground.commit(ground.repository, "lines", {"lines.txt": LINES, "kept.txt": "kept\n"})
    worktree = await ground.create("session", branch="session")
    text = LINES.replace("line 3\n", "LINE 3\n").replace("line 12\n", "").replace("line 25\n", "line 25\nmore\n")
    ground.playground.write(worktree, {"lines.txt": text, "new.txt": "new\n"})
    (worktree / "kept.txt").unlink()
    return worktree


async def test_RV01_what_was_rejected_is_not_in_what_is_committed_landed_or_synced(ground: Ground) -> None:
    worktree = await edited(ground)
    shown = await ground.call("hunks", checkout="session", path="lines.txt")
    first, second, third = shown.hunks
    await ground.agree("reject", checkout="session", paths=["lines.txt"], hunks=[second.id])
    await ground.agree("reject", checkout="session", paths=["kept.txt"])
    await ground.agree("accept", checkout="session", paths=["lines.txt"], lines=[str(first.new_start)])
    expected = LINES.replace("line 3\n", "LINE 3\n").replace("line 25\n", "line 25\nmore\n")
    assert (worktree / "lines.txt").read_text() == expected
    await ground.agree("commit", checkout="session", message="all of it")
    await ground.agree("land", checkout="session", how="squash")
    assert (ground.repository / "lines.txt").read_text() == expected
    assert (ground.repository / "kept.txt").read_text() == "kept\n"
    assert third.state == "pending"


async def test_RV03_reject_all_leaves_nothing(ground: Ground) -> None:
    ground.playground.commit(ground.repository, "many", {f"many/{number}.txt": LINES for number in range(20)})
    worktree = await edited(ground)
    before = await ground.create("untouched")
    for number in range(20):
        text = "".join(
            f"{line}\n" if count % 4 else f"changed {line}\n" for count, line in enumerate(LINES.split("\n"))
        )
        ground.playground.write(worktree, {f"many/{number}.txt": text, f"many/new/{number}.txt": "new\n"})
    await ground.agree("reject", checkout="session", all=True)
    answer = await ground.call("diff", checkout="session")
    assert (answer.files, answer.totals.pending) == ([], 0)

    def content(checkout: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(checkout)): path.read_bytes()
            for path in sorted(checkout.rglob("*")) if path.is_file() and path.name != ".git"
        }  # fmt: skip

    assert content(worktree) == content(before)


class _Agents(NoTurns):
    def __init__(self) -> None:
        super().__init__()
        self.busy = True

    def in_turn(self, _checkout: str) -> bool:
        return self.busy


async def test_RV04_nothing_is_written_under_a_working_agent(ground: Ground) -> None:
    """An agent reads a file, thinks, and writes it whole. What is written meanwhile goes with that, unseen."""
    worktree = await edited(ground)
    place = worktree / "lines.txt"

    def turn(read: str) -> None:
        place.write_text(read.replace("line 30\n", "line 30\nthe agent's\n"))

    read = place.read_text()
    place.write_text(LINES)  # the control: somebody puts the file back in the middle of the turn
    turn(read)
    assert "LINE 3" in place.read_text(), "the rejected lines are back, and nobody was told"

    agents = _Agents()
    caller = ground.hedgerow.caller(ground.repository)
    app = await App.open(settings=Settings(), state_directory=ground.home.hedgerow_state, turns=agents)
    try:
        told: list[str] = []
        app.on_review_changed(lambda news: told.extend(news.notices))
        await app.keep_house(caller)
        ground.hedgerow.app, other = app, ground.hedgerow.app
        read = place.read_text()
        with ground.nothing_changes():
            answer = await ground.agree("reject", checkout="session", paths=["lines.txt"])
            assert answer.operation is None
            assert "waits for the end" in answer.message
        place.write_text(read.replace("line 29\n", "line 29\nonce more\n"))
        agents.busy = False
        agents.ends.publish((await ground.call("diff", checkout="session")).checkout)
        async with asyncio.timeout(30):
            while not told:
                await asyncio.sleep(0.01)
        assert told == ["not rejected: lines.txt has changed since it was shown"]
        assert "once more" in place.read_text(), "the agent's next edit is whole"
        ground.hedgerow.app = other
    finally:
        await app.close()


async def test_CO04_reviewing_takes_no_lock(ground: Ground) -> None:
    """A rebase goes on while the same checkout is looked at again and again; and a lock that is there stays."""
    worktree = await edited(ground)
    ground.git("commit", "-qam", "work", cwd=worktree)
    for number in range(8):
        ground.playground.commit(worktree, f"step {number}", {f"step{number}.txt": "x\n"})
    ground.playground.commit(ground.repository, "on", {"elsewhere.txt": "e\n"})
    branch = ground.git("symbolic-ref", "--short", "HEAD").decode().strip()
    lock = ground.playground.admin(worktree) / "index.lock"
    ended = asyncio.Event()

    async def look() -> int:
        count = 0
        while not ended.is_set():
            await ground.call("diff", checkout="session")
            await ground.call("hunks", checkout="session", path="lines.txt")
            count += 1
        return count

    looking = asyncio.create_task(look())
    await asyncio.to_thread(ground.git, "rebase", "--quiet", branch, cwd=worktree)
    ended.set()
    assert await looking > 0
    assert ground.git("rev-list", "--count", f"{branch}..HEAD", cwd=worktree).strip() == b"9"
    lock.write_bytes(b"")
    before = ground.observe()
    await ground.call("diff", checkout="session", between="index")
    await ground.agree("accept", checkout="session", all=True)
    assert lock.exists()
    assert ground.difference(before) == []

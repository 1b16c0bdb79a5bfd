"""Hand-off: there and back is identity, the undo of each is identity, and on the way every byte is where it belongs."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground
from tests.support.oracle import Except, of_area, of_ref
from tests.support.states import CHANGES, change

from hedgerow.protocol.errors import HedgerowError
from hedgerow.transfer import hand_off

COMBINATIONS = 16
MADE = of_ref("refs/heads/session")


def ignored(ground: Ground, checkout: Path) -> set[bytes]:
    out = ground.git("ls-files", "-o", "-i", "--exclude-standard", "-z", cwd=checkout)
    return {path for path in out.split(b"\0") if path}


def work(ground: Ground, checkout: Path, *, besides: Iterable[bytes] = ()) -> dict[bytes, str]:
    """Every file and link that travels, with bytes and modes; directories only where they are empty."""
    left_out = {b".git", *besides, *ignored(ground, checkout)}
    files = ground.observe().files(checkout)
    return {
        path: value
        for path, value in files.items()
        if path not in left_out and (not value.startswith("directory") or _is_empty(checkout, path))
    }


def _is_empty(checkout: Path, path: bytes) -> bool:
    return not any((checkout / path.decode(errors="surrogateescape")).iterdir())


def status(ground: Ground, checkout: Path) -> bytes:
    return ground.git("-c", "status.showUntrackedFiles=all", "status", "--porcelain=v2", "-z", cwd=checkout)


async def test_the_work_appears_in_local_and_the_worktree_waits(ground: Ground) -> None:
    worktree = await ground.create("session", branch="feature/login")
    ground.playground.dirty(worktree)
    ground.playground.write(ground.repository, {"a.txt": "Local's own\n", "note.txt": "untracked\n"})
    before = ground.observe()
    travelling, index, dirty = work(ground, worktree), before.index(worktree), status(ground, worktree)
    plan = await ground.plan("handOff", checkout="session")
    assert {path for loss in plan.losses for path in loss.paths} == {"a.txt", "note.txt"}
    assert ground.difference(before) == []
    result = await ground.call("handOff", checkout="session", token=plan.token)
    assert result.operation is not None
    assert ground.git("symbolic-ref", "--short", "HEAD").decode().strip() == "feature/login"
    assert work(ground, ground.repository) == travelling
    assert ground.observe().index(ground.repository) == index
    assert status(ground, ground.repository) == dirty
    assert status(ground, worktree) == b""
    listed = await ground.call("list", wait=True)
    assert [row.label for row in listed.checkouts if row.in_local] == ["session"]
    assert ground.playground.run("symbolic-ref", "HEAD", cwd=worktree).returncode != 0, "detached"
    for ignored_file in ignored(ground, worktree):
        assert (worktree / ignored_file.decode()).exists()


async def there_and_back(ground: Ground, worktree: Path) -> str | None:
    """The refusal, if there is one; all else is asserted."""
    before = ground.observe()
    made = () if ground.playground.run("symbolic-ref", "HEAD", cwd=worktree).returncode == 0 else (MADE,)
    aside: tuple[Except, ...] = (of_area("reflog"), *made)
    travelling, index = work(ground, worktree), before.index(worktree)
    try:
        await ground.agree("handOff", checkout=str(worktree))
    except HedgerowError as error:
        assert ground.difference(before) == []
        return error.message
    seen = ground.observe()
    in_local = {path: value for path, value in work(ground, ground.repository).items() if path in travelling}
    assert in_local == travelling
    assert seen.index(ground.repository) == index
    await ground.agree("undo")
    assert ground.difference(before, except_for=[of_area("reflog")]) == [], "undo of the way there"
    await ground.agree("handOff", checkout=str(worktree))
    hosted = ground.observe()
    await ground.agree("handOff", checkout=str(worktree))
    assert ground.difference(before, except_for=aside) == [], "there and back"
    await ground.agree("undo")
    assert ground.difference(hosted, except_for=[of_area("reflog")]) == [], "undo of the way back"
    await ground.agree("handOff", checkout="Local")
    assert ground.difference(before, except_for=aside) == [], "back once more"
    return None


@pytest.mark.parametrize("name", CHANGES)
async def test_each_kind_of_work_in_the_worktree(ground: Ground, name: str) -> None:
    worktree = await ground.create("session", branch="work")
    for seed in (1, 4):
        change(ground.playground, worktree, name, seed)
    assert await there_and_back(ground, worktree) is None


@pytest.mark.parametrize("name", CHANGES)
async def test_each_kind_of_work_in_local(ground: Ground, name: str) -> None:
    worktree = await ground.create("session")
    for seed in (1, 4):
        change(ground.playground, ground.repository, name, seed)
    ground.playground.write(worktree, {"theirs.txt": "x\n"})
    assert await there_and_back(ground, worktree) is None


@pytest.mark.parametrize("seed", range(COMBINATIONS))
async def test_combinations(ground: Ground, seed: int, record_property: pytest.RecordProperty) -> None:
    chance = random.Random(7000 + seed)
    worktree = await ground.create("session", **({"branch": "work"} if seed % 2 else {}))
    if seed % 5 == 0:
        ground.git("switch", "--quiet", "--detach")
    done = []
    for checkout in (worktree, ground.repository):
        for _ in range(chance.randint(1, 6)):
            name, number = chance.choice(list(CHANGES)), chance.randint(0, 99)
            done.append((checkout.name, name, number))
            change(ground.playground, checkout, name, number)
    print(done)
    refusal = await there_and_back(ground, worktree)
    record_property("move", ("handOff", refusal))
    if refusal is not None:
        assert "in the way" in refusal, refusal


async def test_one_at_a_time(ground: Ground) -> None:
    """The second's way to Local sends the first home; home again gives Local what it had before both."""
    first = await ground.create("first", branch="one")
    second = await ground.create("second", branch="two")
    for worktree in (first, second):
        ground.playground.dirty(worktree)
        ground.playground.write(worktree, {f"{worktree.name}.txt": "mine\n"})
    ground.playground.write(ground.repository, {"a.txt": "Local's\n", "shelved/deep.txt": "x\n"})
    before = ground.observe()
    await ground.agree("handOff", checkout="first")
    ground.playground.write(ground.repository, {"hosted.txt": "written in Local\n"})
    between = ground.observe()
    await ground.agree("handOff", checkout="second")
    assert (first / "hosted.txt").read_text() == "written in Local\n"
    assert (ground.repository / "second.txt").exists()
    assert not (ground.repository / "hosted.txt").exists()
    await ground.agree("undo")
    assert ground.difference(between, except_for=[of_area("reflog")]) == []
    await ground.agree("handOff", checkout="second")
    await ground.agree("handOff", checkout="second", to="home")
    (first / "hosted.txt").unlink()
    assert ground.difference(before, except_for=[of_area("reflog")]) == []


async def test_local_moved_meanwhile(ground: Ground) -> None:
    """The shelf is applied three-way, staged as staged."""
    worktree = await ground.create("session", branch="work")
    ground.playground.write(ground.repository, {"a.txt": "shelved\n", "new.txt": "staged\n"})
    ground.git("add", "new.txt")
    ground.playground.write(ground.repository, {"loose.txt": "untracked\n"})
    await ground.agree("handOff", checkout="session")
    tree = ground.git("rev-parse", "HEAD^{tree}").decode().strip()
    oid = ground.git("commit-tree", tree, "-p", "main", "-m", "elsewhere").decode().strip()
    elsewhere = ground.playground.worktree(ground.repository, "elsewhere")
    ground.git("reset", "--quiet", "--hard", oid, cwd=elsewhere)
    ground.playground.commit(elsewhere, "moved", {"sub/b.txt": "moved on\n"})
    ground.git("update-ref", "refs/heads/main", ground.playground.head(elsewhere))
    hosted = ground.observe()
    await ground.agree("handOff", checkout="Local")
    assert ground.git("status", "--porcelain").decode().splitlines() == [" M a.txt", "A  new.txt", "?? loose.txt"]
    assert (ground.repository / "sub/b.txt").read_text() == "moved on\n"
    await ground.agree("undo")
    assert ground.difference(hosted, except_for=[of_area("reflog")]) == []

    ground.playground.commit(elsewhere, "in the way", {"a.txt": "another\n"})
    ground.git("update-ref", "refs/heads/main", ground.playground.head(elsewhere))
    with ground.nothing_changes():
        plan = await ground.plan("handOff", checkout="Local")
        assert any("'a.txt'" in line for line in plan.conflicts)
        with pytest.raises(HedgerowError):
            await ground.call("handOff", checkout="Local", token=plan.token)
    assert worktree.exists()


async def test_locals_work_goes_to_a_new_worktree(ground: Ground) -> None:
    ground.playground.write(ground.repository, {"a.txt": "mine\n", "new.txt": "untracked\n"})
    before = ground.observe()
    result = await ground.agree("handOff", checkout="Local", name="fresh")
    fresh = Path(result.paths[0])
    assert (fresh / "new.txt").read_text() == "untracked\n"
    assert ground.git("status", "--porcelain") == b""
    await ground.agree("undo")
    assert ground.difference(before) == []


def _collide(ground: Ground, worktree: Path) -> None:
    ground.playground.write(ground.repository, {"seen.ignored": "precious\n"})
    ground.playground.write(worktree, {"seen.ignored": "tracked there\n"})
    ground.git("add", "--force", "seen.ignored", cwd=worktree)


async def test_an_ignored_file_in_the_way_is_foretold(ground: Ground) -> None:
    worktree = await ground.create("session", branch="work")
    _collide(ground, worktree)
    with ground.nothing_changes():
        plan = await ground.plan("handOff", checkout="session")
    assert plan.conflicts
    assert "seen.ignored" in plan.conflicts[0]


async def test_rules_that_the_work_changes_move_nothing_that_was_ignored(ground: Ground) -> None:
    """What was ignored in Local does not travel home only because the work un-ignores it."""
    worktree = await ground.create("session", branch="work")
    ground.playground.write(worktree, {".gitignore": "", "home.ignored": "stays at home\n"})
    (worktree / ".gitignore").write_text("nothing\n")
    (worktree / "home.ignored").unlink()
    ground.playground.write(ground.repository, {".env": "SECRET\n", "node_modules/x/y.js": "built\n"})
    before = ground.observe()
    await ground.agree("handOff", checkout="session")
    assert (ground.repository / ".env").exists()
    await ground.agree("handOff", checkout="session")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []
    assert not (worktree / ".env").exists()


async def test_refused_with_a_sentence(ground: Ground) -> None:
    worktree = await ground.create("session", branch="work")
    await ground.create("other", branch="other")
    (worktree.parent.parent / "project" / ".git" / "worktrees" / "session" / "index.lock").touch()
    await ground.refused("handOff", "cannotSnapshot", checkout="session")
    (worktree.parent.parent / "project" / ".git" / "worktrees" / "session" / "index.lock").unlink()
    await ground.refused("handOff", "badParams", checkout="session", branch="another")
    await ground.refused("handOff", "conflict", checkout="session", to="home")
    await ground.refused("handOff", "badParams", checkout="session", to="new")
    await ground.agree("handOff", checkout="session")
    await ground.refused("handOff", "conflict", checkout="session", to="local")
    ground.playground.write(worktree, {"unexpected.txt": "written at home meanwhile\n"})
    assert "of its own" in (await ground.refused("handOff", "conflict", checkout="session")).message
    (worktree / "unexpected.txt").unlink()
    ground.git("switch", "--quiet", "-c", "elsewhere")
    assert "switch Local" in (await ground.refused("handOff", "conflict", checkout="session")).message
    await ground.refused("cleanUp", "protected", checkouts=["session"])


async def test_an_edit_of_the_same_size_in_the_same_tick_is_not_lost(ground: Ground) -> None:
    """Found by the demo: the index that goes along must not vouch for a file that it never saw."""
    worktree = await ground.create("session", branch="work")
    path = ground.repository / "a.txt"
    when = path.stat().st_mtime_ns
    for _ in range(100):  # until one edit falls into the tick of the last `git add`
        path.write_bytes(b"two\n")
        ground.git("add", "a.txt")
        path.write_bytes(b"six\n")
        when = path.stat().st_mtime_ns
        if _vouched(ground, when):
            break
    before = ground.observe()
    await ground.agree("handOff", checkout="session")
    await ground.agree("handOff", checkout="session")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []
    assert ground.git("diff", "--name-only") == b"a.txt\n"
    assert worktree.exists()


def _vouched(ground: Ground, when: int) -> bool:
    shown = ground.git("ls-files", "--debug", "a.txt").decode()
    return f"mtime: {when // 10**9}:{when % 10**9}\n" in shown


async def test_the_worktree_s_name_stays_its_own_while_its_branch_is_in_local(ground: Ground) -> None:
    """Detached work gets a branch of the worktree's name; the same words bring it home."""
    worktree = await ground.create("work")
    ground.playground.commit(worktree, "on no branch", {"b.txt": "b\n"})
    before = ground.observe()
    await ground.agree("handOff", checkout="work")
    assert ground.git("branch", "--show-current").decode().strip() == "work"
    await ground.agree("handOff", checkout="work")
    assert ground.difference(before, except_for=[of_area("reflog"), of_ref("refs/heads/work")]) == []


async def test_another_process_hands_it_off_while_this_one_plans(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has chosen the way there does not go on, from then, with what the other has left."""
    worktree = await ground.create("session")
    ground.playground.dirty(worktree)
    find_local = hand_off._local

    async def after_another(*args: Any) -> Any:
        monkeypatch.undo()
        await ground.agree("handOff", checkout="session")
        return await find_local(*args)

    monkeypatch.setattr(hand_off, "_local", after_another)
    with pytest.raises(HedgerowError):
        await ground.agree("handOff", checkout="session")
    (row,) = (await ground.call("history")).operations[:1]
    assert row.state == "rolledBack"
    assert ground.git("branch", "--list", "session*").split() == [b"*", b"session"]
    await ground.agree("handOff", checkout="session")
    assert status(ground, worktree) != b""

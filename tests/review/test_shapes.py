"""Reviews of what is not the usual: submodules, sha256, bare repositories, renames with edits, no commit yet."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.review.conftest import TEN, Agents, Review
from tests.support.ground import Ground
from tests.support.hedgerow import Hedgerow
from tests.support.home import Home
from tests.support.repositories import Playground

from hedgerow.protocol.settings import Settings

EDITED = TEN.replace("line 2\n", "LINE 2\n").replace("line 8\n", "")


async def test_a_renamed_file_keeps_its_hunks(review: Review) -> None:
    before = review.ground.observe()
    (review.path / "ten.txt").rename(review.path / "moved.txt")
    review.write("moved.txt", EDITED)
    shown = await review.hunks("moved.txt")
    assert (shown.status, shown.old_path) == ("renamed", "ten.txt")
    first, second = shown.hunks
    await review.reject("moved.txt", hunks=[second.id])
    assert review.read("moved.txt").decode() == TEN.replace("line 2\n", "LINE 2\n")
    # Accepting a part of it accepts the name.
    await review.accept("moved.txt", hunks=[(await review.hunks("moved.txt")).hunks[0].id])
    assert await review.pending() == {}
    await review.ground.agree("undo")
    await review.reject("ten.txt")  # either name means the rename
    assert review.ground.difference(before) == []
    assert first.text == "-line 2\n+LINE 2\n"


async def test_a_submodule_is_accepted_and_never_moved(ground: Ground, agents: Agents) -> None:
    inner = ground.playground.repository("inner")
    config = ("-c", "protocol.file.allow=always")
    ground.git(*config, "submodule", "--quiet", "add", inner, "inner")
    ground.git("commit", "-qm", "with a submodule")
    review = Review(ground, await ground.create("session"), agents)
    ground.git(*config, "submodule", "--quiet", "update", "--init", cwd=review.path)
    assert await review.pending() == {}
    ground.playground.commit(review.path / "inner", "on", {"new.txt": "new\n"})
    (file,) = (await review.diff()).files
    assert (file.path, file.status, file.kind) == ("inner", "modified", "submodule")
    assert (await review.hunks("inner")).hunks == []
    await ground.refused("reject", "unsupported", checkout="session", paths=["inner"])
    review.write("other.txt", "x\n")
    done = await review.reject(all=True)
    assert [kept.path for kept in done.kept] == ["inner"]
    assert not (review.path / "other.txt").exists()
    await review.accept("inner")
    assert await review.pending() == {}


async def test_another_repository_inside_is_nobodys_difference(review: Review) -> None:
    review.ground.playground.repository("elsewhere")
    review.ground.git("init", "-q", review.path / "nested")
    (review.path / "nested" / "file.txt").write_text("x\n")
    assert await review.pending() == {}
    assert (await review.accept(all=True)).operation is None


async def test_very_large_untracked_files_stay_out_of_git(home: Home, playground: Playground, agents: Agents) -> None:
    async with Hedgerow.opened(home, large_file_mib=1) as hedgerow:
        ground = Ground(home, playground, hedgerow, playground.repository())
        review = Review(ground, await ground.create("session"), agents)
        review.write("large.bin", b"x" * (2 << 20))
        review.write("small.txt", "x\n")
        for verb in ("accept", "reject"):
            await ground.refused(verb, "unsupported", checkout="session", paths=["large.bin"])
        done = await review.accept(all=True)
        assert [kept.path for kept in done.kept] == ["large.bin"]
        assert await review.pending() == {"large.bin": "added"}
    assert Settings().large_file_mib > 1


@pytest.mark.parametrize("shape", ["sha256", "bare"])
async def test_other_shapes(ground: Ground, agents: Agents, shape: str) -> None:
    repository = ground.repository.parent / f"{shape}-project"
    if shape == "sha256":
        ground.git("init", "-q", "--object-format=sha256", repository)
        ground.playground.commit(repository, "base", {"ten.txt": TEN})
    else:
        ground.playground.commit(ground.repository, "base", {"ten.txt": TEN})
        ground.git("clone", "-q", "--bare", ground.repository, repository)
    ground.repository = repository
    review = Review(ground, await ground.create("session"), agents)
    review.write("ten.txt", EDITED)
    review.write("new.txt", "new\n")
    first, second = (await review.hunks("ten.txt")).hunks
    await review.accept("ten.txt", hunks=[first.id])
    await review.reject("ten.txt", hunks=[second.id])
    await review.reject("new.txt")
    assert review.read("ten.txt").decode() == TEN.replace("line 2\n", "LINE 2\n")
    assert await review.pending() == {}
    for _ in range(3):
        await ground.agree("undo")
    assert review.read("ten.txt").decode() == EDITED
    assert await review.pending() == {"ten.txt": "modified", "new.txt": "added"}


async def test_before_the_first_commit(ground: Ground, agents: Agents, tmp_path: Path) -> None:
    ground.repository = ground.repository.parent / "unborn"
    ground.git("init", "-q", ground.repository, cwd=tmp_path)
    review = Review(ground, ground.repository, agents)
    review.write("ten.txt", TEN)
    assert await review.pending() == {"ten.txt": "added"}
    await review.accept("ten.txt", lines=["1-5"])
    review.write("ten.txt", TEN + "more\n")
    await review.accept(all=True)
    assert await review.pending() == {}
    await ground.agree("undo")
    assert await review.pending() == {"ten.txt": "modified"}


async def test_looking_again_and_again_adds_nothing_to_the_repository(review: Review) -> None:
    review.write("ten.txt", EDITED)
    await review.accept(all=True)
    base = review.ground.playground.commit(review.path, "work", {"tool.sh": "echo more\n"})
    await review.ground.agree("setBase", checkout="session", base=base)
    await review.diff()
    before = review.ground.git("count-objects", "-v")
    for between in ("base", "reviewed", "head", "index", "local"):
        await review.diff(between=between)
        await review.hunks("ten.txt", between=between)
    assert review.ground.git("count-objects", "-v") == before


async def test_a_restore_under_another_name_has_what_was_accepted(review: Review) -> None:
    review.write("ten.txt", EDITED)
    first, _ = (await review.hunks("ten.txt")).hunks
    await review.accept("ten.txt", hunks=[first.id])
    done = await review.ground.clean_up(review.path)
    assert done.operation is not None
    back = await review.ground.agree("restore", snapshot=done.operation.snapshots[0], name="back")
    again = Review(review.ground, Path(back.paths[0]), review.agents)
    assert [state for _, state in await again.texts("ten.txt")] == ["accepted", "pending"]

"""Replacing one file of a checkout: only if it is what it was, and nothing that anybody wrote is lost over it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.ground import Ground

from hedgerow.git.objects import TreeEntry, commit_tree, write_blob, write_tree_of
from hedgerow.journal import file_state, files
from hedgerow.journal.bench import Bench
from hedgerow.journal.file_state import FileState, read_parents, read_state, stored
from hedgerow.journal.steps import OvertakenError, Rewrite
from hedgerow.protocol.errors import HedgerowError


class Scene:
    def __init__(self, ground: Ground, bench: Bench) -> None:
        self.ground, self.bench = ground, bench
        self.top = ground.repository

    async def step(self, path: str, content: bytes | None, mode: int = 0o644) -> Rewrite:
        """The one that puts these bytes there."""
        found = read_state(self.bench.repository, self.top, path)
        before = None if found is None else found[0]
        if found is not None:
            await write_blob(self.bench.git, found[1], cwd=self.top)
        after = None
        if content is not None:
            after = FileState(oid=await write_blob(self.bench.git, content, cwd=self.top), mode=mode)
        parents = read_parents(self.top, path, existed=before is not None)
        oids = {state.oid for state in (before, after) if state is not None}
        entries = [TreeEntry("100644", "blob", oid, oid.encode()) for oid in oids]
        tree = await write_tree_of(self.bench.git, entries, cwd=self.top)
        holder = await commit_tree(self.bench.git, tree, parents=(), message="held\n", cwd=self.top)
        name = stored(os.fsencode(path))
        return Rewrite(top=str(self.top), path=name, before=before, after=after, parents=parents, holder=holder)


@pytest.fixture
async def scene(ground: Ground) -> Scene:
    tools = ground.hedgerow.app._tools
    repository = await tools.repositories.open(ground.repository, ground.hedgerow.caller(ground.repository))
    return Scene(ground, Bench(tools.journal, repository.git, "o1"))


@pytest.mark.parametrize("path", ["a.txt", "sub/b.txt", "new/deep/er.txt", "\udcff\udcfe.bin", "per%cent \\ name"])
@pytest.mark.parametrize("content", [b"other\r\nbytes\xff", b"", None])
async def test_there_and_back_and_there_again(scene: Scene, path: str, content: bytes | None) -> None:
    before = scene.ground.observe()
    step = await scene.step(path, content, 0o600)
    for _ in range(2):
        await step.apply(scene.bench)
        await step.apply(scene.bench)
        done = scene.ground.observe()
        await step.revert(scene.bench)
        await step.revert(scene.bench)
        assert scene.ground.difference(before) == []
    await step.apply(scene.bench)
    inverse = step.inverse()
    await inverse.apply(scene.bench)
    assert scene.ground.difference(before) == []
    await inverse.inverse().apply(scene.bench)
    assert scene.ground.difference(done) == []


async def test_directories_keep_their_permissions(scene: Scene) -> None:
    place = scene.top / "private" / "inner"
    place.mkdir(parents=True)
    (scene.top / "private").chmod(0o700)
    (place / "only.txt").write_text("x")
    before = scene.ground.observe()
    step = await scene.step("private/inner/only.txt", None)
    await step.apply(scene.bench)
    assert not (scene.top / "private").exists()
    await step.inverse().apply(scene.bench)
    assert scene.ground.difference(before) == []


async def test_a_file_that_was_written_since_is_left(scene: Scene) -> None:
    step = await scene.step("a.txt", b"ours")
    (scene.top / "a.txt").write_text("theirs")
    with scene.ground.nothing_changes(), pytest.raises(OvertakenError):
        await step.apply(scene.bench)
    (scene.top / "a.txt").chmod(0o755)
    with scene.ground.nothing_changes(), pytest.raises(HedgerowError):
        await step.revert(scene.bench)


async def test_a_write_in_the_very_moment_is_not_lost(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the last comparison and the rename: the control shows that the file itself no longer has it."""
    step = await scene.step("a.txt", b"ours")
    real = files.replace

    def late(source: Path, target: Path) -> None:
        if target.name == "a.txt" and target.exists() and not source.name.endswith("-replaced"):
            target.write_text("written late")
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(file_state, "_keep", lambda *_: None)
        patch.setattr(files, "replace", late)
        await step.apply(scene.bench)
    assert (scene.top / "a.txt").read_text() == "ours"
    await step.revert(scene.bench)
    monkeypatch.setattr(files, "replace", late)
    with pytest.raises(OvertakenError, match="as its writer left it"):
        await step.apply(scene.bench)
    assert (scene.top / "a.txt").read_text() == "written late"
    assert [place.name for place in scene.top.iterdir() if place.name.startswith(".hedgerow")] == []


async def test_nothing_behind_a_link(scene: Scene, tmp_path: Path) -> None:
    step = await scene.step("sub/b.txt", b"ours")
    outside = tmp_path / "outside"
    (scene.top / "sub").rename(outside)
    (scene.top / "sub").symlink_to(outside)
    held = (outside / "b.txt").read_bytes()
    for go in (step.apply, step.revert):
        with pytest.raises(HedgerowError, match="link"):
            await go(scene.bench)
    assert (outside / "b.txt").read_bytes() == held


async def test_another_directory_in_its_place(scene: Scene) -> None:
    step = await scene.step("a.txt", b"ours")
    elsewhere = scene.top.with_name("elsewhere")
    scene.ground.git("init", "-q", elsewhere)
    (elsewhere / "a.txt").write_bytes((scene.top / "a.txt").read_bytes())
    moved = step.model_copy(update={"top": str(elsewhere)})
    with pytest.raises(HedgerowError, match="not the checkout it was"):
        await moved.apply(scene.bench)
    assert (elsewhere / "a.txt").read_bytes() != b"ours"

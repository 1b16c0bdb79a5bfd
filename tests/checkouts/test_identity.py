"""Which checkout is which: owners, ids, and the proof that a removal asks for."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.checkouts.room import Room, row_at
from tests.support.repositories import Playground

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.identity import TOKEN_FILE, file_id, prove_identity
from hedgerow.protocol.checkouts import CheckoutKind, CheckoutState


async def at(room: Room, project: Path, path: Path) -> Checkout:
    return next(checkout for checkout in await room.checkouts(project) if checkout.path == path)


async def test_owners(room: Room, playground: Playground) -> None:
    project = playground.repository()
    room.identify(project)
    expected = {project: "user", room.manage(project, "ours"): "hedgerow"}
    for place, owner in (
        (project / ".claude/worktrees/one", "claude"),
        (room.home.home / ".codex/worktrees/ab12/project", "codex"),
        (playground.directory / "by-hand", "user"),
    ):
        playground.git("worktree", "add", "--quiet", "--detach", place, cwd=project)
        expected[place] = owner
    elsewhere = playground.worktree(project, "codex-home-elsewhere")
    (playground.admin(elsewhere) / "codex-thread.json").write_text("{}")
    expected[elsewhere] = "codex"
    expected[playground.worktree(project, "vs", "-b", "me/copilot/brave-fox")] = "vscode"
    expected[playground.worktree(project, "not-vs", "-b", "fix-copilot")] = "user"
    assert {checkout.path: checkout.owner for checkout in await room.checkouts(project)} == expected


async def test_local_comes_first_and_has_the_repositorys_id(room: Room, playground: Playground) -> None:
    project = playground.repository()
    identifier = room.identify(project)
    room.manage(project, "a-worktree")
    local = (await room.checkouts(project))[0]
    assert (local.id, local.kind, local.label) == (f"local-{identifier}", CheckoutKind.LOCAL, "Local")


@pytest.mark.parametrize("change", ["another token", "another id", "no file", "no json", "a list"])
async def test_without_its_token_a_worktree_is_not_ours(room: Room, playground: Playground, change: str) -> None:
    project = playground.repository()
    room.identify(project)
    path = room.manage(project, "ours")
    found = await at(room, project, path)
    assert (found.kind, prove_identity(found)) == (CheckoutKind.MANAGED, None)
    token = playground.admin(path) / TOKEN_FILE
    match change:
        case "another token":
            token.write_text(token.read_text().replace("token-of", "other"))
        case "another id":
            token.write_text(token.read_text().replace("w-ours", "w-other"))
        case "no file":
            token.unlink()
        case "no json":
            token.write_bytes(b"\xff")
        case _:
            token.write_text("[]")
    assert (await at(room, project, path)).kind is CheckoutKind.FOREIGN
    reason = prove_identity(found)
    assert reason is not None
    assert "mark" in reason


async def test_a_kept_worktree(room: Room, playground: Playground) -> None:
    project = playground.repository()
    room.identify(project)
    path = room.manage(project, "ours", kept=True)
    assert (await room.row(path, of=project)).kind is CheckoutKind.KEPT


async def test_the_same_name_again_is_another_checkout(room: Room, playground: Playground) -> None:
    project = playground.repository()
    path = playground.worktree(project, "one")
    before = await at(room, project, path)
    assert before.id == (await at(room, project, path)).id
    playground.admin(path).rename(project / ".git" / "old-entry")  # its inode stays taken
    shutil.rmtree(path)
    playground.worktree(project, "one")
    after = await at(room, project, path)
    assert prove_identity(after) is None
    assert before.admin == after.admin
    assert before.id != after.id
    assert prove_identity(before) is not None


class TestProof:
    async def test_local_never(self, room: Room, playground: Playground) -> None:
        project = playground.repository()
        reason = prove_identity((await room.checkouts(project))[0])
        assert reason is not None
        assert "Local" in reason

    async def test_another_repository_in_its_place(self, room: Room, playground: Playground) -> None:
        """DL18: git's entry is still there, a clone has taken the directory."""
        project, other = playground.repository(), playground.repository("other")
        path = playground.worktree(project, "one")
        before = await at(room, project, path)
        shutil.rmtree(path)
        playground.git("clone", "--quiet", other, path, cwd=playground.directory)
        playground.write(path, {"precious.txt": "x"})
        assert str(path).encode() in playground.git("worktree", "list", cwd=project), "control: git lists it still"
        for checkout in (before, await at(room, project, path)):
            reason = prove_identity(checkout)
            assert reason is not None
            assert "repository of its own" in reason
        row = await room.row(path, of=project)
        assert row.state is CheckoutState.MISSING
        assert row.counts is None
        assert row.problem is not None
        assert "Another repository" in row.problem

    async def test_a_sibling_in_its_place(self, room: Room, playground: Playground) -> None:
        project = playground.repository()
        one, two = playground.worktree(project, "one"), playground.worktree(project, "two")
        before = await at(room, project, one)
        shutil.rmtree(one)
        two.rename(one)
        for checkout in (before, await at(room, project, one)):
            reason = prove_identity(checkout)
            assert reason is not None
            assert "another checkout" in reason
        assert (await room.row(one, of=project)).state is CheckoutState.MISSING

    async def test_the_same_worktree_made_anew(self, room: Room, playground: Playground) -> None:
        project = playground.repository()
        path = playground.worktree(project, "one")
        before = await at(room, project, path)
        moved = path.with_name("moved")
        path.rename(moved)
        shutil.copytree(moved, path)
        reason = prove_identity(before)
        assert reason is not None
        assert "replaced" in reason

    async def test_another_entry_in_its_entrys_place(self, room: Room, playground: Playground) -> None:
        project = playground.repository()
        path = playground.worktree(project, "one")
        before = await at(room, project, path)
        kept = before.admin.with_name("kept")
        before.admin.rename(kept)
        shutil.copytree(kept, before.admin)
        reason = prove_identity(before)
        assert reason is not None
        assert "replaced" in reason

    async def test_a_copy_of_its_directory(self, room: Room, playground: Playground) -> None:
        """The copy's `.git` names the entry, the entry does not name the copy: only one direction agrees."""
        project = playground.repository()
        path = playground.worktree(project, "one")
        copy = path.with_name("copy")
        shutil.copytree(path, copy)
        reason = prove_identity(replace(await at(room, project, path), path=copy, directory=file_id(copy)))
        assert reason is not None
        assert "names another directory" in reason

    async def test_a_link_in_its_place(self, room: Room, playground: Playground) -> None:
        project = playground.repository()
        path = playground.worktree(project, "one")
        before = await at(room, project, path)
        moved = path.with_name("moved")
        path.rename(moved)
        path.symlink_to(moved)
        reason = prove_identity(before)
        assert reason is not None
        assert "not a directory" in reason

    async def test_a_moved_worktree_that_git_was_told_of(self, room: Room, playground: Playground) -> None:
        project = playground.repository()
        room.identify(project)
        path = room.manage(project, "ours")
        moved = path.with_name("moved elsewhere")
        playground.git("worktree", "move", path, moved, cwd=project)
        found = await at(room, project, moved)
        assert (found.kind, found.id, prove_identity(found)) == (CheckoutKind.MANAGED, "w-ours", None)

    async def test_a_moved_worktree_that_git_was_not_told_of(self, room: Room, playground: Playground) -> None:
        project = playground.repository()
        path = playground.worktree(project, "one")
        moved = path.with_name("moved")
        path.rename(moved)
        found = await at(room, project, path)
        assert found.state is CheckoutState.MISSING
        assert prove_identity(found) is not None
        assert (await room.open(moved)).common_dir == project / ".git"

    async def test_a_moved_repository(self, room: Room, playground: Playground) -> None:
        project = playground.repository()
        room.identify(project)
        path = room.manage(project, "ours")
        moved = playground.directory / "moved"
        project.rename(moved)
        playground.git("worktree", "repair", path, cwd=moved)
        found = await at(room, moved, path)
        assert (found.kind, prove_identity(found)) == (CheckoutKind.MANAGED, None)


async def test_a_directory_whose_entry_is_gone(room: Room, playground: Playground) -> None:
    project = playground.repository()
    room.identify(project)
    path = room.manage(project, "ours")
    shutil.rmtree(playground.admin(path))
    row = await room.row(path, of=project)
    assert row.state is CheckoutState.ORPHANED
    assert row.id == "w-ours"
    assert row.problem is not None
    assert prove_identity(await at(room, project, path)) is not None
    shutil.rmtree(path)
    assert [checkout.path for checkout in await room.checkouts(project)] == [project]


async def test_one_that_is_being_made(room: Room, playground: Playground) -> None:
    project = playground.repository()
    room.identify(project)
    path = room.manage(project, "ours", state="making")
    row = await room.row(path, of=project)
    assert (row.state, row.counts, row.pending) == (CheckoutState.MAKING, None, False)


async def test_a_worktree_that_lost_its_git_file_is_not_read_as_what_lies_around_it(
    room: Room, playground: Playground
) -> None:
    project = playground.repository()
    inside = project / ".claude/worktrees/one"
    playground.git("worktree", "add", "--quiet", "--detach", inside, cwd=project)
    playground.write(project, {"a.txt": "Local's edit\n"})
    (inside / ".git").unlink()
    assert b"a.txt" in playground.git("status", "--short", cwd=inside), "control: git answers for Local there"
    row = await room.row(inside, of=project)
    assert (row.state, row.counts) == (CheckoutState.MISSING, None)
    assert row.problem is not None
    assert ".git file" in row.problem


async def test_two_entries_with_one_directory(room: Room, playground: Playground) -> None:
    project = playground.repository()
    path = playground.worktree(project, "one")
    head = playground.commit(path, "newer", {"n.txt": "n"})
    admin = playground.admin(path)
    stale = admin.with_name("a-stale-copy")
    shutil.copytree(admin, stale)
    (stale / "HEAD").write_text(playground.head(project) + "\n")
    both = [checkout for checkout in await room.checkouts(project) if checkout.path == path]
    assert {checkout.admin: checkout.listed.head for checkout in both} == {
        admin: head,
        stale: playground.head(project),
    }
    assert {checkout.admin: checkout.state for checkout in both} == {
        admin: CheckoutState.OK,
        stale: CheckoutState.MISSING,
    }


async def test_a_copy_of_an_entry_is_not_ours_by_its_token(room: Room, playground: Playground) -> None:
    project = playground.repository()
    room.identify(project)
    path = room.manage(project, "ours")
    admin = playground.admin(path)
    shutil.copytree(admin, admin.with_name("a-copy"))
    kinds = {checkout.admin: checkout.kind for checkout in await room.checkouts(project) if checkout.path == path}
    assert kinds == {admin: CheckoutKind.MANAGED, admin.with_name("a-copy"): CheckoutKind.FOREIGN}


async def test_awkward_paths(room: Room, playground: Playground) -> None:
    project = playground.repository()
    names = [
        b"new\nline",
        b"not-utf8-\xff",
        b"two  spaces ",
        b"-dash",
        b"tab\there",
        b'q"uote',
        b"esc\x1b[0m",
    ]
    paths = []
    for name in (*names, "木".encode()):
        path = bytes(playground.directory) + b"/w/" + name
        playground.git("worktree", "add", "--quiet", "--detach", path, cwd=project)
        paths.append(path)
    result = await room.list(project)
    result.model_dump_json()
    rows = {row.path.encode("utf-8", "surrogateescape"): row for row in result.checkouts}
    for path in paths:
        row = rows[path.replace(b"\xff", b"\\xff")]
        assert (row.state, row.problem, row.pending) == (CheckoutState.OK, None, False)
        assert row.name.isprintable()
        assert row.label.isprintable()
        assert (await room.find(row.id, project)).id == row.id


async def test_locked_and_detached(room: Room, playground: Playground) -> None:
    project = playground.repository()
    one, two = playground.worktree(project, "one"), playground.worktree(project, "two")
    playground.git("worktree", "lock", "--reason", "on a\nstick \x1b[31m", one, cwd=project)
    playground.git("worktree", "lock", two, cwd=project)
    result = await room.list(project)
    locked = row_at(result, one).locked
    assert locked is not None
    assert locked.reason == "on a stick [31m"
    again = row_at(result, two).locked
    assert again is not None
    assert again.reason == ""
    assert row_at(result, project).locked is None

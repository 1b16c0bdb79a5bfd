"""Opening repositories of every shape, from every place; trust; identity; refusals a person can act on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.checkouts.room import Room, row_at
from tests.support.home import Home
from tests.support.repositories import Playground

from hedgerow.checkouts.default_branch import Targets, read_targets
from hedgerow.protocol.checkouts import CheckoutKind, CheckoutState, HeadKind
from hedgerow.protocol.errors import ErrorCode, HedgerowError


async def test_one_repository_from_every_place_in_it(room: Room, playground: Playground) -> None:
    project = playground.repository()
    linked = playground.worktree(project, "linked")
    for place in (project, project / "sub", linked, linked / "sub", project / ".git", playground.admin(linked)):
        known = await room.open(place)
        assert known.common_dir == project / ".git"
        assert known.local == project
        assert known.refusal is None


async def test_through_a_link_and_from_a_file(room: Room, playground: Playground) -> None:
    project = playground.repository()
    link = playground.directory / "link"
    link.symlink_to(project / "sub")
    for place in (link, project / "sub" / "b.txt"):
        assert (await room.open(place)).local == project


async def test_a_known_repository_costs_no_process_until_its_configuration_changes(
    room: Room, playground: Playground
) -> None:
    project = playground.repository()
    await room.open(project)
    before = room.git.started
    await room.open(project / "sub")
    assert room.git.started == before
    playground.git("remote", "add", "elsewhere", "/nowhere", cwd=project)
    assert (await room.open(project)).remotes == ("elsewhere",)


async def test_a_directory_that_is_no_repository(room: Room, home: Home) -> None:
    empty = home.root / "em\npty"
    empty.mkdir()
    for path, words in ((empty, "is not inside a git repository"), (home.root / "nothing", "There is no")):
        with pytest.raises(HedgerowError) as refused:
            await room.open(path)
        assert refused.value.code is ErrorCode.NOT_A_REPOSITORY
        assert words in refused.value.message
        assert "\n" not in refused.value.message
    with pytest.raises(HedgerowError):
        await room.list(empty)


async def test_one_folder_without_a_repository_does_not_hide_the_others(
    room: Room, playground: Playground, home: Home
) -> None:
    project = playground.repository()
    result = await room.list(home.home, project)
    assert {row.path: bool(row.problems) for row in result.repositories} == {str(project): False}
    assert [row.path for row in result.checkouts] == [str(project)]


async def test_a_repository_that_someone_else_owns(room: Room, playground: Playground, home: Home) -> None:
    project = playground.repository("it's mine")
    for directory, _, names in os.walk(project):
        for path in [directory, *(os.path.join(directory, name) for name in names)]:
            os.lchown(path, 12345, 12345)
    assert playground.run("status", cwd=project).returncode == 128, "git itself accepts it: the danger is not real"
    with pytest.raises(HedgerowError) as refused:
        await room.open(project)
    assert refused.value.code is ErrorCode.UNTRUSTED
    command = refused.value.message.split("run: ")[1]
    assert "safe.directory" in command
    assert os.system(f"HOME='{home.home}' {command}") == 0
    assert (await room.open(project)).local == project


async def test_ids(room: Room, playground: Playground) -> None:
    project = playground.repository()
    by_path = (await room.open(project)).id
    assert by_path.startswith("path-")
    identifier = room.identify(project)
    assert (await room.open(project)).id == identifier
    (project / ".git/hedgerow/repository-id").write_text("../../evil\n")
    assert (await room.open(project)).id == by_path


async def test_a_copy_of_a_repository_is_not_the_original(room: Room, playground: Playground) -> None:
    project = playground.repository()
    identifier = room.identify(project)
    worktree = room.manage(project, "ours")
    copy = playground.directory / "copy"
    shutil.copytree(project, copy, symlinks=True)
    assert (await room.open(project)).id == identifier
    assert (await room.open(copy)).id.startswith("path-")
    kinds = {checkout.path: checkout.kind for checkout in await room.checkouts(copy)}
    assert kinds[worktree] is CheckoutKind.FOREIGN
    both = await room.list(project, copy)
    assert len({row.id for row in both.checkouts}) == 4


async def test_trust_follows_the_folders_of_the_editor(room: Room, playground: Playground) -> None:
    project = playground.repository()
    sibling = playground.repository("project-evil")
    trusted = await room.open(project, trusted=(project,))
    assert trusted.trusted
    evil = await room.open(sibling, trusted=(project,))
    assert not evil.trusted
    assert evil.refusal is not None
    assert "not trusted" in evil.refusal
    link = playground.directory / "link"
    link.symlink_to(project)
    assert (await room.open(project, trusted=(link,))).trusted
    assert not (await room.open(project, trusted=())).trusted


async def test_a_working_tree_named_by_an_untrusted_repository_gives_it_no_trust(
    room: Room, playground: Playground
) -> None:
    project = playground.repository()
    evil = playground.repository("evil")
    playground.git("config", "core.worktree", project, cwd=evil)
    assert playground.text("rev-parse", "--show-toplevel", cwd=evil / ".git") == str(project), "control"
    assert not (await room.open(evil / ".git", trusted=(project,))).trusted


async def test_jujutsu_is_recognised_and_refused(room: Room, playground: Playground) -> None:
    project = playground.repository()
    playground.jujutsu(project)
    known = await room.open(project)
    assert known.refusal is not None
    assert "Jujutsu" in known.refusal
    result = await room.list(project)
    assert result.repositories[0].problems == [known.refusal]
    assert row_at(result, project).counts is not None


async def test_core_bare_flipped_to_true_is_named_with_its_cure(room: Room, playground: Playground) -> None:
    project = playground.repository()
    playground.git("config", "core.bare", "true", cwd=project)
    known = await room.open(project)
    assert known.refusal is not None
    assert "core.bare false" in known.refusal
    assert os.system(known.refusal.split("Mend it with: ")[1]) == 0
    assert (await room.open(project)).refusal is None


async def test_an_unborn_repository(room: Room, playground: Playground) -> None:
    project = playground.repository(commit=False)
    row = await room.row(project)
    assert (row.head.kind, row.head.branch, row.head.oid) == (HeadKind.UNBORN, "main", None)
    assert row.counts is not None
    assert row.counts.untracked
    assert (row.problem, row.landed, row.base) == (None, None, None)


async def test_a_bare_repository_has_no_local(room: Room, playground: Playground) -> None:
    bare = playground.bare(playground.repository(), "umbrella/.bare")
    worktree = playground.worktree(bare, "one", "-b", "feature")
    playground.commit(worktree, "work", {"n.txt": "n"})
    result = await room.list(worktree)
    assert result.repositories[0].bare
    assert result.repositories[0].path == str(bare)
    assert result.repositories[0].name == "umbrella"
    assert [row.path for row in result.checkouts] == [str(worktree)]
    assert result.repositories[0].default_branch == "main"
    row = result.checkouts[0]
    assert row.base is not None
    assert row.base.ahead == 1


async def test_a_shallow_clone_proves_nothing(room: Room, playground: Playground) -> None:
    project = playground.repository()
    for number in range(3):
        playground.commit(project, f"c{number}", {"a.txt": f"{number}\n"})
    shallow = playground.shallow(project)
    worktree = playground.worktree(shallow, "shallow", "-b", "feature")
    fresh = await room.row(worktree)
    assert fresh.landed is not None
    assert (fresh.landed.state, fresh.landed.how) == ("open", "nothing")
    playground.commit(worktree, "work", {"n.txt": "n"})
    row = await room.row(worktree)
    assert row.landed is not None
    assert row.landed.state == "unknown"
    assert row.base is None or row.base.ahead is None
    result = await room.list(worktree)
    assert result.repositories[0].shallow


async def test_a_partial_clone_is_listed_without_fetching(room: Room, playground: Playground) -> None:
    project = playground.repository()
    playground.commit(project, "second", {"a.txt": "two\n" * 50})
    playground.git("branch", "side", "HEAD~1", cwd=project)
    partial = playground.partial(project)
    playground.git("remote", "set-url", "origin", "file:///gone", cwd=partial)
    worktree = playground.directory / "side"
    playground.git("worktree", "add", "--quiet", "--no-checkout", "-b", "side", worktree, "origin/side", cwd=partial)
    playground.git("commit", "--quiet", "--allow-empty", "-m", "work", cwd=worktree)
    result = await room.list(partial)
    row = row_at(result, worktree)
    assert row.head.subject == "work"
    assert row.landed is not None
    assert row.landed.state in {"open", "unknown"}
    assert row_at(result, partial).problem is None


async def test_a_sparse_checkout(room: Room, playground: Playground) -> None:
    project = playground.repository()
    playground.sparse(project, "sub")
    row = await room.row(project)
    assert row.counts is not None
    assert (row.counts.staged, row.counts.unstaged, row.problem) == (0, 0, None)


async def test_a_submodule_is_a_repository_with_a_local_of_its_own(room: Room, playground: Playground) -> None:
    project = playground.repository()
    module = playground.submodule(project)
    known = await room.open(module)
    assert known.local == module
    assert known.refusal is None
    result = await room.list(module)
    assert [(row.path, row.state) for row in result.checkouts] == [(str(module), CheckoutState.OK)]
    playground.write(module, {"inside.txt": "edited\n"})
    outer = await room.row(project)
    assert outer.counts is not None
    assert outer.counts.unstaged == 1


async def test_a_separate_git_directory(room: Room, playground: Playground) -> None:
    tree, git_directory = playground.directory / "tree", playground.directory / "kept-apart"
    playground.git("init", "--quiet", f"--separate-git-dir={git_directory}", tree, cwd=playground.directory)
    playground.commit(tree, "first", {"a.txt": "a"})
    result = await room.list(tree)
    assert [(row.path, row.kind) for row in result.checkouts] == [(str(tree), CheckoutKind.LOCAL)]
    assert result.repositories[0].problems == []


async def test_sha256(room: Room, playground: Playground) -> None:
    project = playground.repository(object_format="sha256")
    worktree = playground.worktree(project, "long")
    playground.commit(worktree, "work", {"n.txt": "n"})
    result = await room.list(project)
    assert result.repositories[0].object_format == "sha256"
    row = row_at(result, worktree)
    assert row.head.oid is not None
    assert len(row.head.oid) == 64
    assert row.base is not None
    assert row.base.ahead == 1


async def test_hostile_global_configuration_changes_no_row(room: Room, playground: Playground, home: Home) -> None:
    project = playground.repository()
    worktree = playground.worktree(project, "one", "-b", "feature")
    playground.commit(worktree, "work", {"n.txt": "n"})
    playground.write(worktree, {"a.txt": "edited\n", "untracked.txt": "u"})
    before = await room.list(project)
    home.configure(
        "[status]\n\tshowUntrackedFiles = no\n\trelativePaths = false\n\tbranch = true\n\trenames = copies\n"
        "[core]\n\tquotePath = true\n\tfsmonitor = /bin/false\n\thooksPath = /nowhere\n\tpager = false\n"
        "[color]\n\tui = always\n[column]\n\tui = always\n[log]\n\tshowSignature = true\n\tdate = relative\n"
        "[diff]\n\tnoprefix = true\n\tmnemonicPrefix = true\n\texternal = /bin/false\n\tignoreSubmodules = all\n"
        "[safe]\n\tbareRepository = explicit\n[merge]\n\tdefault = evil\n\trenormalize = true\n"
        '[merge "evil"]\n\tdriver = touch /tmp/evil\n[for-each-ref]\n\tformat = x\n[alias]\n\tstatus = log\n'
        "[submodule]\n\trecurse = true\n[index]\n\tskipHash = true\n[feature]\n\tmanyFiles = true\n"
    )
    again = Room(home, playground)
    after = await again.list(project)
    assert [row.model_dump(exclude={"active"}) for row in after.checkouts] == [
        row.model_dump(exclude={"active"}) for row in before.checkouts
    ]


async def _targets(room: Room, project: Path) -> Targets:
    return await read_targets(room.git, await room.open(project), "refs/heads/" + room.playground.text(
        "symbolic-ref", "--short", "HEAD", cwd=project))  # fmt: skip


class TestDefaultBranch:
    async def test_it_is_the_remotes_whatever_its_name(self, room: Room, playground: Playground) -> None:
        project = playground.repository(branch="develop")
        playground.git("branch", "main", cwd=project)
        playground.remote(project)
        found = await _targets(room, project)
        assert found.default is not None
        assert (found.default.name, found.default.ref) == ("origin/develop", "refs/remotes/origin/develop")
        assert found.local is not None
        assert found.local.name == "develop"

    async def test_without_the_remotes_head_no_remote_branch_is_guessed(
        self, room: Room, playground: Playground
    ) -> None:
        project = playground.repository(branch="develop")
        playground.git("branch", "main", cwd=project)
        playground.git("branch", "mine", cwd=project)
        playground.remote(project, head=False)
        playground.git("switch", "--quiet", "mine", cwd=project)
        found = await _targets(room, project)
        assert found.default is not None
        assert found.default.name == "main"
        playground.git("branch", "-D", "main", cwd=project)
        found = await _targets(room, project)
        assert found.default is not None
        assert found.default.name == "mine"

    async def test_a_dangling_remote_head_counts_as_none(self, room: Room, playground: Playground) -> None:
        project = playground.repository(branch="trunk")
        playground.remote(project)
        playground.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone", cwd=project)
        found = await _targets(room, project)
        assert found.default is not None
        assert found.default.name == "trunk"

    async def test_the_only_remote_may_have_any_name(self, room: Room, playground: Playground) -> None:
        project = playground.repository(branch="trunk")
        playground.remote(project, "up/stream")
        found = await _targets(room, project)
        assert found.default is not None
        assert found.default.name == "up/stream/trunk"

    async def test_with_two_remotes_and_no_origin_none_is_preferred(self, room: Room, playground: Playground) -> None:
        project = playground.repository(branch="trunk")
        playground.remote(project, "one")
        playground.remote(project, "two")
        found = await _targets(room, project)
        assert found.default is not None
        assert found.default.name == "trunk"

    async def test_the_persons_own_name_for_first_branches(
        self, room: Room, playground: Playground, home: Home
    ) -> None:
        home.configure("[init]\n\tdefaultBranch = start\n")
        project = playground.repository(branch="start")
        playground.git("switch", "--quiet", "-c", "main", cwd=project)
        found = await _targets(room, project)
        assert found.default is not None
        assert found.default.name == "start"

    async def test_nothing_is_remembered(self, room: Room, playground: Playground) -> None:
        project = playground.repository(branch="develop")
        playground.remote(project)
        assert (await room.list(project)).repositories[0].default_branch == "origin/develop"
        playground.git("update-ref", "refs/remotes/origin/next", "HEAD", cwd=project)
        playground.git("remote", "set-head", "origin", "next", cwd=project)
        assert (await room.list(project)).repositories[0].default_branch == "origin/next"


async def test_bare_repositories_that_git_was_told_not_to_trust(room: Room, playground: Playground, home: Home) -> None:
    """`safe.bareRepository=explicit` guards against repositories hidden in what one clones; Local is no such."""
    project = playground.repository()
    bare = playground.bare(project)
    home.configure("[safe]\n\tbareRepository = explicit\n")
    with pytest.raises(HedgerowError) as refused:
        await room.open(bare)
    assert "safe.bareRepository" in refused.value.message
    assert (await room.list(project)).checkouts[0].problem is None
    assert (await room.open(project / ".git")).local == project


async def test_a_bare_repository_that_says_so_in_its_worktree_configuration(room: Room, playground: Playground) -> None:
    bare = playground.bare(playground.repository())
    playground.git("config", "extensions.worktreeConfig", "true", cwd=bare)
    playground.git("config", "--unset", "core.bare", cwd=bare)
    playground.git("config", "--worktree", "core.bare", "true", cwd=bare)
    worktree = playground.worktree(bare, "one")
    result = await room.list(worktree)
    assert (result.repositories[0].bare, result.repositories[0].problems) == (True, [])
    assert [row.path for row in result.checkouts] == [str(worktree)]

"""SN01-SN28: snapshots that were not what they said, and restores that took newer work away."""

# ruff: noqa: N802, PLC0415 - named by the ids of the table; what a test patches, it imports itself

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground, assert_sentence
from tests.support.hedgerow import agreed_on_shell, shell
from tests.support.oracle import of_checkout, of_garbage_collection
from tests.support.repositories import Link

from hedgerow.git.errors import GitError
from hedgerow.protocol.errors import HedgerowError


async def test_SN01_a_failed_add_is_no_snapshot(ground: Ground) -> None:
    control = ground.playground.worktree(ground.repository, "control")
    (control / "sub-repository").mkdir()
    ground.git("init", "--quiet", cwd=control / "sub-repository")
    (control / "a.txt").write_text("newer work\n")
    index = {"GIT_INDEX_FILE": str(ground.playground.directory / "temporary-index")}
    ground.playground.git("read-tree", "HEAD", cwd=control, env=index)
    assert ground.playground.run("add", "-A", cwd=control, env=index).returncode == 128
    tree = ground.playground.git("write-tree", cwd=control, env=index).decode().strip()
    assert tree == ground.git("rev-parse", "HEAD^{tree}", cwd=control).decode().strip(), "nothing was staged at all"

    worktree = await ground.create("unborn-inside")
    (worktree / "sub-repository").mkdir()
    ground.git("init", "--quiet", cwd=worktree / "sub-repository")
    (worktree / "a.txt").write_text("newer work\n")
    error = await ground.refused("cleanUp", "cannotSnapshot", "protected", checkouts=["unborn-inside"])
    assert "sub-repository" in error.message
    # The same where a tracked file has been replaced by a repository, which `add -u` records without a word.
    shutil.rmtree(worktree / "sub-repository")
    (worktree / "a.txt").unlink()
    (worktree / "a.txt").mkdir()
    ground.git("init", "--quiet", cwd=worktree / "a.txt")
    await ground.refused("cleanUp", "cannotSnapshot", "protected", checkouts=["unborn-inside"])
    await ground.refused("create", "cannotSnapshot", name="x", carry="copy", **_inside(ground, ground.repository))


def _inside(ground: Ground, checkout: Path) -> dict[str, Any]:
    """Put an unborn repository into Local as well, for the carry."""
    (checkout / "inside").mkdir()
    ground.git("init", "--quiet", cwd=checkout / "inside")
    return {}


async def test_SN02_newer_work_is_not_rolled_back(ground: Ground) -> None:
    ground.playground.dirty(ground.repository)
    await ground.create("moved", carry="move")
    # Work that came after the operation must survive its undo.
    ground.playground.write(ground.repository, {"a.txt": "written after the move\n", "new.txt": "new\n"})
    before = ground.observe()
    try:
        await ground.agree("undo")
    except Exception as error:  # noqa: BLE001
        assert error.__class__.__name__ == "HedgerowError", error
        assert ground.difference(before) == []
    assert (ground.repository / "new.txt").read_text() == "new\n"
    assert b"written after the move" in await _everywhere(ground, "a.txt")


async def _everywhere(ground: Ground, name: str) -> bytes:
    """All contents of a path: in the checkouts, and in every snapshot."""
    contents = [
        checkout.joinpath(name).read_bytes() for checkout in ground.observe().checkouts if (checkout / name).is_file()
    ]
    for ref in ground.git("for-each-ref", "--format=%(refname)", "refs/hedgerow/snapshots/").decode().split():
        for parent in ("", "^2", "^3"):
            contents.append(ground.playground.run("show", f"{ref}{parent}:{name}", cwd=ground.repository).stdout)
    return b"\n".join(contents)


async def test_SN04_undo_takes_back_only_its_own(ground: Ground) -> None:
    ground.playground.dirty(ground.repository)
    first = await ground.create("first")
    operation = (await ground.call("history")).operations[0]
    second = await ground.create("second")
    ground.playground.write(first, {"a.txt": "edited in the first\n"})
    ground.playground.write(second, {"a.txt": "edited in the second\n", "untracked.txt": "x"})
    before = ground.observe()
    undone = await ground.agree("undo", operation=operation.id)
    assert undone.operation is not None
    assert not first.exists()
    assert ground.difference(before, except_for=[of_checkout(first)]) == []
    # What was edited there since is not gone with it.
    ground.forget()
    assert b"edited in the first" in await _everywhere(ground, "a.txt")
    # And an undo of that undo brings the edit back in its place.
    await ground.agree("undo", operation=undone.operation.id)
    assert (first / "a.txt").read_text() == "edited in the first\n"
    assert ground.difference(before, except_for=[of_garbage_collection]) == []


async def test_SN05_a_failed_listing_stops_everything(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    from hedgerow.git.runner import Git

    worktree = await ground.create("unlisted")
    ground.playground.dirty(worktree)
    whole = await ground.plan("cleanUp", checkouts=["unlisted"])
    real = Git._run
    asked: set[str] = set()
    failing = ""

    async def run(self: Git, args: Any, cwd: Path, *rest: Any, **options: Any) -> tuple[int, bytes]:
        asked.add(str(args[0]))
        if args[0] == failing:
            raise GitError([str(arg) for arg in args], 128, b"fatal: could not list")
        return await real(self, args, cwd, *rest, **options)

    monkeypatch.setattr(Git, "_run", run)
    await ground.plan("cleanUp", checkouts=["unlisted"])
    refused = set()
    with ground.nothing_changes():
        for failing in sorted(asked):
            try:
                plan = await ground.plan("cleanUp", checkouts=["unlisted"])
            except HedgerowError as error:
                assert_sentence(error.message)
                refused.add(failing)
            else:
                # Whatever it did without must not have made anything disappear from what would be lost.
                assert plan.losses == whole.losses, failing
    assert {"ls-files", "hash-object"} & refused, f"of {sorted(asked)} none mattered"


async def test_SN06_untracked_files_come_along(ground: Ground) -> None:
    ground.playground.dirty(ground.repository)
    ground.playground.write(ground.repository, {".agents/skills/review/SKILL.md": "how\n", ".agents/-x": "y"})
    worktree = await ground.create("carried", carry="copy")
    seen = ground.observe()
    ignored = {b".env", b"data.ignored"}
    here, there = seen.files(ground.repository), seen.files(worktree)
    assert there.pop(b".git")
    assert {name: value for name, value in here.items() if name not in ignored} == there
    assert seen.index(ground.repository) == seen.index(worktree)


async def test_SN10_restored_means_it_works(ground: Ground) -> None:
    worktree = await ground.create("whole", branch="whole")
    head = ground.playground.commit(worktree, "work", {"c.txt": "c"})
    ground.playground.dirty(worktree)
    status = ground.git("status", "--porcelain=v2", "--untracked-files=all", "-z", cwd=worktree)
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    (snapshot,) = result.operation.snapshots
    restored = await ground.agree("restore", snapshot=snapshot)
    place = Path(restored.paths[0])
    assert ground.playground.head(place) == head
    assert ground.git("status", "--porcelain=v2", "--untracked-files=all", "-z", cwd=place) == status
    # A snapshot with a hole in it is refused, and nothing half-restored is left.
    blob = ground.git("rev-parse", f"refs/hedgerow/snapshots/{snapshot}^3:untracked.txt").decode().strip()
    (ground.repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    places = sorted(place.parent.iterdir())
    await ground.refused("restore", snapshot=snapshot, name="holey")
    assert sorted(place.parent.iterdir()) == places


async def test_SN11_snapshots_are_commits_of_our_own_namespace(ground: Ground) -> None:
    worktree = await ground.create("taken")
    ground.playground.dirty(worktree)
    await ground.clean_up(worktree)
    refs = ground.git("for-each-ref", "--format=%(objecttype) %(refname)", "refs/hedgerow/").decode().splitlines()
    assert refs
    assert all(line.startswith("commit refs/hedgerow/") for line in refs), refs
    remote = ground.playground.remote(ground.repository)
    ground.git("push", "--quiet", "--all", "origin")
    ground.git("push", "--quiet", "--tags", "origin")
    clone = ground.playground.directory / "clone"
    ground.git("clone", "--quiet", ground.repository, clone, cwd=ground.playground.directory)
    for elsewhere in (clone,):
        assert b"refs/hedgerow" not in ground.git("for-each-ref", cwd=elsewhere)
    assert ground.git("log", "--all", "--format=%H", cwd=remote)


async def test_SN12_big_untracked_files_stay_out_of_git(ground: Ground) -> None:
    def loose() -> int:
        out = ground.git("count-objects", "-v").decode()
        return int(out.split("size: ")[1].split()[0]) + int(out.split("size-pack: ")[1].split()[0])

    control = ground.playground.worktree(ground.repository, "control")
    (control / "big.db").write_bytes(os.urandom(3 << 20))
    start = loose()
    ground.git("add", "-A", cwd=control)
    assert loose() - start > 3000, "an add puts all of it into the person's repository"

    async with type(ground.hedgerow).opened(ground.home, large_file_mib=1) as sparing:
        ground.hedgerow = sparing
        worktree = await ground.create("big")
        (worktree / "big.db").write_bytes(os.urandom(3 << 20))
        start = loose()
        await ground.survives(worktree)
        assert loose() - start < 1000


async def test_SN13_seeded_from_its_own_index(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.playground.commit(ground.repository, "many", {f"many/{number}.txt": f"{number}\n" for number in range(400)})
    few, many = await ground.create("few", **{"from": "HEAD~1"}), await ground.create("many")
    for checkout in (few, many):
        ground.playground.dirty(checkout)
    before = ground.oracle.objects(ground.repository)
    calls: list[int] = []
    for checkout in (few, many):
        start = ground.hedgerow.git.started
        await ground.clean_up(checkout)
        calls.append(ground.hedgerow.git.started - start)
    assert calls[1] <= calls[0] + 2, f"the number of git programs grows with the files: {calls}"
    # Unchanged files are not hashed into the repository anew: what is new is about the changed ones.
    assert len(ground.oracle.objects(ground.repository) - before) < 120


async def test_SN15_untracked_files_are_in_a_snapshot(ground: Ground) -> None:
    control = ground.playground.worktree(ground.repository, "control")
    (control / "a.txt").write_text("edited\n")
    (control / "untracked.txt").write_text("x")
    stash = ground.git("stash", "create", cwd=control).decode().strip()
    assert ground.playground.run("rev-parse", "--verify", f"{stash}^3", cwd=control).returncode != 0

    worktree = await ground.create("untracked")
    ground.playground.dirty(worktree)
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    ref = f"refs/hedgerow/snapshots/{result.operation.snapshots[0]}"
    names = ground.git("ls-tree", "-r", "-z", "--name-only", f"{ref}^3").split(b"\0")
    assert b"untracked-directory/deep/file.txt" in names
    assert b"awkward/not-utf8-\xff\xfe.bin" in names


@pytest.mark.parametrize(
    "configuration",
    [
        "[diff]\n\tnoprefix = true\n", "[color]\n\tui = always\n", "[diff]\n\texternal = false\n",
        "[diff]\n\tmnemonicPrefix = true\n\trenames = copies\n", "[core]\n\tquotePath = true\n",
        "[core]\n\tfileMode = false\n",
    ],
)  # fmt: skip
async def test_SN18_the_persons_diff_configuration(ground: Ground, configuration: str) -> None:
    ground.home.configure(configuration)
    ground.playground.dirty(ground.repository)
    worktree = await ground.create("carried", carry="copy")
    seen = ground.observe()
    assert seen.index(ground.repository) == seen.index(worktree)
    for name, value in seen.files(ground.repository).items():
        if name not in {b".env", b"data.ignored"}:
            assert seen.files(worktree)[name] == value
    await ground.survives(worktree)


@pytest.mark.parametrize(
    ("configuration", "attributes"),
    [
        ("[core]\n\tautocrlf = true\n", ""), ("[core]\n\tautocrlf = input\n", ""), ("", "*.txt text=auto eol=crlf\n"),
        ("", "*.txt ident\n"), ("", "*.txt working-tree-encoding=UTF-16LE-BOM\n"),
    ],
)  # fmt: skip
async def test_SN19_exact_bytes(ground: Ground, configuration: str, attributes: str) -> None:
    # Control: git itself gives other bytes back, with exit code 0.
    control = ground.playground.repository("control", {"mixed.txt": "one\n"})
    ground.home.configure("[core]\n\tautocrlf = true\n\tsafecrlf = false\n")
    (control / "mixed.txt").write_bytes(b"lf\ncrlf\r\n")
    ground.git("stash", "push", "--quiet", cwd=control)
    ground.git("stash", "pop", "--quiet", cwd=control)
    assert (control / "mixed.txt").read_bytes() != b"lf\ncrlf\r\n"
    ground.home.configure("[core]\n\tautocrlf = false\n")

    ground.home.configure(configuration)
    awkward: dict[str, bytes] = {
        "a.txt": b"lf\ncrlf\r\nno end", "sub/b.txt": b"$Id: expanded by hand$\r\n", "untracked.txt": b"\r\n\n\r",
        "utf16.txt": "\ufeffhä\r\n".encode("utf-16-le"), "broken.txt": b"\xd8\x00\n",
    }  # fmt: skip
    ground.playground.write(ground.repository, {**awkward, ".gitattributes": attributes})
    worktree = await ground.create("carried", carry="copy")
    for name, content in awkward.items():
        assert (worktree / name).read_bytes() == content, name
    await ground.survives(worktree)


async def test_SN21_nothing_is_written_through_a_link(ground: Ground) -> None:
    outside = ground.playground.directory / "outside"
    ground.playground.write(outside, {"secret.env": "of somebody else\n"})
    ground.playground.commit(ground.repository, "include", {".worktreeinclude": "*.env\n", ".gitignore": "*.env\n"})
    # At the start point, `conf` is a link that leads out of the worktree; in Local it is a directory.
    ground.git("switch", "--quiet", "--create", "linked")
    ground.playground.commit(ground.repository, "a link", {"conf": Link(outside)})
    ground.git("switch", "--quiet", "main")
    ground.playground.write(ground.repository, {"conf/secret.env": "mine\n", "conf/new.env": "mine\n"})
    ground.playground.write(ground.repository, {"leading-out.env": Link(outside / "secret.env")})
    worktree = await ground.create("confined", **{"from": "linked"})
    assert (worktree / "conf").is_symlink()
    assert sorted(path.name for path in outside.iterdir()) == ["secret.env"]
    assert (outside / "secret.env").read_text() == "of somebody else\n"
    copied = worktree / "leading-out.env"
    assert not copied.exists() or copied.is_symlink()


async def test_SN23_says_where_the_work_is(ground: Ground) -> None:
    worktree = await ground.create("saved")
    ground.playground.dirty(worktree)
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    (snapshot,) = result.operation.snapshots
    assert "hedgerow undo" in result.message or "hedgerow restore" in result.message, result.message
    shown = await ground.call("show", id=snapshot)
    assert shown.snapshot.ref == f"refs/hedgerow/snapshots/{snapshot}"
    assert any(shown.snapshot.ref in line for line in shown.recover)
    history = await ground.call("history")
    assert snapshot in [entry.id for entry in history.snapshots]


async def test_SN25_a_manual_recipe_that_works(ground: Ground) -> None:
    worktree = await ground.create("by-hand")
    ground.playground.dirty(worktree)
    wanted = {
        name: value for name, value in ground.observe().files(worktree).items() if value.startswith(("file", "link"))
    }
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    shown = await ground.call("show", id=result.operation.snapshots[0])
    # Plain git, by somebody who has nothing else; the lines say how.
    (line,) = [line for line in shown.recover if "stash apply --index" in line]
    elsewhere = ground.playground.directory / "recovered"
    script = "\n".join(one for one in shown.recover if one.startswith("git "))
    assert line in script
    script = script.replace("<new directory>", str(elsewhere))
    finished = subprocess.run(
        ["sh", "-ec", script], cwd=ground.repository, env=ground.home.environment(), capture_output=True, check=False
    )
    assert finished.returncode == 0, f"{script}\n{finished.stderr.decode()}"
    (elsewhere,) = [path for path in ground.observe().checkouts if path != ground.repository]
    got = ground.observe().files(elsewhere)
    # Ignored files never enter git, and git keeps no modes but the executable bit.
    for name, value in wanted.items():
        if name not in {b".git", b".env", b"data.ignored"}:
            assert got[name].split()[-3:] == value.split()[-3:], name


async def test_SN27_a_failed_carry_leaves_nothing_behind(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.playground.dirty(ground.repository)
    control = ground.playground.worktree(ground.repository, "control")
    (control / "a.txt").write_text("edited\n")
    (control / "untracked.txt").write_text("mine\n")
    ground.git("stash", "push", "--quiet", "--include-untracked", cwd=control)
    (control / "untracked.txt").write_text("in the way\n")
    assert ground.playground.run("stash", "apply", cwd=control).returncode == 1
    ground.git("stash", "drop", "--quiet", cwd=control)

    from hedgerow.journal import files

    real, failed = files.remove_file, 0

    def remove_file(path: Path) -> None:
        nonlocal failed
        if str(ground.repository) + "/untracked" in str(path):
            failed += 1
            raise OSError(5, "Input/output error", str(path))
        real(path)

    monkeypatch.setattr(files, "remove_file", remove_file)
    before = ground.observe()
    try:
        await ground.agree("create", name="moved", carry="move")
    except Exception as error:  # noqa: BLE001
        assert error.__class__.__name__ == "HedgerowError", error
        assert ground.difference(before) == []
    else:
        assert not failed


async def test_SN28_the_repository_is_the_one_at_hand(ground: Ground) -> None:
    worktree = await ground.create("of-the-first")
    ground.playground.dirty(worktree)
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    (snapshot,) = result.operation.snapshots
    # A copy has the same history, the same remotes, and the same id that Hedgerow left there.
    copy = ground.playground.directory / "copy"
    subprocess.run(["cp", "-a", ground.repository, copy], check=True)
    before, other = ground.oracle.observe(ground.repository), ground.oracle.observe(copy)
    answer = shell(ground.home, copy, "restore", snapshot, "--json", "--yes")
    after = ground.oracle.observe(ground.repository)
    if answer.exit_code == 0:
        place = Path(answer.json["paths"][0])
        assert (place in after.checkouts) != (place in ground.oracle.observe(copy).checkouts)
        assert (place / "untracked.txt").read_text() == "untracked\n"
    else:
        from tests.support.oracle import difference

        assert difference(before, after) == []
        assert difference(other, ground.oracle.observe(copy)) == []
    back = agreed_on_shell(ground.home, ground.repository, "restore", snapshot, "--name", "back")
    assert Path(back["paths"][0]) in ground.observe().checkouts

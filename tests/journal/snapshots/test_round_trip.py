"""A snapshot gives back everything: states made by hand, each with what once broke a tool (docs/safety.md)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.journal.snapshots.bed import Bed, difference_of, moved
from tests.journal.snapshots.states import OPERATIONS, State
from tests.support.repositories import Link, Playground, Program, newer_git

from hedgerow.journal import snapshots
from hedgerow.journal.snapshots import FactKind


def a_worktree(bed: Bed, files: dict[str, object] | None = None, **configuration: str) -> tuple[Path, Path]:
    repository = bed.playground.repository(files=files)  # type: ignore[arg-type]
    for name, value in configuration.items():
        bed.playground.git("config", name.replace("__", "."), value, cwd=repository)
    return repository, bed.playground.worktree(repository, "one")


async def test_every_kind_of_uncommitted_work(bed: Bed) -> None:
    repository, worktree = a_worktree(bed)
    bed.playground.dirty(worktree)
    taken, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []
    assert set(taken.fact(FactKind.IGNORED)) == {b".env", b"data.ignored"}
    assert b"both.txt" in taken.fact(FactKind.MODIFIED)
    assert b"staged.txt" in taken.fact(FactKind.STAGED)
    assert b"untracked.txt" in taken.fact(FactKind.UNTRACKED)


async def test_a_clean_checkout(bed: Bed) -> None:
    repository, worktree = a_worktree(bed)
    taken, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []
    assert taken.facts == ()
    assert taken.files == 0


async def test_no_commit_yet(bed: Bed) -> None:
    """Local, unborn: a worktree cannot be made from it, its work can be held and laid down all the same."""
    repository = bed.playground.repository(files={"a.txt": "a\n", "b.txt": "b\n"}, commit=False)
    bed.playground.git("add", "a.txt", cwd=repository)
    before = bed.oracle.observe(repository)
    taken = await bed.take_and_hold(repository)
    assert taken.head.oid is None
    assert difference_of(before, bed.oracle.observe(repository)) == []
    held = bed.playground.git("show", f"{taken.oid}:a.txt", cwd=repository)
    assert (held, bed.playground.git("show", f"{taken.oid}^3:b.txt", cwd=repository)) == (b"a\n", b"b\n")


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
async def test_an_operation_in_progress_goes_on_where_it_is_laid_down(bed: Bed, operation: str) -> None:
    """Autostash, todo lists, conflict stages and their objects are reachable from nothing else."""
    import random  # noqa: PLC0415

    repository, worktree = a_worktree(bed, {**{name: f"{name}\n" for name in ("a.txt", "empty.txt", "dir/one.txt")}})
    OPERATIONS[operation](State(bed.playground, worktree, random.Random(1)))
    taken, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []
    again = worktree.with_name(worktree.name + "-again")
    if operation.startswith(("merge", "rebase", "cherry-pick", "revert")):
        command = operation.split(" ", maxsplit=1)[0]
        assert taken.operation == command
        bed.playground.git(command, "--abort", cwd=again)
        if "autostash" in operation:
            assert (again / "dir/one.txt").read_text() == "stashed\n"


async def test_commits_that_nothing_else_holds(bed: Bed) -> None:
    repository, worktree = a_worktree(bed)
    amended = bed.playground.commit(worktree, "to be amended", {"a.txt": "amended\n"})
    bed.playground.git("commit", "--quiet", "--amend", "-m", "kept", cwd=worktree)
    bed.playground.git("update-ref", "refs/worktree/mine", amended, cwd=worktree)
    detached = bed.playground.head(worktree)
    taken, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []
    assert len(taken.fact(FactKind.COMMITS)) == 2
    assert bed.playground.exists(detached, repository)
    assert bed.playground.exists(amended, repository)


async def test_an_earlier_snapshot_does_not_count_as_holding_commits(bed: Bed) -> None:
    """It expires; then the later snapshot has to hold them by itself."""
    repository, worktree = a_worktree(bed)
    amended = bed.playground.commit(worktree, "to be amended", {"a.txt": "amended\n"})
    bed.playground.git("commit", "--quiet", "--amend", "-m", "kept", cwd=worktree)
    first = await bed.take_and_hold(worktree, "first")
    second = await bed.take_and_hold(worktree, "second")
    assert second.facts == first.facts
    assert {fact.kind for fact in second.facts} == {FactKind.COMMITS, FactKind.REFLOG}
    bed.playground.git("update-ref", "-d", snapshots.ref_of("first"), cwd=repository)
    before = bed.oracle.observe(repository)
    bed.remove(repository, worktree)
    bed.lay_down(repository, ("second", worktree.with_name("again")))
    assert bed.playground.exists(amended, repository)
    assert moved(before, worktree, bed.oracle.observe(repository), worktree.with_name("again")) == []


async def test_untracked_files_that_a_setting_hides(bed: Bed) -> None:
    """DL09: with status.showUntrackedFiles=no git's own removal deletes them without a word."""
    repository, worktree = a_worktree(bed, status__showUntrackedFiles="no")
    bed.playground.write(worktree, {"precious.txt": "mine\n"})
    control = bed.playground.worktree(repository, "control")
    bed.playground.write(control, {"precious.txt": "mine\n"})
    bed.playground.git("worktree", "remove", control, cwd=repository)
    assert not control.exists(), "git refuses now: this test shows nothing"
    taken, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []
    assert taken.fact(FactKind.UNTRACKED) == (b"precious.txt",)


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
async def test_edits_that_a_flag_hides(bed: Bed, flag: str) -> None:
    """DL10"""
    repository, worktree = a_worktree(bed)
    bed.playground.git("update-index", flag, "a.txt", cwd=worktree)
    bed.playground.write(worktree, {"a.txt": "hidden edit\n"})
    assert bed.playground.git("status", "--porcelain", cwd=worktree) == b""
    taken, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []
    assert taken.fact(FactKind.HIDDEN) == (b"a.txt",)


async def test_an_edit_with_the_same_size_and_time(bed: Bed) -> None:
    """A copy of the index that loses its own time makes git trust the stat data."""
    repository, worktree = a_worktree(bed, core__trustctime="false", core__checkStat="minimal")
    stat = os.stat(worktree / "a.txt")
    bed.playground.git("update-index", "--refresh", cwd=worktree)
    with open(worktree / "a.txt", "r+b") as file:
        file.write(b"ONE\n")
    os.utime(worktree / "a.txt", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    taken, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []
    assert bed.playground.git("show", f"{taken.oid}:a.txt", cwd=repository) in {b"ONE\n", b"one\n"}
    again = worktree.with_name(worktree.name + "-again")
    assert (again / "a.txt").read_bytes() == b"ONE\n"


async def test_a_file_system_monitor_that_says_nothing_changed(bed: Bed) -> None:
    repository, worktree = a_worktree(bed)
    hook = bed.home.root / "monitor"
    hook.write_text("#!/bin/sh\nprintf 'token\\0'\n")
    hook.chmod(0o755)
    bed.playground.git("config", "core.fsmonitor", hook, cwd=repository)
    bed.playground.git("status", cwd=worktree)
    bed.playground.write(worktree, {"a.txt": "edited\n"})
    taken, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []
    assert taken.fact(FactKind.MODIFIED) == (b"a.txt",)


@pytest.mark.parametrize(
    ("attributes", "content"),
    [
        ("*.txt text eol=crlf\n", b"lf\nonly\n"),
        ("*.txt text eol=lf\n", b"crlf\r\nonly\r\n"),
        ("*.txt text=auto\n", b"mixed\r\nends\n"),
        ("*.txt ident\n", b"$Id: kept $\n"),
        ("*.txt text working-tree-encoding=UTF-16\n", "\ufeffbig\n".encode("utf-16-be")),
        ("*.txt text working-tree-encoding=UTF-16\n", b"not\xff\xfe valid"),
        ("*.txt filter=pointer\n", b"large object\n"),
        ("*.txt filter=failing\n", b"never clean\n"),
        ("*.txt filter=lossy\n", b"UPPER and lower\n"),
    ],
)
@pytest.mark.parametrize("where", ["tracked", "untracked"])
async def test_bytes_that_a_filter_would_not_give_back(bed: Bed, attributes: str, content: bytes, where: str) -> None:
    """SN19"""
    repository, worktree = a_worktree(bed, {".gitattributes": attributes, "other": "x\n"})
    for name, value in {
        "filter.pointer.clean": "sed s/large/pointer/", "filter.pointer.smudge": "sed s/pointer/large/",
        "filter.failing.clean": "false", "filter.failing.smudge": "false", "filter.failing.required": "true",
        "filter.lossy.clean": "tr A-Z a-z", "filter.lossy.smudge": "cat",
    }.items():  # fmt: skip
        bed.playground.git("config", name, value, cwd=repository)
    bed.playground.write(worktree, {"file.txt": content})
    if where == "tracked":
        bed.playground.run("add", "--intent-to-add", "file.txt", cwd=worktree)
    _, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []


async def test_bytes_under_attributes_that_changed_after_the_checkout(bed: Bed) -> None:
    """Git sees no difference, and would write other bytes."""
    repository, worktree = a_worktree(bed, {".gitattributes": "*.txt eol=crlf\n", "a.txt": "one\n"})
    assert (worktree / "a.txt").read_bytes() == b"one\r\n"
    os.utime(worktree / "a.txt", (10**9, 10**9))  # long before the index was written: its stat data counts
    bed.playground.git("update-index", "--refresh", cwd=worktree)
    bed.playground.git("mv", ".gitattributes", "attributes", cwd=worktree)
    taken, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []
    assert b"a.txt" not in taken.fact(FactKind.MODIFIED)


async def test_permissions_that_git_does_not_know(bed: Bed) -> None:
    repository, worktree = a_worktree(bed, core__fileMode="false")
    bed.playground.write(worktree, {"run.sh": Program("#!/bin/sh\n"), "secret": "s\n", "deep/er/": ""})
    os.chmod(worktree / "a.txt", 0o755)
    os.chmod(worktree / "secret", 0o600)
    os.chmod(worktree / "sub", 0o700)
    os.chmod(worktree / "deep", 0o500)
    taken, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []
    assert taken.fact(FactKind.MODIFIED) == (), "core.fileMode=false: the bit is no change"


async def test_settings_of_the_caller_are_not_inherited(bed: Bed) -> None:
    """`worktree add` copies config.worktree and info/sparse-checkout from where it is called."""
    repository, worktree = a_worktree(bed)
    bed.playground.git("config", "extensions.worktreeConfig", "true", cwd=repository)
    bed.playground.git("sparse-checkout", "set", "--cone", "sub", cwd=repository)
    bed.playground.git("config", "--worktree", "user.name", "somebody else", cwd=repository)
    bed.playground.dirty(worktree)
    _, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []


async def test_rebuildable_directories_are_named_and_not_kept(bed: Bed) -> None:
    repository, worktree = a_worktree(bed)
    bed.playground.write(
        worktree,
        {
            "node_modules/package/index.js": "x\n",
            "tracked/node_modules/vendored.js": "y\n",
            "target/not-ignored.txt": "z\n",
        },
    )
    bed.playground.git("add", "--force", "tracked/node_modules/vendored.js", cwd=worktree)
    before = bed.oracle.observe(repository)
    taken, wrong = await bed.round_trip(repository, worktree)
    assert taken.fact(FactKind.REBUILDABLE) == (b"node_modules",)
    assert [line.split(" of ")[0] for line in wrong] == [
        "gone:    file 'node_modules'",
        "gone:    file 'node_modules/package'",
        "gone:    file 'node_modules/package/index.js'",
    ]
    assert before is not None


async def test_large_and_ignored_files_never_enter_git(bed: Bed) -> None:
    """SN12"""
    repository, worktree = a_worktree(bed)
    bed.playground.write(worktree, {"large.bin": b"L" * 5000, ".env": "SECRET=unique-to-this-file\n"})
    bed.playground.write(worktree, {"link.ignored": Link("a.txt")})
    objects = bed.oracle.objects(repository)
    _, wrong = await bed.round_trip(repository, worktree, large=4000)
    assert wrong == []
    new = bed.oracle.objects(repository) - objects
    for oid in new:
        content = bed.playground.git("cat-file", "-p", oid, cwd=repository)
        assert b"unique-to-this-file" not in content
        assert b"LLLL" not in content
    kept = bed.kept_dir("one")
    assert kept.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in kept.iterdir()] == [0o600, 0o600]


async def test_names_that_git_refuses(bed: Bed) -> None:
    repository, worktree = a_worktree(bed)
    bed.playground.write(worktree, {"sub/.GIT": "no directory of git's\n", "git~1": "short\n"})
    _, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []


async def test_a_bare_repository_among_the_tracked_files(bed: Bed) -> None:
    """A test fixture of another program: its files are files like any other."""
    repository, worktree = a_worktree(bed)
    bed.playground.git("init", "--quiet", "--bare", "fixture.git", cwd=worktree)
    bed.playground.git("add", "--all", cwd=worktree)
    bed.playground.commit(worktree, "fixture")
    bed.playground.write(worktree, {"fixture.git/description": "edited\n"})
    _, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []


async def test_hooks_never_run(bed: Bed) -> None:
    repository, worktree = a_worktree(bed)
    canary = bed.home.root / "hook-ran"
    for name in ("post-index-change", "reference-transaction", "post-checkout", "pre-commit"):
        bed.playground.write(repository, {f".git/hooks/{name}": Program(f"#!/bin/sh\ntouch '{canary}'\n")})
    bed.playground.git("update-ref", "refs/heads/control", "HEAD", cwd=repository)
    assert canary.exists(), "no hook would run at all"
    canary.unlink()
    bed.playground.dirty(worktree)
    canary.unlink(missing_ok=True)
    await bed.take_and_hold(worktree)
    assert not canary.exists()


@pytest.mark.parametrize("kind", ["shallow", "partial", "sha256", "split", "sparse"])
async def test_kinds_of_repository(bed: Bed, kind: str) -> None:
    playground = bed.playground
    source = playground.repository("source", object_format="sha256" if kind == "sha256" else None)
    playground.commit(source, "second", {"later.txt": "later\n"})
    make: dict[str, Callable[[Path], Path]] = {"shallow": playground.shallow, "partial": playground.partial}
    repository = make[kind](source) if kind in make else source
    worktree = playground.worktree(repository, "one")
    if kind == "split":
        playground.git("update-index", "--split-index", cwd=worktree)
    if kind == "sparse":
        playground.git("sparse-checkout", "set", "--cone", "--sparse-index", "sub", cwd=worktree)
    playground.dirty(worktree)
    _, wrong = await bed.round_trip(repository, worktree)
    assert wrong == []


async def test_a_clean_submodule_stays_a_link_to_its_commit(bed: Bed) -> None:
    repository = bed.playground.repository()
    bed.playground.submodule(repository)
    worktree = bed.playground.worktree(repository, "one")
    bed.playground.git("submodule", "--quiet", "update", "--init", cwd=worktree)
    _, wrong = await bed.round_trip(repository, worktree)
    # Its files come back with `git submodule update`; its own git directory is not part of a snapshot.
    assert all("'module/" in line or "module " in line for line in wrong), wrong
    again = worktree.with_name(worktree.name + "-again")
    bed.playground.git("submodule", "--quiet", "update", "--init", cwd=again)
    assert (again / "module" / "inside.txt").read_text() == "inside\n"


@pytest.fixture
def reftable(bed: Bed) -> Bed:
    program = newer_git()
    if program is None:
        pytest.skip("no git that knows reftable on this machine")
    from hedgerow.git.runner import Git  # noqa: PLC0415

    return Bed(bed.home, Playground(bed.home, git=program), Git(executable=program))


async def test_reftable(reftable: Bed) -> None:
    """Pseudo-refs and reflogs are no files there."""
    repository = reftable.playground.repository(ref_format="reftable")
    worktree = reftable.playground.worktree(repository, "one")
    reftable.playground.merge_in_progress(worktree)
    reftable.playground.git("update-ref", "refs/worktree/mine", "HEAD", cwd=worktree)
    reftable.playground.write(worktree, {"untracked.txt": "u\n", ".env": "x\n"})
    taken, wrong = await reftable.round_trip(repository, worktree)
    assert taken.operation == "merge"
    assert wrong == []


async def test_locals_own_place_does_not_follow_its_work_into_a_worktree(bed: Bed) -> None:
    repository = bed.playground.repository()
    bed.playground.git("config", "extensions.worktreeConfig", "true", cwd=repository)
    bed.playground.git("config", "--worktree", "core.worktree", repository, cwd=repository)
    bed.playground.git("config", "--worktree", "user.name", "Local's", cwd=repository)
    bed.playground.write(repository, {"a.txt": "edited\n"})
    await bed.take_and_hold(repository)
    bed.playground.git("checkout", "--quiet", "-b", "elsewhere", cwd=repository)
    again = repository.with_name("again")
    bed.lay_down(repository, ("one", again))
    assert Path(bed.playground.text("rev-parse", "--show-toplevel", cwd=again)) == again
    assert bed.playground.text("config", "user.name", cwd=again) == "Local's"
    assert (again / "a.txt").read_text() == "edited\n"

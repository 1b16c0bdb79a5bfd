"""The independent witness: what is on disk and in git, for every checkout of a repository.

Owns a plain lstat walk and git's own plumbing with a clean environment. It must never import the product, never
change anything, and never leave something out because it "cannot matter".
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .home import Home
from .observation import (
    Except,
    Fact,
    Observation,
    compare,
    difference,
    hedgerows_own,
    moved_difference,
    of_area,
    of_checkout,
    of_garbage_collection,
    of_ref,
)

__all__ = [
    "Except", "Fact", "Observation", "Oracle", "common_directory", "compare", "describe", "difference", "hedgerows_own",
    "moved_difference", "of_area", "of_checkout", "of_garbage_collection", "of_ref", "registrations",
]  # fmt: skip


@dataclass
class Oracle:
    """Observes repositories of one home with one git program."""

    home: Home
    executable: str = "git"
    _quiet: tuple[str, ...] = field(
        default=(
            "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false",
            # With it on, `ls-files -v` hides the skip-worktree bit of a file that is present.
            "-c", "core.sparseCheckout=false",
        )
    )  # fmt: skip

    def git(self, *args: str | bytes, cwd: Path, ok: tuple[int, ...] = (0,)) -> bytes:
        finished = subprocess.run(
            [self.executable, *self._quiet, *args],
            cwd=cwd,
            env=self.home.environment({"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1"}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
        if finished.returncode not in ok:
            raise AssertionError(f"git {args!r} in {cwd}: {finished.stderr.decode(errors='replace')}")
        return finished.stdout

    def observe(self, repository: Path, *, besides: Iterable[Path] = ()) -> Observation:
        """Everything of the repository at ``repository`` (any checkout of it, or bare).

        Args:
            besides: further directories to walk, as if each were a checkout without git.
        """
        common_dir = common_directory(repository)
        facts: dict[Fact, str] = {}
        checkouts: list[Path] = []
        local = common_dir.parent if common_dir.name == ".git" else None
        shared = str(common_dir)
        reftable = (common_dir / "reftable").is_dir()
        if local is not None:
            checkouts.append(local)
            facts.update(_walk(local, "file", str(local), leave_out=frozenset({b".git"})))
        facts.update(self._index(common_dir, shared if local is None else str(local)))
        facts.update(self._refs(common_dir, shared, per_worktree=False))
        facts.update(_git_directory(common_dir, shared))
        if reftable:
            facts.update(self._reftable_reflogs(common_dir, shared))
        for admin, worktree in registrations(common_dir):
            checkouts.append(worktree)
            where = str(worktree)
            facts[Fact("registration", shared, os.fsencode(worktree))] = f"worktrees/{admin.name}"
            if worktree.is_dir():
                facts.update(_walk(worktree, "file", where))
            facts.update(self._index(admin, where))
            facts.update(_git_directory(admin, where))
            if reftable:
                facts.update(self._refs(admin, where, per_worktree=True))
                facts.update(self._reftable_reflogs(admin, where))
            else:
                facts.update(_loose_refs(admin, where))
        for directory in besides:
            facts.update(_walk(directory, "file", str(directory), leave_out=frozenset({b".trash"})))
        return Observation(common_dir, tuple(checkouts), facts)

    def _index(self, git_dir: Path, where: str) -> Iterator[tuple[Fact, str]]:
        if not (git_dir / "index").exists():
            return
        # A working tree that is always there, so that a checkout that is gone still shows its index.
        prefix = (b"--git-dir=" + os.fsencode(git_dir), "-c", "core.bare=false", "--work-tree=/")
        out = self.git(*prefix, "ls-files", "--stage", "-v", "--debug", "-z", cwd=_ROOT)
        end = 0
        for match in _INDEX_ENTRY.finditer(out):
            assert match.start() == end, f"index of {git_dir}: not understood: {out[end : match.start()]!r}"
            end = match.end()
            mode, oid, stage, path, flags = match.groups()
            bits = int(flags, 16)
            marks = "".join(mark for bit, mark in _INDEX_FLAGS if bits & bit)
            name = path if stage == b"0" else path + b" (stage " + stage + b")"
            yield Fact("index", where, name), f"{mode.decode()} {oid.decode()}{marks}"
        assert end == len(out), f"index of {git_dir}: not understood: {out[end:]!r}"
        for line in self.git(*prefix, "ls-files", "--resolve-undo", "-z", cwd=_ROOT).split(b"\0"):
            if line:
                entry, _, path = line.partition(b"\t")
                yield Fact("index", where, path + b" (resolved, was stage " + entry[-1:] + b")"), entry.decode()

    def _refs(self, git_dir: Path, where: str, *, per_worktree: bool) -> Iterator[tuple[Fact, str]]:
        out = self.git("--git-dir=.", "for-each-ref", "--format=%(refname)%00%(objectname)%00%(symref)", cwd=git_dir)
        for line in out.splitlines():
            name, oid, target = line.split(b"\0")
            if per_worktree and not name.startswith((b"refs/bisect/", b"refs/worktree/", b"refs/rewritten/")):
                continue
            yield Fact("ref", where, name), (b"-> " + target if target else oid).decode()

    def _reftable_reflogs(self, git_dir: Path, where: str) -> Iterator[tuple[Fact, str]]:
        names = [b"HEAD"]
        if not (git_dir / "commondir").exists():
            names += [fact.name for fact, _ in self._refs(git_dir, where, per_worktree=False)]
        for name in names:
            out = self.git(
                "--git-dir=.", "log", "-g", "--format=%H %gs", "--end-of-options", name, "--", cwd=git_dir, ok=(0, 128)
            )
            yield Fact("reflog", where, name), _digest(out)

    # -- on demand -------------------------------------------------------------------------------

    def commits(self, repository: Path) -> set[str]:
        """Every commit that anything of any checkout reaches: refs, HEADs, reflogs, operations in progress."""
        common_dir = common_directory(repository)
        named: set[str] = set()
        for directory in (common_dir, *(admin for admin, _ in registrations(common_dir))):
            for fact, _ in _git_directory(directory, ""):
                if fact.area == "admin" and not fact.name.startswith((b"hooks/", b"info/", b"hedgerow")):
                    raw = (directory / os.fsdecode(fact.name)).read_bytes()
                    named |= {word.decode() for word in _OBJECT_ID.findall(raw)}
        real = self._commits_among(common_dir, named)
        out = self.git("--git-dir=.", "rev-list", "--all", "--reflog", *sorted(real), cwd=common_dir)
        return set(out.decode().split())

    def _commits_among(self, common_dir: Path, oids: set[str]) -> set[str]:
        finished = subprocess.run(
            [self.executable, *self._quiet, "--git-dir=.", "cat-file", "--batch-check=%(objectname) %(objecttype)"],
            cwd=common_dir, env=self.home.environment(), input="\n".join(sorted(oids)).encode(),
            capture_output=True, check=True, timeout=120,
        )  # fmt: skip
        pairs = (line.split() for line in finished.stdout.decode().splitlines())
        return {pair[0] for pair in pairs if pair[1] == "commit"}

    def missing_commits(self, repository: Path, wanted: Iterable[str]) -> list[str]:
        """Those of ``wanted`` that the object database does not have any more."""
        oids = sorted(set(wanted))
        return sorted(set(oids) - self._commits_among(common_directory(repository), set(oids)))

    def objects(self, repository: Path) -> set[str]:
        """The id of every object in the database, reachable or not."""
        out = self.git(
            "--git-dir=.", "cat-file", "--batch-all-objects", "--batch-check=%(objectname)",
            cwd=common_directory(repository),
        )  # fmt: skip
        return set(out.decode().split())

    def fsck(self, repository: Path) -> list[str]:
        """What git finds wrong with the repository; dangling objects are not wrong."""
        finished = subprocess.run(
            [self.executable, *self._quiet, "--git-dir=.", "fsck", "--no-dangling", "--no-progress"],
            cwd=common_directory(repository), env=self.home.environment(), capture_output=True,
            check=False, timeout=300,
        )  # fmt: skip
        lines = (finished.stdout + finished.stderr).decode(errors="replace").splitlines()
        # An unborn branch is no damage.
        lines = [line for line in lines if not line.startswith("notice: ")]
        return lines if finished.returncode or lines else []


_INDEX_ENTRY = re.compile(
    rb"[A-Za-z?] (\d{6}) ([0-9a-f]{40,64}) (\d)\t([^\0]*)\0"
    rb"  ctime: [^\n]*\n  mtime: [^\n]*\n  dev: [^\n]*\n  uid: [^\n]*\n  size: \d+\tflags: ([0-9a-f]+)\n"
)
_INDEX_FLAGS = ((1 << 15, " assume-unchanged"), (1 << 29, " intent-to-add"), (1 << 30, " skip-worktree"))
"""From git's read-cache.h: CE_VALID, CE_INTENT_TO_ADD, CE_SKIP_WORKTREE."""
_ROOT = Path("/")
_OBJECT_ID = re.compile(rb"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])")


def common_directory(path: Path) -> Path:
    """The common directory of the checkout at (not below) ``path``, or ``path`` itself when it is bare."""
    dotgit = path / ".git"
    if dotgit.is_dir():
        return dotgit.resolve()
    if dotgit.is_file():
        git_dir = (path / dotgit.read_text().removeprefix("gitdir: ").rstrip("\n")).resolve()
        pointer = git_dir / "commondir"
        return (git_dir / pointer.read_text().rstrip("\n")).resolve() if pointer.exists() else git_dir
    if (path / "objects").is_dir() and (path / "HEAD").exists():
        return path.resolve()
    raise AssertionError(f"no repository at {path}")


def registrations(common_dir: Path) -> Iterator[tuple[Path, Path]]:
    """Administrative directory and worktree of every entry, as their files say."""
    root = common_dir / "worktrees"
    if not root.is_dir():
        return
    for admin in sorted(root.iterdir()):
        pointer = admin / "gitdir"
        if pointer.is_file():
            named = os.fsdecode(pointer.read_bytes()).rstrip("\n")
            yield admin, Path(os.path.normpath(admin / named)).parent
        else:
            yield admin, admin / "(no gitdir)"


def _digest(raw: bytes) -> str:
    return f"{hashlib.sha256(raw).hexdigest()[:20]} ({len(raw)} bytes)"


def describe(path: bytes) -> str:
    """Kind, mode and content of one path; links are not followed."""
    status = os.lstat(path)
    mode = f"{stat.S_IMODE(status.st_mode):04o}"
    if stat.S_ISLNK(status.st_mode):
        return f"link -> {os.readlink(path)!r}"
    if stat.S_ISDIR(status.st_mode):
        return f"directory {mode}"
    if not stat.S_ISREG(status.st_mode):
        return f"special {stat.S_IFMT(status.st_mode):o} {mode}"
    with open(path, "rb") as file:
        return f"file {mode} {_digest(file.read())}"


def _walk(
    root: Path,
    area: str,
    where: str,
    *,
    leave_out: frozenset[bytes] = frozenset(),
    prune: bytes | None = None,
) -> Iterator[tuple[Fact, str]]:
    """Every path below ``root``; ``leave_out`` names entries of the root itself, ``prune`` one path below it."""
    top = os.fsencode(root)
    pending = [b""]
    while pending:
        directory = pending.pop()
        with os.scandir(os.path.join(top, directory)) as entries:
            for entry in entries:
                if not directory and entry.name in leave_out:
                    continue
                relative = os.path.join(directory, entry.name)
                if relative == prune:
                    continue
                yield Fact(area, where, relative), describe(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    pending.append(relative)


_TRASH = b"hedgerow/trash"
"""Where Hedgerow puts administrative directories that it retires: nobody's any more, and there can be many."""
_OBSERVED_OTHERWISE = frozenset(
    {b"objects", b"refs", b"packed-refs", b"reftable", b"worktrees", b"logs", b"index", b"modules"}
)


def _git_directory(git_dir: Path, where: str) -> Iterator[tuple[Fact, str]]:
    for fact, value in _walk(git_dir, "admin", where, leave_out=_OBSERVED_OTHERWISE, prune=_TRASH):
        # The shared part of a split index; what the index says is observed by `ls-files`.
        if fact.name.startswith(b"sharedindex."):
            continue
        # Empty directories in a git directory (`branches/`, `hooks/`) mean nothing to git.
        if not value.startswith("directory "):
            yield fact, value
    for directory, area in ((git_dir / "logs", "reflog"), (git_dir / "modules", "module")):
        if directory.is_dir():
            for fact, value in _walk(directory, area, where):
                if not value.startswith("directory "):
                    yield fact, value


def _loose_refs(admin: Path, where: str) -> Iterator[tuple[Fact, str]]:
    """Per-worktree refs of a linked worktree, which always lie loose in its administrative directory."""
    root = admin / "refs"
    if root.is_dir():
        for fact, value in _walk(root, "ref", where):
            if value.startswith("file "):
                content = (root / os.fsdecode(fact.name)).read_bytes().strip().decode()
                yield Fact("ref", where, b"refs/" + fact.name), content

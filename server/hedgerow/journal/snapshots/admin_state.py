"""What an administrative directory knows besides the index: HEAD, an operation in progress, its own refs, the reflog.

Knows which files are git's and worth holding. Reads only.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hedgerow.git.refs import HeadRef, read_head
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git

from .reftable_log import read_head_log

PER_WORKTREE_REFS = ("refs/bisect", "refs/worktree", "refs/rewritten")

_STATE_FILES = frozenset(
    b"MERGE_HEAD MERGE_MSG MERGE_MODE MERGE_RR MERGE_AUTOSTASH SQUASH_MSG CHERRY_PICK_HEAD REVERT_HEAD REBASE_HEAD "
    b"AUTO_MERGE ORIG_HEAD BISECT_START BISECT_LOG BISECT_TERMS BISECT_NAMES BISECT_RUN BISECT_EXPECTED_REV "
    b"BISECT_ANCESTORS_OK BISECT_FIRST_PARENT BISECT_HEAD COMMIT_EDITMSG TAG_EDITMSG NOTES_EDITMSG FETCH_HEAD "
    b"config.worktree".split()
)
_STATE_DIRECTORIES = frozenset((b"rebase-merge", b"rebase-apply", b"sequencer"))
_TRACES = frozenset((b"ORIG_HEAD", b"FETCH_HEAD"))
_TEXTS = frozenset((b"COMMIT_EDITMSG", b"TAG_EDITMSG", b"NOTES_EDITMSG", b"MERGE_MSG", b"SQUASH_MSG"))
"""What a person wrote may name commits without holding them."""
_OPERATIONS = (
    (b"rebase-merge/", "rebase"),
    (b"rebase-apply/applying", "am"),
    (b"rebase-apply/", "rebase"),
    (b"MERGE_HEAD", "merge"),
    (b"CHERRY_PICK_HEAD", "cherry-pick"),
    (b"REVERT_HEAD", "revert"),
    (b"sequencer/", "cherry-pick"),
    (b"BISECT_START", "bisect"),
)


@dataclass(frozen=True)
class AdminState:
    """HEAD and everything around it.

    Attributes:
        files: operation state, `config.worktree` and `info/sparse-checkout`: path below the directory -> content.
        modes: permissions of those files that are not 0644 (bisect makes some with 0600).
        reflogs: path below `logs/` -> content; empty for Local, whose reflog stays where it is.
        refs: refs that belong to this checkout alone.
        root_refs: pseudo-refs that are no files (reftable): `ORIG_HEAD`, `CHERRY_PICK_HEAD` …
    """

    head: HeadRef
    files: dict[bytes, bytes]
    modes: dict[bytes, int]
    reflogs: dict[bytes, bytes]
    refs: dict[str, str]
    root_refs: dict[str, str]

    @cached_property
    def operation(self) -> str | None:
        """The operation in progress, as git calls it."""
        names = [*self.files, *(name.encode() for name in self.root_refs)]
        for prefix, operation in _OPERATIONS:
            if any(name.startswith(prefix) for name in names):
                return operation
        return None

    def named_objects(self, repository: Repository) -> set[str]:
        """Every object id that an operation in progress or a ref of this checkout names (existing or not)."""
        found = {*self.refs.values(), *(oid for name, oid in self.root_refs.items() if name.encode() not in _TRACES)}
        for path, content in self.files.items():
            if path not in _TRACES and path not in _TEXTS:
                found |= _ids(content, repository)
        return found - {repository.zero}

    def reflog_objects(self, repository: Repository) -> set[str]:
        """Every object id that only tells where this checkout has been: its reflog, ORIG_HEAD, what it fetched."""
        found = {oid for name, oid in self.root_refs.items() if name.encode() in _TRACES}
        for content in (*self.reflogs.values(), *(self.files.get(name, b"") for name in _TRACES)):
            for line in content.splitlines():
                found |= _ids(line[: 2 * len(repository.zero) + 2], repository)
        return found - {repository.zero}


def _ids(content: bytes, repository: Repository) -> set[str]:
    return {match.decode() for match in re.findall(rb"\b[0-9a-f]{%d}\b" % len(repository.zero), content)}


def is_linked(repository: Repository, admin: Path) -> bool:
    """Whether an administrative directory is a worktree's; Local's is the common directory itself."""
    return admin.resolve() != repository.common_dir


async def read_admin_state(git: Git, repository: Repository, checkout: Path, admin: Path) -> AdminState:
    """Read it all.

    Raises:
        OSError: a file of it cannot be read.
        GitError: HEAD or the refs cannot be read.
    """
    head = await read_head(git, checkout)
    root_refs: dict[str, str] = {}
    if repository.ref_format == "files":
        refs = await _for_each_ref(git, checkout, *PER_WORKTREE_REFS)
    else:
        refs = await _for_each_ref(git, checkout, *PER_WORKTREE_REFS, "--include-root-refs")
        root_refs = {name: refs.pop(name) for name in list(refs) if not name.startswith("refs/")}
        root_refs.pop("HEAD", None)
        root_refs.pop("FETCH_HEAD", None)
        root_refs.pop("MERGE_HEAD", None)
        refs = {name: oid for name, oid in refs.items() if name.startswith(PER_WORKTREE_REFS)}
    linked = is_linked(repository, admin)
    state = dict(_state_files(os.fsencode(admin)))
    reflogs: dict[bytes, bytes] = {}
    if linked and repository.ref_format == "files":
        reflogs = dict(_reflogs(os.fsencode(admin)))
    elif linked:
        reflogs = {b"HEAD": await read_head_log(git, repository, checkout)}
    else:
        state.pop(b"FETCH_HEAD", None)  # names every branch last fetched, and Local stays where it is
    modes = {path: stat.S_IMODE(os.lstat(os.fsencode(admin) + b"/" + path).st_mode) for path in state}
    unusual = {path: mode for path, mode in modes.items() if mode != 0o644}
    return AdminState(head, state, unusual, reflogs, refs, root_refs)


async def _for_each_ref(git: Git, checkout: Path, *words: str) -> dict[str, str]:
    patterns = [word for word in words if not word.startswith("--")]
    options = [word for word in words if word.startswith("--")]
    if options:
        patterns = []
    out = await git.read("for-each-ref", "--format=%(refname)%00%(objectname)", *options, *patterns, cwd=checkout)
    pairs = (line.split(b"\0") for line in out.splitlines() if line)
    return {os.fsdecode(name): oid.decode() for name, oid in pairs}


def _state_files(admin: bytes) -> Iterator[tuple[bytes, bytes]]:
    for name in sorted(_STATE_FILES):
        if _is_file(admin + b"/" + name):
            yield name, _read(admin + b"/" + name)
    if _is_file(admin + b"/info/sparse-checkout"):
        yield b"info/sparse-checkout", _read(admin + b"/info/sparse-checkout")
    for directory in sorted(_STATE_DIRECTORIES):
        yield from _below(admin, directory)


def _reflogs(admin: bytes) -> Iterator[tuple[bytes, bytes]]:
    for path, content in _below(admin, b"logs"):
        yield path[len(b"logs/") :], content


def _below(admin: bytes, directory: bytes) -> Iterator[tuple[bytes, bytes]]:
    try:
        names = sorted(os.listdir(admin + b"/" + directory))
    except FileNotFoundError:
        return
    for name in names:
        path = directory + b"/" + name
        if _is_file(admin + b"/" + path):
            yield path, _read(admin + b"/" + path)
        else:
            yield from _below(admin, path)


def _is_file(path: bytes) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


def _read(path: bytes) -> bytes:
    with open(path, "rb") as handle:
        return handle.read()

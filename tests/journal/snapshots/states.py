"""Random states of a checkout, by seed: every kind of edit, flag, operation and setting that once broke a tool.

Built with plain git and plain file calls. A mutator that does not apply to the state at hand does nothing.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.repositories import AWKWARD_NAMES, GitFailedError, Link, Playground, Program

ATTRIBUTES = (
    "*.crlf text eol=crlf\n*.lf text eol=lf\n*.auto text=auto\n*.id ident\n"
    "*.u16 text working-tree-encoding=UTF-16LE-BOM\n"
    "*.rot filter=rot\n*.bad filter=bad\n*.bin -text\n"
)
FILES = {
    ".gitattributes": ATTRIBUTES,
    ".gitignore": "*.ignored\n.env\nnode_modules/\nbuild/\n",
    "a.txt": "one\ntwo\nthree\n",
    "b.txt": b"crlf\r\nin the blob\r\n",
    "c.crlf": "text\nof lines\n",
    "d.auto": "auto\n",
    "e.id": "$Id$\nident\n",
    "g.rot": "hello filter\n",
    "h.bin": bytes(range(256)),
    "empty.txt": "",
    "run.sh": Program("#!/bin/sh\n"),
    "link": Link("a.txt"),
    "dir/one.txt": "1\n",
    "dir/two.txt": "2\n",
    "dir/deep/three.txt": "3\n",
    "other/four.txt": "4\n",
    "sub/.gitattributes": "*.txt eol=crlf\n",
    "sub/five.txt": "5\nfive\n",
}
CONFIGURATIONS = (
    {}, {}, {},
    {"core.autocrlf": "true"},
    {"core.autocrlf": "input"},
    {"core.eol": "crlf"},
    {"core.fileMode": "false"},
    {"core.trustctime": "false", "core.checkStat": "minimal"},
    {"core.untrackedCache": "true"},
    {"core.splitIndex": "true"},
    {"index.version": "4"},
    {"core.fsmonitor": "/bin/false"},
    {"status.showUntrackedFiles": "no", "core.quotePath": "true", "diff.noprefix": "true", "color.ui": "always"},
    {"core.safecrlf": "true", "core.autocrlf": "true"},
    {"core.logAllRefUpdates": "false"},
    {"core.ignoreStat": "true"},
    {"submodule.recurse": "true", "merge.conflictStyle": "zdiff3", "rerere.enabled": "true"},
    {"extensions.worktreeConfig": "true"},
)  # fmt: skip


@dataclass
class State:
    """One checkout being brought into a random state."""

    playground: Playground
    worktree: Path
    random: random.Random
    log: list[str] = field(default_factory=list)

    def git(self, *args: str | bytes) -> bool:
        """Plain git; whether it succeeded. A refusal is part of the game."""
        return self.playground.run("-c", "core.editor=true", *args, cwd=self.worktree).returncode == 0

    def at(self, path: bytes) -> bytes:
        return os.fsencode(self.worktree) + b"/" + path

    def tracked(self) -> list[bytes]:
        out = self.playground.run("ls-files", "-z", cwd=self.worktree).stdout
        return [path for path in dict.fromkeys(out.split(b"\0")) if path]

    def files(self) -> list[bytes]:
        """Tracked paths that are plain files on disk."""
        return [path for path in self.tracked() if os.path.isfile(self.at(path)) and not os.path.islink(self.at(path))]

    def pick(self) -> bytes | None:
        found = self.files()
        return self.random.choice(found) if found else None

    def write(self, path: bytes, content: bytes) -> None:
        place = self.at(path)
        parent = os.path.dirname(place)
        while not os.path.isdir(parent):
            if os.path.lexists(parent):
                os.unlink(parent)
            try:
                os.makedirs(parent, exist_ok=True)
            except (NotADirectoryError, FileExistsError):
                parent = os.path.dirname(parent)
                continue
            parent = os.path.dirname(place)
        if os.path.isdir(place) and not os.path.islink(place):
            shutil.rmtree(place)
        elif os.path.lexists(place):
            os.unlink(place)
        with open(place, "wb") as file:
            file.write(content)

    def content(self) -> bytes:
        lines = [b"line %d" % self.random.randrange(1000) for _ in range(self.random.randrange(1, 6))]
        ending = self.random.choice((b"\n", b"\r\n", b"\n", b""))
        return ending.join(lines) + ending


Mutator = Callable[[State], None]
MUTATORS: list[Mutator] = []


def mutator(function: Mutator) -> Mutator:
    MUTATORS.append(function)
    return function


@mutator
def edit(state: State) -> None:
    if path := state.pick():
        state.write(path, state.content())


@mutator
def edit_same_size(state: State) -> None:
    """Same size and same modification time: only the inode, ctime or git's racy rule give it away."""
    if path := state.pick():
        status = os.stat(state.at(path))
        with open(state.at(path), "r+b") as file:
            file.write(bytes(state.random.randrange(65, 90) for _ in range(status.st_size)))
        os.utime(state.at(path), ns=(status.st_atime_ns, status.st_mtime_ns))


@mutator
def stage(state: State) -> None:
    if path := state.pick():
        state.write(path, state.content())
        state.git("--literal-pathspecs", "add", "--", path)
        if state.random.random() < 0.4:
            state.write(path, state.content())


@mutator
def delete(state: State) -> None:
    if path := state.pick():
        os.unlink(state.at(path))
        if state.random.random() < 0.5:
            state.git("--literal-pathspecs", "rm", "-q", "--cached", "--", path)


@mutator
def forget(state: State) -> None:
    if path := state.pick():
        state.git("--literal-pathspecs", "rm", "-q", "--cached", "-f", "--", path)


@mutator
def rename(state: State) -> None:
    if path := state.pick():
        state.git("--literal-pathspecs", "mv", "-k", "--", path, b"moved-%d" % state.random.randrange(9))


@mutator
def modes(state: State) -> None:
    if path := state.pick():
        os.chmod(state.at(path), state.random.choice((0o600, 0o444, 0o755, 0o664, 0o700, 0o777)))


@mutator
def new_files(state: State) -> None:
    for _ in range(state.random.randrange(1, 4)):
        path = b"new/" * state.random.randrange(3) + state.random.choice(AWKWARD_NAMES)
        state.write(path, state.content())
        if state.random.random() < 0.4:
            state.git("--literal-pathspecs", "add", "-f", "--", path)


@mutator
def converted_files(state: State) -> None:
    name = state.random.choice((b"n.crlf", b"n.lf", b"n.auto", b"n.id", b"n.u16", b"n.rot", b"n.bad", b"n.txt"))
    content = state.random.choice(
        (
            b"a\r\nb\n",
            b"a\nb\n",
            b"a\r\nb\r\n",
            b"$Id: x $\n",
            "\ufeffü\r\n".encode("utf-16-le"),
            b"\xfe\xff\0a",
            b"\xff",
        )
    )
    state.write(name, content)
    if state.random.random() < 0.5:
        state.git("add", "--", name)
    if state.random.random() < 0.3:
        state.write(name, content + content)


@mutator
def attributes_change(state: State) -> None:
    """Bytes on disk that no longer follow from the attributes, while git sees no difference."""
    lines = ATTRIBUTES.splitlines(keepends=True)
    state.random.shuffle(lines)
    extra = state.random.choice(
        ("*.txt eol=crlf\n", "*.txt text=auto\n", "* -text\n", "*.txt ident\n", "dir/** filter=rot\n")
    )
    state.write(b".gitattributes", "".join([*lines[: state.random.randrange(len(lines))], extra]).encode())
    if state.random.random() < 0.5:
        state.git("add", "--", ".gitattributes")


@mutator
def links(state: State) -> None:
    path = state.pick() if state.random.random() < 0.5 else b"new-link"
    if path:
        state.write(path, b"")
        os.unlink(state.at(path))
        os.symlink(state.random.choice((b"a.txt", b"nowhere", b"/etc/passwd", b"dir", b"\xff\n")), state.at(path))
        if state.random.random() < 0.3:
            state.git("--literal-pathspecs", "add", "--", path)


@mutator
def link_becomes_file(state: State) -> None:
    if os.path.islink(state.at(b"link")):
        os.unlink(state.at(b"link"))
        state.write(b"link", b"a.txt")


@mutator
def file_becomes_directory(state: State) -> None:
    if path := state.pick():
        os.unlink(state.at(path))
        state.write(path + b"/inside", state.content())
        if state.random.random() < 0.3:
            state.git("add", "-A")


@mutator
def directory_becomes_file(state: State) -> None:
    place = state.at(b"dir")
    if os.path.isdir(place) and not os.path.islink(place):
        shutil.rmtree(place)
        if state.random.random() < 0.5:
            state.write(b"dir", b"file now\n")
        else:
            os.symlink(b"other", place)


@mutator
def directories(state: State) -> None:
    for name in (b"empty", b"empty/deeper", b"new/hollow"):
        place = state.at(name)
        if not os.path.lexists(place) and os.path.isdir(os.path.dirname(place)):
            os.mkdir(place)
            if state.random.random() < 0.3:
                os.chmod(place, 0o700)
    if os.path.isdir(state.at(b"dir")) and not os.path.islink(state.at(b"dir")):
        os.chmod(state.at(b"dir"), state.random.choice((0o755, 0o700, 0o775)))


@mutator
def ignored(state: State) -> None:
    state.write(b".env", b"SECRET=1\n")
    os.chmod(state.at(b".env"), 0o600)
    state.write(b"build/out.o", state.content())
    state.write(b"build/" + state.random.choice(AWKWARD_NAMES), state.content())
    if not os.path.lexists(state.at(b"build/link.ignored")):
        os.symlink(b"../a.txt", state.at(b"build/link.ignored"))


@mutator
def ignore_rules(state: State) -> None:
    state.write(b".gitignore", b"*.txt\n!a.txt\nnew/\n")


@mutator
def intend(state: State) -> None:
    state.write(b"intended.txt", state.content())
    state.git("add", "--intent-to-add", "-f", "--", "intended.txt")
    if state.random.random() < 0.3:
        os.unlink(state.at(b"intended.txt"))


@mutator
def assume_unchanged(state: State) -> None:
    if path := state.pick():
        state.git("update-index", "--assume-unchanged", "--", path)
        if state.random.random() < 0.7:
            state.write(path, state.content())
        elif state.random.random() < 0.5:
            os.unlink(state.at(path))


@mutator
def skip_worktree(state: State) -> None:
    if path := state.pick():
        state.git("update-index", "--skip-worktree", "--", path)
        if state.random.random() < 0.5:
            state.write(path, state.content())
        elif state.random.random() < 0.5:
            os.unlink(state.at(path))


@mutator
def executable_in_index(state: State) -> None:
    if path := state.pick():
        state.git("update-index", "--chmod=+x", "--", path)


@mutator
def commits(state: State) -> None:
    state.write(b"committed-%d" % state.random.randrange(9), state.content())
    state.git("add", "-A")
    state.git("commit", "-qm", "detached work", "--allow-empty")
    if state.random.random() < 0.4:
        state.git("commit", "-q", "--amend", "-m", "amended", "--allow-empty")
    if state.random.random() < 0.3:
        state.git("reset", "-q", "--soft", "HEAD~1")


@mutator
def own_refs(state: State) -> None:
    state.git("update-ref", "refs/worktree/mine", "HEAD")
    state.git("update-ref", "ORIG_HEAD", "HEAD")


@mutator
def sparse(state: State) -> None:
    if state.random.random() < 0.5:
        state.git("sparse-checkout", "set", "--cone", "dir")
    else:
        state.git("sparse-checkout", "set", "--no-cone", "/*", "!other")
    if state.random.random() < 0.3:
        state.write(b"other/four.txt", state.content())


def _conflict(state: State) -> str | None:
    """Two commits on a.txt and another path that do not merge; the other side's id."""
    playground, worktree = state.playground, state.worktree
    try:
        start = playground.head(worktree)
        playground.git("add", "-A", cwd=worktree)
        playground.git("commit", "-qm", "before the conflict", "--allow-empty", cwd=worktree)
        base = playground.head(worktree)
        for path, content in ((b"a.txt", b"theirs\n"), (b"renamed-by-them", b"x\n")):
            state.write(path, content)
        if state.random.random() < 0.5 and os.path.lexists(state.at(b"empty.txt")):
            os.unlink(state.at(b"empty.txt"))
        playground.git("add", "-A", cwd=worktree)
        playground.git("commit", "-qm", "theirs", cwd=worktree)
        theirs = playground.head(worktree)
        playground.git("reset", "-q", "--hard", base, cwd=worktree)
        for path, content in ((b"a.txt", b"ours\n"), (b"empty.txt", b"no longer\n")):
            state.write(path, content)
        playground.git("add", "-A", cwd=worktree)
        playground.git("commit", "-qm", "ours", cwd=worktree)
    except GitFailedError:
        return None
    del start
    return theirs


def _operation(command: Callable[[State, str], object]) -> Mutator:
    def run(state: State) -> None:
        if theirs := _conflict(state):
            command(state, theirs)
            if state.random.random() < 0.3:
                state.write(b"a.txt", b"resolved\n")
                state.git("add", "--", "a.txt")

    return run


OPERATIONS: dict[str, Mutator] = {
    "merge": _operation(lambda state, theirs: state.git("merge", "-q", theirs)),
    "merge with autostash": _operation(
        lambda state, theirs: (
            state.write(b"dir/one.txt", b"stashed\n"),
            state.git("merge", "-q", "--autostash", theirs),
        )
    ),
    "cherry-pick": _operation(lambda state, theirs: state.git("cherry-pick", f"{theirs}~1..{theirs}")),
    "revert": _operation(lambda state, theirs: state.git("revert", "--no-edit", theirs)),
    "rebase": _operation(lambda state, theirs: state.git("rebase", "-q", theirs)),
    "rebase with autostash": _operation(
        lambda state, theirs: (
            state.write(b"dir/one.txt", b"stashed\n"),
            state.git("rebase", "-q", "--autostash", theirs),
        )
    ),
    "rebase --apply": _operation(lambda state, theirs: state.git("rebase", "-q", "--apply", theirs)),
    "bisect": _operation(
        lambda state, _: (
            state.git("bisect", "start"),
            state.git("bisect", "bad"),
            state.git("bisect", "good", "HEAD~2"),
        )
    ),
    "stash pop": _operation(lambda state, theirs: (state.git("checkout", "-q", theirs), state.git("stash", "list"))),
    "squash": _operation(lambda state, theirs: state.git("merge", "-q", "--squash", theirs)),
}


def make_repository(playground: Playground, rng: random.Random, name: str) -> tuple[Path, dict[str, str]]:
    """A repository with filters and a random configuration."""
    sha256 = rng.random() < 0.15
    path = playground.repository(name, FILES, object_format="sha256" if sha256 else None)
    configuration = rng.choice(CONFIGURATIONS)
    for key, value in {
        "filter.rot.clean": "tr a-z n-za-m", "filter.rot.smudge": "tr a-z n-za-m",
        "filter.bad.clean": "false", "filter.bad.smudge": "false", "filter.bad.required": "true",
        **configuration,
    }.items():  # fmt: skip
        playground.git("config", key, value, cwd=path)
    return path, configuration


def make_state(playground: Playground, worktree: Path, rng: random.Random, *, operations: bool = True) -> State:
    """Bring a worktree into a random state; the mutators that were applied are in its log."""
    state = State(playground, worktree, rng)
    if operations and rng.random() < 0.3:
        name = rng.choice(sorted(OPERATIONS))
        state.log.append(name)
        OPERATIONS[name](state)
    for _ in range(rng.randrange(1, 7)):
        one = rng.choice(MUTATORS)
        state.log.append(one.__name__)
        one(state)
    return state

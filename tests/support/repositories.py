"""Builds real repositories with plain git, independent of the product.

Every builder answers a path. Contents are small; names and states are the ones that break tools.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from .home import Home

AWKWARD_NAMES: tuple[bytes, ...] = (
    b"line\nbreak.txt",
    b"not-utf8-\xff\xfe.bin",
    b"-leading-dash",
    b"two  spaces .txt",
    "ünïcødé-木.txt".encode(),
    b"tab\there",
    b'quote"and\\backslash',
    b":(glob)magic*[x]?",
    b"n" * 200,
    b"trailing. ",
    b"#hash",
    b"!bang",
)


@dataclass(frozen=True)
class Link:
    """A symbolic link to ``target``."""

    target: str | bytes | Path


@dataclass(frozen=True)
class Program:
    """An executable file."""

    text: str | bytes


Content: TypeAlias = str | bytes | Link | Program
Files: TypeAlias = Mapping[Any, Content]
"""Name, as text or bytes, to content."""


START: Mapping[str, Content] = {
    "a.txt": "one\n",
    "sub/b.txt": "two\n",
    ".gitignore": "*.ignored\n.env\nnode_modules/\n",
}
"""What the first commit of a repository holds unless a test says otherwise."""


class GitFailedError(AssertionError):
    """Plain git, run by a test, ended in an error."""

    def __init__(self, args: Sequence[str | bytes], finished: subprocess.CompletedProcess[bytes]) -> None:
        self.returncode = finished.returncode
        self.stderr = finished.stderr.decode(errors="replace")
        super().__init__(f"git {args!r} -> {finished.returncode}\n{self.stderr}")


def as_bytes(path: Path | str | bytes) -> bytes:
    return os.fsencode(path)


class Playground:
    """A directory full of repositories of one person.

    Args:
        home: whose git configuration is used.
        git: the git program; a newer one makes reftable repositories.
    """

    def __init__(self, home: Home, *, git: str = "git") -> None:
        self.home = home
        self.executable = git
        self.directory = home.root / "work"
        self.directory.mkdir(exist_ok=True)

    # -- running git ---------------------------------------------------------------------------

    def run(
        self,
        *args: str | bytes | Path,
        cwd: Path,
        input: bytes | None = None,  # noqa: A002
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        """Plain git as the person runs it, however it ends."""
        return subprocess.run(
            [self.executable, *args],
            cwd=cwd,
            env=self.home.environment({"GIT_EDITOR": "true", "GIT_TERMINAL_PROMPT": "0", **(env or {})}),
            stdin=subprocess.DEVNULL if input is None else None,
            input=input,
            capture_output=True,
            timeout=120,
            check=False,
        )

    def git(
        self,
        *args: str | bytes | Path,
        cwd: Path,
        input: bytes | None = None,  # noqa: A002
        env: Mapping[str, str] | None = None,
    ) -> bytes:
        """Plain git, which must succeed; its stdout."""
        finished = self.run(*args, cwd=cwd, input=input, env=env)
        if finished.returncode != 0:
            raise GitFailedError([as_bytes(arg) for arg in args], finished)
        return finished.stdout

    def text(self, *args: str | bytes | Path, cwd: Path) -> str:
        """One line of plain git's stdout."""
        return os.fsdecode(self.git(*args, cwd=cwd)).rstrip("\n")

    def head(self, checkout: Path) -> str:
        return self.text("rev-parse", "HEAD", cwd=checkout)

    def exists(self, oid: str, repository: Path) -> bool:
        """Whether the object is in the repository's database."""
        return self.run("cat-file", "-e", oid, cwd=repository).returncode == 0

    def collect_garbage(self, repository: Path) -> None:
        """Everything that nothing holds is gone afterwards: reflogs of every checkout expire first."""
        self.git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all", cwd=repository)
        self.git("gc", "--quiet", "--prune=now", cwd=repository)

    # -- repositories --------------------------------------------------------------------------

    def repository(
        self,
        name: str = "project",
        files: Files | None = None,
        *,
        branch: str = "main",
        object_format: str | None = None,
        ref_format: str | None = None,
        commit: bool = True,
    ) -> Path:
        """A repository with one commit of ``files``; without one (unborn) when ``commit`` is false."""
        path = self.directory / name
        options = [f"--initial-branch={branch}"]
        if object_format:
            options.append(f"--object-format={object_format}")
        if ref_format:
            options.append(f"--ref-format={ref_format}")
        self.git("init", "--quiet", *options, path, cwd=self.directory)
        self.write(path, START if files is None else files)
        if commit:
            self.git("add", "--all", "--force", cwd=path)
            self.git("commit", "--quiet", "--allow-empty", "-m", "first", cwd=path)
        return path

    def write(self, directory: Path, files: Files) -> None:
        """Write files, links and programs below ``directory``; a name ending in `/` is an empty directory."""
        for name, content in files.items():
            path = os.path.join(as_bytes(directory), as_bytes(name))
            if path.endswith(b"/"):
                os.makedirs(path, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if isinstance(content, Link):
                if os.path.lexists(path):
                    os.unlink(path)
                os.symlink(as_bytes(content.target), path)
                continue
            raw = content.text if isinstance(content, Program) else content
            with open(path, "wb") as file:
                file.write(raw.encode() if isinstance(raw, str) else raw)
            if isinstance(content, Program):
                os.chmod(path, 0o755)

    def commit(self, checkout: Path, message: str, files: Mapping[str, Content] | None = None) -> str:
        """Write ``files`` and commit exactly those; the new commit's id."""
        if files:
            self.write(checkout, files)
            self.git("--literal-pathspecs", "add", "--force", "--", *files, cwd=checkout)
        self.git("commit", "--quiet", "--allow-empty", "-m", message, cwd=checkout)
        return self.head(checkout)

    def awkward(self, checkout: Path, *, prefix: bytes = b"") -> list[bytes]:
        """Write a file under every awkward name; the names."""
        names = [prefix + name for name in AWKWARD_NAMES]
        self.write(checkout, {name: b"content of " + name for name in names})
        return names

    def worktree(self, repository: Path, name: str, *options: str, start: str = "HEAD") -> Path:
        """A worktree made by hand, beside the repository; detached unless ``options`` say `-b`."""
        path = self.directory / f"by-hand-{name}"
        chosen = options or ("--detach",)
        self.git("worktree", "add", "--quiet", *chosen, path, start, cwd=repository)
        return path

    def admin(self, worktree: Path) -> Path:
        """The administrative directory of a worktree."""
        return Path(self.text("rev-parse", "--absolute-git-dir", cwd=worktree))

    # -- states --------------------------------------------------------------------------------

    def dirty(self, checkout: Path) -> None:
        """Every kind of uncommitted work at once. The checkout has `a.txt` and `sub/b.txt`."""
        self.write(checkout, {"staged.txt": "staged\n", "both.txt": "index\n", "removed-later.txt": "index only\n"})
        self.git("add", "--", "staged.txt", "both.txt", "removed-later.txt", cwd=checkout)
        (checkout / "removed-later.txt").unlink()
        self.write(
            checkout,
            {
                "a.txt": "one\nedited\n",
                "both.txt": "working tree\n",
                "later.txt": "intended\n",
                "untracked.txt": "untracked\n",
                "untracked-directory/deep/file.txt": "deep\n",
                "run.sh": Program("#!/bin/sh\n"),
                "link": Link("a.txt"),
                "dangling": Link("nowhere"),
                "empty-directory/": "",
                ".env": "SECRET=1\n",
                "data.ignored": b"\0ignored",
                "binary.bin": bytes(range(256)),
            },
        )
        self.git("add", "--intent-to-add", "--", "later.txt", cwd=checkout)
        self.awkward(checkout, prefix=b"awkward/")
        os.chmod(checkout / "untracked.txt", 0o600)
        if (checkout / "sub" / "b.txt").exists():
            os.chmod(checkout / "sub" / "b.txt", 0o755)

    def merge_in_progress(self, checkout: Path, *, name: str = "a.txt") -> str:
        """A conflicted merge in ``checkout``; the other side's commit, which no ref holds."""
        start = self.head(checkout)
        on_branch = self.run("symbolic-ref", "--short", "HEAD", cwd=checkout).stdout.decode().strip()
        self.git("checkout", "--quiet", "--detach", start, cwd=checkout)
        theirs = self.commit(checkout, "theirs", {name: "theirs\n"})
        self.git("checkout", "--quiet", on_branch or start, cwd=checkout)
        self.commit(checkout, "ours", {name: "ours\n"})
        assert self.run("merge", "--quiet", theirs, cwd=checkout).returncode == 1
        return theirs

    def rebase_paused(self, checkout: Path) -> None:
        """A `rebase -i` that stopped at an `edit`, with a clean working tree."""
        self.commit(checkout, "first of rebase", {"rebased.txt": "1\n"})
        self.commit(checkout, "second of rebase", {"rebased.txt": "2\n"})
        self.git(
            "rebase", "--quiet", "--interactive", "HEAD~2", cwd=checkout,
            env={"GIT_SEQUENCE_EDITOR": "sed -i -e '1s/^pick/edit/'"},
        )  # fmt: skip
        assert (self.admin(checkout) / "rebase-merge").is_dir()

    # -- shapes --------------------------------------------------------------------------------

    def remote(self, repository: Path, name: str = "origin", *, head: bool = True) -> Path:
        """A bare remote that holds everything ``repository`` has, fetched from."""
        path = self.directory / f"{repository.name}-{name}.git"
        self.git("clone", "--quiet", "--bare", repository, path, cwd=self.directory)
        self.git("remote", "remove", "origin", cwd=path)
        self.git("remote", "add", name, path, cwd=repository)
        self.git("fetch", "--quiet", name, cwd=repository)
        if head:
            self.git("remote", "set-head", name, "--auto", cwd=repository)
        return path

    def pull_request(self, remote: Path, number: int, files: Mapping[str, Content], *, forge: str = "github") -> str:
        """A commit that the remote has only as `refs/pull/N/head` (or `refs/merge-requests/N/head`)."""
        clone = self.directory / f"contributor-{number}"
        self.git("clone", "--quiet", remote, clone, cwd=self.directory)
        oid = self.commit(clone, f"pull request {number}", files)
        kind = "pull" if forge == "github" else "merge-requests"
        self.git("push", "--quiet", "origin", f"HEAD:refs/{kind}/{number}/head", cwd=clone)
        shutil.rmtree(clone)
        return oid

    def submodule(self, checkout: Path, name: str = "module") -> Path:
        """Add and commit a submodule; its working tree."""
        source = self.repository(f"{name}-source", {"inside.txt": "inside\n"})
        self.git("submodule", "--quiet", "add", source, name, cwd=checkout)
        self.git("commit", "--quiet", "-m", f"submodule {name}", cwd=checkout)
        return checkout / name

    def bare(self, repository: Path, name: str = "bare.git") -> Path:
        path = self.directory / name
        self.git("clone", "--quiet", "--bare", repository, path, cwd=self.directory)
        return path

    def shallow(self, repository: Path, name: str = "shallow") -> Path:
        path = self.directory / name
        self.git("clone", "--quiet", "--depth=1", f"file://{repository}", path, cwd=self.directory)
        return path

    def partial(self, repository: Path, name: str = "partial") -> Path:
        """A clone without blobs but those of HEAD's checkout."""
        self.git("config", "uploadpack.allowFilter", "true", cwd=repository)
        self.git("config", "uploadpack.allowAnySHA1InWant", "true", cwd=repository)
        path = self.directory / name
        self.git("clone", "--quiet", "--filter=blob:none", f"file://{repository}", path, cwd=self.directory)
        return path

    def sparse(self, checkout: Path, *directories: str) -> None:
        self.git("sparse-checkout", "set", "--cone", *directories, cwd=checkout)

    def jujutsu(self, repository: Path) -> None:
        """Make it look colocated with jj, as far as anybody can see from outside."""
        self.write(repository, {".jj/repo/store/type": "git", ".jj/working_copy/type": "local"})
        self.write(repository, {".git/info/exclude": "/.jj\n"})


@functools.cache
def newer_git() -> str | None:
    """A git that knows reftable: `HEDGEROW_NEWER_GIT`, the machine's if it is new enough, else the test bed's."""
    for candidate in (os.environ.get("HEDGEROW_NEWER_GIT"), shutil.which("git")):
        if candidate is not None and _version(candidate) >= (2, 45):
            return candidate
    script = Path(__file__).parents[1] / "testbed" / "git.sh"
    found = subprocess.run([script, "forky"], stdout=subprocess.PIPE, text=True, check=False)
    return found.stdout.strip() or None


def _version(program: str) -> tuple[int, ...]:
    words = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout.split()
    return tuple(int(part) for part in words[2].split(".")[:2])

"""Finding a repository from a path inside it, and its fixed facts.

GitPython finds it and reads its configuration (it spawns nothing for that); git itself is asked whether
it accepts the owner, for GitPython does not check.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from .errors import GitError, GitMissingError
from .runner import Git

SUPPORTED_GIT = (2, 39)


@dataclass(frozen=True)
class Repository:
    """One common directory with all its checkouts.

    Attributes:
        common_dir: absolute, links resolved.
        partial: objects may be missing and be fetched when needed.
        jujutsu: a `.jj` directory lies beside it: another program writes here too.
    """

    common_dir: Path
    bare: bool
    shallow: bool
    partial: bool
    object_format: str
    ref_format: str
    jujutsu: bool

    @property
    def empty_tree(self) -> str:
        return _EMPTY_TREES[self.object_format]

    @property
    def zero(self) -> str:
        """The object id that stands for "no object" in compare-and-swap updates."""
        return "0" * (64 if self.object_format == "sha256" else 40)


_EMPTY_TREES = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}


class NotARepositoryError(Exception):
    """No git repository contains this path."""


class NotOwnedError(Exception):
    """Git refuses the repository because someone else owns it (`safe.directory`)."""


@contextlib.contextmanager
def _gitpython() -> Iterator[ModuleType]:
    """GitPython, loaded once a repository is looked at (it is heavy).

    Its import runs `git version`, and finding a repository believes GIT_DIR and the like, all from our own
    environment: while it works there is none of that in it.
    """
    inherited = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("GIT_")}
    try:
        try:
            import git  # noqa: PLC0415
        except ImportError:  # how it says that there is no git
            raise GitMissingError("git was not found on PATH; install git 2.39 or newer") from None
        yield git
    finally:
        os.environ.update(inherited)


async def discover(git: Git, path: Path) -> Repository:
    """The repository that contains ``path`` (a checkout, a linked worktree, a bare repository).

    Raises:
        NotARepositoryError: none does.
        NotOwnedError: git's ownership rule refuses it.
    """
    with _gitpython() as gitpython:
        try:
            with gitpython.Repo(path, search_parent_directories=True) as found:
                common_dir = Path(found.common_dir).resolve()
                places = [Path(found.working_tree_dir), common_dir] if found.working_tree_dir else [common_dir]
        except (gitpython.InvalidGitRepositoryError, gitpython.NoSuchPathError, ValueError, OSError):
            raise NotARepositoryError(str(path)) from None
    shallow, object_format = await _accepted(git, common_dir, places)
    git.accept(common_dir)
    with _gitpython() as gitpython:
        bare, ref_format, partial = _settings(gitpython, common_dir)
    return Repository(
        common_dir=common_dir,
        bare=bare,
        shallow=shallow,
        partial=partial,
        object_format=object_format,
        ref_format=ref_format,
        jujutsu=(common_dir.parent / ".jj").is_dir() or (common_dir / ".jj").is_dir(),
    )


def _settings(gitpython: ModuleType, common_dir: Path) -> tuple[bool, str, bool]:
    """Bare, the format of refs, and whether objects may be missing."""
    with gitpython.GitConfigParser(str(common_dir / "config"), read_only=True, merge_includes=False) as config:
        bare = bool(config.get_value("core", "bare", False))
        ref_format = str(config.get_value("extensions", "refstorage", "files")).lower()
        partial = any(
            section.startswith("remote ") and config.has_option(section, "promisor") for section in config.sections()
        ) or config.has_option("extensions", "partialclone")
    return bare, ref_format, partial


async def _accepted(git: Git, common_dir: Path, places: list[Path]) -> tuple[bool, str]:
    """Whether it is shallow, and its object format, once git has accepted it from one of the places.

    Git's ownership rule is applied where a person would meet it, which is the working tree if there is one. A
    configured `core.worktree` may be anybody's, so what answers there must be this very repository.
    """
    for place in places:
        try:
            out = await git.read(
                "rev-parse", "--is-shallow-repository", "--show-object-format",
                "--path-format=absolute", "--git-common-dir", cwd=place,
            )  # fmt: skip
        except GitError as error:
            if place != places[-1] and not place.is_dir():
                continue
            if "dubious ownership" in error.stderr:
                raise NotOwnedError(str(common_dir)) from None
            raise
        shallow, object_format, answered = out.rstrip(b"\n").split(b"\n", 2)
        if os.path.realpath(answered) == os.fsencode(common_dir):
            return shallow == b"true", object_format.decode()
    raise NotARepositoryError(str(places[0]))

"""Finding a repository from a path inside it, and its fixed facts.

GitPython finds it and reads its configuration (it spawns nothing for that); git itself is asked whether
it accepts the owner, for GitPython does not check.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .errors import GitError
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


async def discover(git: Git, path: Path) -> Repository:
    """The repository that contains ``path`` (a checkout, a linked worktree, a bare repository).

    Raises:
        NotARepositoryError: none does.
        NotOwnedError: git's ownership rule refuses it.
    """
    import git as gitpython  # noqa: PLC0415 - heavy; only loaded once a repository is looked at

    try:
        with gitpython.Repo(path, search_parent_directories=True) as found:
            common_dir = Path(found.common_dir).resolve()
    except (gitpython.InvalidGitRepositoryError, gitpython.NoSuchPathError, ValueError, OSError):
        raise NotARepositoryError(str(path)) from None
    try:
        out = await git.read(
            "rev-parse", "--is-bare-repository", "--is-shallow-repository", "--show-object-format", cwd=common_dir
        )
    except GitError as error:
        if "dubious ownership" in error.stderr:
            raise NotOwnedError(str(common_dir)) from None
        raise
    _bare, shallow, object_format = out.decode().split()
    with gitpython.GitConfigParser(str(common_dir / "config"), read_only=True, merge_includes=False) as config:
        bare = bool(config.get_value("core", "bare", False))
        ref_format = str(config.get_value("extensions", "refstorage", "files")).lower()
        partial = any(
            section.startswith("remote ") and config.has_option(section, "promisor") for section in config.sections()
        ) or config.has_option("extensions", "partialclone")
    return Repository(
        common_dir=common_dir,
        bare=bare,
        shallow=shallow == "true",
        partial=partial,
        object_format=object_format,
        ref_format=ref_format,
        jujutsu=(common_dir.parent / ".jj").is_dir() or (common_dir / ".jj").is_dir(),
    )

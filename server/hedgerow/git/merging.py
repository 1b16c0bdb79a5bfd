"""A three-way merge of trees in the object database: no checkout, no index, no driver or setting of anybody's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .configuration import read_configuration
from .objects import TreeEntry, commit_tree, read_tree_entries
from .repository import Repository
from .runner import Git

_PINNED = (
    ("merge.renames", "true"),
    ("merge.directoryRenames", "false"),
    ("merge.renameLimit", "7000"),
    ("merge.conflictStyle", "merge"),
    ("merge.renormalize", "false"),
    ("merge.default", "text"),
)


_ONE_MOMENT = {"GIT_AUTHOR_DATE": "1000000000 +0000", "GIT_COMMITTER_DATE": "1000000000 +0000"}
"""The same merge, asked for again, makes the same objects."""


@dataclass(frozen=True)
class Merged:
    """Attributes:
    tree: the result; with conflicts it holds markers where they can be put into a file.
    conflicts: paths that need a person, sorted.
    ours, theirs: ids that stand for the two sides in markers.
    """

    tree: str
    conflicts: tuple[bytes, ...]
    ours: str
    theirs: str

    def plain(self, paths: Iterable[bytes]) -> list[bytes]:
        """The same paths by the names the two sides know: where a file is in the way of a directory, git gives it a
        name of its own (`path~<id>`)."""
        own = re.compile(rb"~(%b|%b)(_\d+)?$" % (self.ours.encode(), self.theirs.encode()))
        return sorted({own.sub(b"", path) for path in paths})


async def merge_trees(git: Git, repository: Repository, *, base: str, ours: str, theirs: str) -> Merged:
    """Bring what differs between ``base`` and ``theirs`` into ``ours``.

    Git 2.39 has no `merge-tree --merge-base`, so three commits are made for the purpose.
    """
    cwd = repository.common_dir
    root = await commit_tree(git, base, parents=(), message="base\n", cwd=cwd, env=_ONE_MOMENT)
    one = await commit_tree(git, ours, parents=(root,), message="ours\n", cwd=cwd, env=_ONE_MOMENT)
    other = await commit_tree(git, theirs, parents=(root,), message="theirs\n", cwd=cwd, env=_ONE_MOMENT)
    code, out = await git.status_and_output(
        "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", one, other,
        cwd=cwd, env=await _settings(git, repository),
    )  # fmt: skip
    tree, *paths = out.split(b"\0")
    conflicts = tuple(sorted({path for path in paths if path})) if code else ()
    return Merged(tree.decode().strip(), conflicts, one, other)


async def _settings(git: Git, repository: Repository) -> Mapping[str, str]:
    """By GIT_CONFIG_COUNT: on the command line a driver whose name holds `=` would escape.

    A driver is replaced by git's own merge of text.
    """
    drivers = await read_configuration(git, repository.common_dir, r"^merge\..*\.(driver|recursive)$")
    settings = list(_PINNED)
    for key in dict.fromkeys(key for key, _ in drivers):
        settings.append((key, "git merge-file --quiet %A %O %B" if key.endswith(".driver") else "text"))
    env = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return env


async def entries_of(git: Git, repository: Repository, tree: str) -> dict[bytes, TreeEntry]:
    return {entry.path: entry for entry in await read_tree_entries(git, tree, cwd=repository.common_dir)}

"""`git status` as values. Takes no lock and never refreshes the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .runner import Git


@dataclass
class Status:
    """Differing paths, as bytes.

    Attributes:
        changes: of each entry that is neither unmerged nor untracked, git's two letters: staged, and in the files.
        plain: there is no submodule among them, and nothing that is not understood here.
    """

    staged: list[bytes] = field(default_factory=list)
    unstaged: list[bytes] = field(default_factory=list)
    untracked: list[bytes] = field(default_factory=list)
    conflicted: list[bytes] = field(default_factory=list)
    ignored: list[bytes] = field(default_factory=list)
    changes: dict[bytes, bytes] = field(default_factory=dict)
    plain: bool = True


async def read_status(
    git: Git, checkout: Path, *, untracked: str = "normal", ignored: str = "no", only: Sequence[bytes] = ()
) -> Status:
    """Status of one checkout; user settings that blind git (`status.showUntrackedFiles`) are overridden.

    Args:
        untracked: `normal` (a directory counts once) or `all`.
        ignored: `no`, `traditional` or `matching`.
        only: literal paths from the root; everything when there are none. Git takes a path for all below it as well.
    """
    paths: list[bytes | str] = ["--", *only] if only else []
    out = await git.read(
        "status", "--porcelain=v2", "-z", f"--untracked-files={untracked}", f"--ignored={ignored}",
        "--ignore-submodules=none", "--no-renames", "--no-ahead-behind", *paths,
        cwd=checkout,
    )  # fmt: skip
    status = Status()
    for entry in out.split(b"\0"):
        kind = entry[:1]
        if kind == b"1":
            # 1 XY sub mH mI mW hH hI path
            path = entry.split(b" ", 8)[8]
            status.changes[path] = entry[2:4]
            status.plain &= entry[5:6] == b"N"
            if entry[2:3] != b".":
                status.staged.append(path)
            if entry[3:4] != b".":
                status.unstaged.append(path)
        elif kind == b"u":
            status.conflicted.append(entry.split(b" ", 10)[10])
        elif kind == b"?":
            status.untracked.append(entry[2:])
        elif kind == b"!":
            status.ignored.append(entry[2:])
        elif kind not in {b"", b"#"}:
            status.plain = False
    return status

"""`git status` as values. Takes no lock and never refreshes the index."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .runner import Git


@dataclass
class Status:
    """Counts of differing paths, and the paths themselves as bytes."""

    staged: list[bytes] = field(default_factory=list)
    unstaged: list[bytes] = field(default_factory=list)
    untracked: list[bytes] = field(default_factory=list)
    conflicted: list[bytes] = field(default_factory=list)
    ignored: list[bytes] = field(default_factory=list)


async def read_status(git: Git, checkout: Path, *, untracked: str = "normal", ignored: str = "no") -> Status:
    """Status of one checkout; user settings that blind git (`status.showUntrackedFiles`) are overridden.

    Args:
        untracked: `normal` (a directory counts once) or `all`.
        ignored: `no`, `traditional` or `matching`.
    """
    out = await git.read(
        "status", "--porcelain=v2", "-z", f"--untracked-files={untracked}", f"--ignored={ignored}",
        "--ignore-submodules=none", "--no-renames", "--no-ahead-behind",
        cwd=checkout,
    )  # fmt: skip
    status = Status()
    for entry in out.split(b"\0"):
        kind = entry[:1]
        if kind == b"1":
            # 1 XY sub mH mI mW hH hI path
            path = entry.split(b" ", 8)[8]
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
    return status

"""HEAD's reflog where it is no file (reftable): read into the form it has as a file, and written back entry by entry.

Reading needs git 2.45, writing `git reflog write` (2.51); on an older git the entries stay in the snapshot only.
"""

from __future__ import annotations

import re
from pathlib import Path

from hedgerow.git.errors import GitError
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git

_ENTRIES = 500
"""Each costs a process when written back; older ones stay in the snapshot."""
_UNKNOWN_COMMAND = 129

_LINE = re.compile(rb"([0-9a-f]+) ([0-9a-f]+) (.*) <([^>]*)> (\d+ [-+]\d+)\t(.*)")


async def read_head_log(git: Git, repository: Repository, checkout: Path) -> bytes:
    """The lines of HEAD's reflog, oldest first; empty when there is none."""
    try:
        out = await git.read(
            "log", "-g", "--no-decorate", "--format=%H%x00%gn%x00%ge%x00%gd%x00%gs", "--date=raw", "HEAD",
            cwd=checkout,
        )  # fmt: skip
    except GitError:
        if await git.test("rev-parse", "--verify", "--quiet", "HEAD", cwd=checkout):
            raise
        return b""  # an unborn HEAD has none
    lines: list[bytes] = []
    old = repository.zero.encode()
    for line in reversed(out.splitlines()):
        new, name, email, selector, message = line.split(b"\0", 4)
        when = selector[selector.index(b"{") + 1 : -1]
        lines.append(b"%s %s %s <%s> %s\t%s\n" % (old, new, name, email, when, message))
        old = new
    return b"".join(lines)


async def write_head_log(git: Git, checkout: Path, content: bytes) -> None:
    """Make HEAD's reflog these lines.

    Raises:
        GitError: git could not, though it knows how.
    """
    present = await git.read("log", "-g", "--format=%H", "HEAD", cwd=checkout, ok=(0, 128))
    count = len(present.splitlines())
    if count:
        await git.write("reflog", "delete", *(f"HEAD@{{{at}}}" for at in reversed(range(count))), cwd=checkout)
    for line in content.splitlines()[-_ENTRIES:]:
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        old, new, name, email, when, message = (group.decode("utf-8", "surrogateescape") for group in match.groups())
        env = {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email, "GIT_COMMITTER_DATE": when}
        try:
            await git.write("reflog", "write", "HEAD", old, new, message, cwd=checkout, env=env)
        except GitError as error:
            if error.returncode == _UNKNOWN_COMMAND:
                return
            raise

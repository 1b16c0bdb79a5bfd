"""Set-up scripts: found in the commit that is checked out, allowed by their exact bytes, run in the worktree.

Nothing here runs a script that the person has not allowed, and no answer is remembered in the repository.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from hedgerow import processes
from hedgerow.git.errors import GitError, readable
from hedgerow.git.objects import read_blob
from hedgerow.git.runner import Git
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.worktrees import SetupChoice

_CANDIDATES = (".hedgerow/setup.sh", ".codex/setup.sh")
_PLAIN_FILE = (b"100644 ", b"100755 ")
_LINE_LIMIT = 200
_NOT_FOUND = 127
_LOOKED_AT = 64 * 1024
"""Bytes of the log's end that are looked at for the line to show, however fast it grows."""

_DROPPED = re.compile(r"^(GIT_.*|VIRTUAL_ENV|OLDPWD|PWD|NODE_PATH|PYTHONPATH|PYTHONHOME)$")
"""Not handed on: what would point a script at Local, or git at another index."""


@dataclass(frozen=True)
class Script:
    """A set-up script as the start point has it."""

    path: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def text(self) -> str:
        """For reading: control characters made visible."""
        decoded = self.content.decode("utf-8", "replace")
        return "".join(c if c in "\n\t" or c.isprintable() else f"\\x{ord(c):02x}" for c in decoded)


async def find_script(git: Git, common_dir: Path, commit: str, choice: str | None) -> Script | None:
    """The script that a worktree of this commit would run, read from the commit itself.

    Raises:
        HedgerowError: BAD_PARAMS when a choice is named that is not there.
    """
    if choice is not None:
        if not re.fullmatch(r"[\w][\w.-]{0,60}", choice):
            raise HedgerowError(ErrorCode.BAD_PARAMS, f"{choice[:60]!r} cannot be the name of a set-up script")
        path = f".hedgerow/setup/{choice}.sh"
        found = await _script_at(git, common_dir, commit, path)
        if found is None:
            raise HedgerowError(ErrorCode.BAD_PARAMS, f"there is no set-up script {path} at this start point")
        return found
    for path in _CANDIDATES:
        found = await _script_at(git, common_dir, commit, path)
        if found is not None:
            return found
    return None


def may_run(script: Script, setup: SetupChoice | None, *, remembered: bool, pull: bool) -> bool:
    """Whether the person has allowed exactly these bytes; a pull request's script is asked about each time.

    Raises:
        HedgerowError: STALE_PLAN when other bytes were allowed than the ones there are.
    """
    if setup is not None and setup.skip:
        return False
    if setup is not None and setup.sha256 is not None:
        if setup.sha256.lower() != script.sha256:
            raise HedgerowError(
                ErrorCode.STALE_PLAN,
                f"{script.path} is not the script that was allowed (its SHA-256 is {script.sha256}); look at it again",
            )
        return True
    return remembered and not pull


async def run_script(
    script: Script, *, local: Path | None, worktree: Path, name: str, log: Path, caller: Caller
) -> int:
    """Run it in its own process group; answers its exit code.

    The bytes that were allowed are run, not whatever lies in the worktree by now. Its output goes to the log and,
    line by line, to the caller's progress. What it leaves running in the background keeps running: only the script
    itself is waited for. Cancelling ends the whole group.
    """
    environment = {key: value for key, value in os.environ.items() if not _DROPPED.match(key)}
    environment |= {"HEDGEROW_WORKTREE": str(worktree), "HEDGEROW_NAME": name, "PWD": str(worktree)}
    if local is not None:
        environment["HEDGEROW_LOCAL"] = str(local)
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy = log.with_suffix(".sh")
    program = worktree / script.path
    if not program.is_file() or program.read_bytes() != script.content:
        # A line-ending rule changed it on the way: the bytes that were allowed are the ones that run.
        copy.write_bytes(script.content)
        copy.chmod(0o600)
        program = copy
    interpreter = _interpreter(script.content)
    with log.open("wb") as output:
        try:
            process = await processes.start(
                [*interpreter, str(program)],
                cwd=worktree,
                env=environment,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
            )
        except OSError as error:  # no such interpreter: the script fails, as it would for a shell
            output.write(f"{error.strerror}: {error.filename}\n".encode("utf-8", "replace"))
            copy.unlink(missing_ok=True)
            return _NOT_FOUND
        follower = asyncio.ensure_future(_follow(log, caller))
        try:
            return await process.wait()
        except BaseException:
            await processes.end(process)
            raise
        finally:
            follower.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await follower
            copy.unlink(missing_ok=True)


async def _script_at(git: Git, common_dir: Path, commit: str, path: str) -> Script | None:
    try:
        entry = await git.read("ls-tree", "-z", commit, "--", path, cwd=common_dir)
        if not entry.startswith(_PLAIN_FILE):  # a directory, or a link that would lead out of what was shown
            return None
        oid = entry.split(b"\t", 1)[0].split(b" ")[2].decode()
        return Script(path, await read_blob(git, oid, cwd=common_dir))
    except GitError as error:
        raise HedgerowError(ErrorCode.GIT_FAILED, f"{path} cannot be read: {error.last_line}") from error


def _interpreter(content: bytes) -> list[str]:
    """What its first line asks for, else sh."""
    first = content.split(b"\n", 1)[0]
    if first.startswith(b"#!"):
        words = first[2:].decode("utf-8", "replace").split()
        if words:
            return words
    return ["/bin/sh"]


async def _follow(log: Path, caller: Caller) -> None:
    position = 0
    while True:
        await asyncio.sleep(0.1)
        with contextlib.suppress(OSError), log.open("rb") as output:
            position = max(position, output.seek(0, os.SEEK_END) - _LOOKED_AT)
            output.seek(position)
            fresh = output.read(_LOOKED_AT)
            position += len(fresh)
            lines = readable(fresh).strip().splitlines()
            if lines:
                caller.progress(f"set-up: {lines[-1][:_LINE_LIMIT]}", None)

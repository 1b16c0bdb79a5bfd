"""The only place that starts git.

Bytes in, bytes out; stdin closed unless input is given; bounded; the child ends with its caller.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path

from hedgerow import processes

from .environment import ALWAYS, NO_HOOKS, environment
from .errors import GitError, GitMissingError

_inherited: ContextVar[tuple[int, ...]] = ContextVar("inherited_descriptors", default=())
"""Descriptors that every git child started from this task keeps open: our locks, so that a lock frees
only when the last child of an operation has ended, even when we were killed first."""


@contextlib.contextmanager
def children_inherit(*descriptors: int) -> Iterator[None]:
    """While inside, git children started from this task hold these descriptors open."""
    token = _inherited.set((*_inherited.get(), *descriptors))
    try:
        yield
    finally:
        _inherited.reset(token)


class Git:
    """Runs the git program.

    Args:
        processes: how many may run at once; 0 means twice the processors, at most 8.
        executable: the program, found on PATH.
    """

    def __init__(self, *, processes: int = 0, executable: str = "git") -> None:
        self.executable = executable
        self.started = 0
        """Children started so far; the idle test and the benchmarks read it."""
        self._limit = asyncio.Semaphore(processes or min(8, 2 * (os.cpu_count() or 1)))
        self._accepted: set[Path] = set()

    def accept(self, common_dir: Path) -> None:
        """Git accepted this repository from where the person is: it may also be run inside its common directory.

        Two of git's guards look at the place it is run from. `safe.directory` must name it (and a person names
        the working tree), and `safe.bareRepository=explicit` refuses every git directory.
        """
        self._accepted.add(common_dir)

    async def read(
        self,
        *args: str | bytes,
        cwd: Path,
        input: bytes | None = None,  # noqa: A002 - subprocess's own word
        env: Mapping[str, str] | None = None,
        config: Sequence[str] = (),
        ok: Sequence[int] = (0,),
    ) -> bytes:
        """Run a command that changes nothing and takes no lock; answer its stdout.

        Raises:
            GitError: any exit code outside ``ok``.
        """
        return (await self._run(args, cwd, input, env, config, read=True, ok=ok))[1]

    async def test(self, *args: str | bytes, cwd: Path, env: Mapping[str, str] | None = None) -> bool:
        """Run a reading command that answers by its exit code: 0 true, 1 false, anything else an error."""
        return (await self._run(args, cwd, None, env, (), read=True, ok=(0, 1)))[0] == 0

    async def status_and_output(
        self,
        *args: str | bytes,
        cwd: Path,
        input: bytes | None = None,  # noqa: A002
        env: Mapping[str, str] | None = None,
        config: Sequence[str] = (),
        ok: Sequence[int] = (0, 1),
    ) -> tuple[int, bytes]:
        """Like `read`, for commands whose exit code is part of the answer (`merge-tree`)."""
        return await self._run(args, cwd, input, env, config, read=True, ok=ok)

    async def write(
        self,
        *args: str | bytes,
        cwd: Path,
        input: bytes | None = None,  # noqa: A002
        env: Mapping[str, str] | None = None,
        config: Sequence[str] = (),
        ok: Sequence[int] = (0,),
        hooks: bool = False,
        network: bool = False,
    ) -> bytes:
        """Run a command that may change something.

        Args:
            hooks: run the hooks a person expects (only `push` and `commit` do).
            network: the command may reach a remote.
        """
        return (await self._run(args, cwd, input, env, config, read=False, ok=ok, hooks=hooks, network=network))[1]

    async def _run(
        self,
        args: Sequence[str | bytes],
        cwd: Path,
        input: bytes | None,  # noqa: A002
        env: Mapping[str, str] | None,
        config: Sequence[str],
        *,
        read: bool,
        ok: Sequence[int],
        hooks: bool = False,
        network: bool = False,
    ) -> tuple[int, bytes]:
        options: list[str] = []
        accepted = (f"safe.directory={cwd}", "safe.bareRepository=all") if cwd in self._accepted else ()
        for setting in (*ALWAYS, *(() if hooks else NO_HOOKS), *accepted, *config):
            options += ("-c", setting)
        words = tuple(arg.decode("utf-8", "replace") if isinstance(arg, bytes) else arg for arg in args)
        async with self._limit:
            self.started += 1
            process = await self._start([self.executable, *options, *args], cwd, input, env, read, network)
            try:
                out, err = await process.communicate(input)
            except BaseException:
                await processes.end(process)
                raise
        assert process.returncode is not None
        if process.returncode not in ok:
            raise GitError(words, process.returncode, err)
        return process.returncode, out

    async def _start(
        self,
        argv: Sequence[str | bytes],
        cwd: Path,
        input: bytes | None,  # noqa: A002
        env: Mapping[str, str] | None,
        read: bool,
        network: bool,
    ) -> asyncio.subprocess.Process:
        try:
            return await processes.start(
                argv,
                cwd=cwd,
                env=environment(read=read, network=network, extra=env),
                stdin=asyncio.subprocess.DEVNULL if input is None else asyncio.subprocess.PIPE,
                pass_fds=_inherited.get(),
            )
        except FileNotFoundError as error:
            if error.filename is not None and Path(os.fsdecode(error.filename)) == cwd:
                raise GitError(
                    [os.fsdecode(arg) for arg in argv[-1:]], 128, f"fatal: no directory {cwd}".encode()
                ) from None
            raise GitMissingError("git was not found on PATH; install git 2.39 or newer") from None
        except NotADirectoryError:
            raise GitError(
                [os.fsdecode(arg) for arg in argv[-1:]], 128, f"fatal: {cwd} is no directory".encode()
            ) from None

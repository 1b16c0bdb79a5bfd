"""One checkout that is followed: from touched files to what is told of them, in order, one at a time.

Reads the files, asks git what it has of those never seen, and changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from hedgerow.git.errors import GitError, GitParseError
from hedgerow.git.objects import read_blobs
from hedgerow.git.runner import Git
from hedgerow.protocol.follow import Edited, EditKind, LineRange, Position
from hedgerow.watch.changes import Edits, Touch
from hedgerow.watch.lines import Lines
from hedgerow.watch.polling import stamps
from hedgerow.watch.seen import LARGEST, MISSING, Content, Seen, count_lines, look

from .edit_kinds import Edit, edits_of

logger = logging.getLogger(__name__)

_MANY = 50
"""So many files within a second are told one by one; of more, only their number."""
_SECOND = 1.0
_SUBMODULE, _LINK = "160000", "120000"
_PRIMED_FILES = 500
_SUMMARY_QUIET = 0.5
"""Seconds without a further file, after which their number is told."""
_SUMMARY_LONGEST = 5.0


class Followed:
    """Follows one checkout until it is closed.

    Args:
        seen: what is kept of all that is followed.
        tell: told each edit.
    """

    def __init__(self, git: Git, identifier: str, root: Path, seen: Seen, tell: Callable[[Edited], None]) -> None:
        self.root = root
        self._git = git
        self._identifier = identifier
        self._tell = tell
        self._seen = seen.of(identifier)
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Edits] = asyncio.Queue()
        self._recent: deque[float] = deque(maxlen=_MANY + 1)
        self._summary: set[bytes] = set()
        self._summary_began = 0.0
        self._summary_timer: asyncio.TimerHandle | None = None
        self._healthy = time.time_ns()
        self._begun = asyncio.Event()
        self._task = self._loop.create_task(self._work(), name=f"following {identifier}")

    async def begun(self) -> None:
        """Wait until what it holds now is known, so that the next edit is told exactly."""
        await self._begun.wait()

    def touched(self, edits: Edits) -> None:
        self._queue.put_nowait(edits)

    async def close(self) -> None:
        if self._summary_timer is not None:
            self._summary_timer.cancel()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._seen.forget()

    async def _work(self) -> None:
        try:
            await self._prime()
        except (GitError, OSError) as error:
            logger.info("what is changed in %s cannot be told: %s", self.root, error)
        except Exception:
            logger.exception("what is changed in %s could not be read", self.root)
        finally:
            self._begun.set()
        while True:
            edits = await self._queue.get()
            try:
                await self._take(edits)
            except (GitError, GitParseError, OSError) as error:
                logger.info("an edit in %s cannot be told: %s", self.root, error)
            except Exception:
                logger.exception("an edit in %s could not be told", self.root)

    async def _prime(self) -> None:
        """What differs from git's version is looked at once; of the rest, git has it."""
        differing = await stamps(self._git, self.root)
        await asyncio.to_thread(lambda: [self._remember(path) for path in list(differing)[:_PRIMED_FILES]])

    async def _take(self, edits: Edits) -> None:
        began = time.time_ns()
        paths = await self._since_healthy() if edits.paths is None else edits.paths
        self._healthy = began
        files = {path: touch for path, touch in paths.items() if not touch & Touch.DIRECTORY}
        gone = [path for path, touch in paths.items() if touch & Touch.DIRECTORY]
        unknown = [path for path, touch in files.items() if self._seen.get(path) is None and not touch & Touch.NEW]
        unknown += [old for old in edits.renames.values() if self._seen.get(old) is None]
        if self._too_many(len(files)):
            await self._count(files)
            return
        has = await self._indexed([*unknown, *gone])
        files |= {path: Touch.GONE for path in has if path not in files and _below(path, gone)}
        if self._too_many(len(files)):  # a directory went with all that was in it
            await self._count(files)
            return
        had = await self._contents(has, edits.renames)
        for edit in await asyncio.to_thread(self._compare, files, edits.renames, had):
            self._recent.append(time.monotonic())
            self._tell(self._told(edit))

    async def _since_healthy(self) -> dict[bytes, Touch]:
        """Events were lost: files that differ from git's version and were written since all was well."""
        found = await stamps(self._git, self.root)
        since = self._healthy - 2 * 10**9  # the file system's clock ticks coarsely
        return {
            path: Touch.GONE if stamp is None else Touch.CLOSED
            for path, stamp in found.items()
            if stamp is None or stamp[1] >= since
        }

    async def _indexed(self, paths: Iterable[bytes]) -> dict[bytes, tuple[str, str]]:
        """Mode and blob of those of these, and of what is below them, that git tracks."""
        wanted = list(dict.fromkeys(paths))
        if not wanted:
            return {}
        out = await self._git.read("ls-files", "--stage", "-z", "--", *wanted, cwd=self.root)
        entries: dict[bytes, tuple[str, str]] = {}
        for line in out.split(b"\0"):
            if line:
                meta, _, path = line.partition(b"\t")
                mode, oid, _stage = meta.decode().split()
                if mode != _SUBMODULE:
                    entries[path] = (mode, oid)
        return entries

    async def _contents(
        self, entries: Mapping[bytes, tuple[str, str]], renames: Mapping[bytes, bytes]
    ) -> dict[bytes, Content]:
        """What git has of these: the content before the first edit that is seen.

        Read only for what is there to be compared, here or under its new name, and not too large.
        """
        now_at = {old: new for new, old in renames.items()}
        read = {path: oid for path, (_, oid) in entries.items()
                if any(0 <= _size(self.root, each) <= LARGEST for each in (path, now_at.get(path, path)))}  # fmt: skip
        blobs = await read_blobs(self._git, list(read.values()), cwd=self.root)
        return {
            path: Content(blobs.get(oid) if path in read else None, link=mode == _LINK)
            for path, (mode, oid) in entries.items()
        }

    def _compare(
        self, files: Mapping[bytes, Touch], renames: Mapping[bytes, bytes], had: Mapping[bytes, Content]
    ) -> list[Edit]:
        """On a thread: reads the files, and remembers what they hold now."""
        everything = {*files, *renames.values()}
        before = {path: self._before(path, files.get(path, Touch(0)), had) for path in everything}
        now = {path: self._remember(path) for path in everything}
        return edits_of(files, renames, before, now)

    def _before(self, path: bytes, touch: Touch, had: Mapping[bytes, Content]) -> Content | None:
        seen = self._seen.get(path)
        if seen is not None:
            return seen
        return MISSING if touch & Touch.NEW else had.get(path)

    def _remember(self, path: bytes) -> Content:
        content = look(os.path.join(os.fsencode(self.root), path))
        self._seen.put(path, content)
        return content

    # What is told

    def _told(self, edit: Edit) -> Edited:
        place = os.path.join(os.fsencode(self.root), edit.path)
        lines = edit.lines
        if edit.large:
            count = count_lines(place)
            lines = None if count is None else Lines(0, count)
        old = None if edit.old is None else _uri(os.path.join(os.fsencode(self.root), edit.old))
        return Edited(checkout=self._identifier, uri=_uri(place), kind=edit.kind, range=_range(lines), from_uri=old)

    def _too_many(self, number: int) -> bool:
        now = time.monotonic()
        while self._recent and now - self._recent[0] > _SECOND:
            self._recent.popleft()
        return bool(self._summary) or len(self._recent) + number > _MANY

    async def _count(self, files: Iterable[bytes]) -> None:
        """Tell only how many, once there are no more of them."""
        now = time.monotonic()
        if not self._summary:
            self._summary_began = now
        self._summary.update(files)
        if self._summary_timer is not None:
            self._summary_timer.cancel()
        wait = min(_SUMMARY_QUIET, max(0.0, self._summary_began + _SUMMARY_LONGEST - now))
        self._summary_timer = self._loop.call_later(wait, self._tell_summary)
        await asyncio.to_thread(lambda: [self._remember(path) for path in files])

    def _tell_summary(self) -> None:
        count, self._summary, self._summary_timer = len(self._summary), set(), None
        self._recent.clear()
        self._tell(Edited(checkout=self._identifier, uri=_uri(os.fsencode(self.root)), kind=EditKind.MANY, count=count))


def _below(path: bytes, directories: Iterable[bytes]) -> bool:
    return any(path.startswith(directory + b"/") for directory in directories)


def _size(root: Path, path: bytes) -> int:
    try:
        return os.lstat(os.path.join(os.fsencode(root), path)).st_size
    except OSError:
        return -1


def _uri(place: bytes) -> str:
    return Path(os.fsdecode(place)).as_uri()


def _range(lines: Lines | None) -> LineRange | None:
    if lines is None:
        return None
    return LineRange(start=Position(line=lines.start, character=0), end=Position(line=lines.end, character=0))

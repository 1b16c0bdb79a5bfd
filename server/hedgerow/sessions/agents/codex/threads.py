"""The conversations that a home has stored: from Codex' own index, or, where that cannot be read, from the files.

Reads only. The index is a cache of Codex' whose name and columns change with its versions, so they are checked.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MOST = 500
_INDEX = re.compile(r"state_(\d+)\.sqlite")
_ROLLOUT = re.compile(r"rollout-.*-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.jsonl")
_NEEDED = frozenset({"id", "rollout_path", "cwd"})
_WANTED = (
    "id", "rollout_path", "cwd", "title", "name", "preview", "model", "tokens_used", "archived", "source",
    "thread_source", "created_at_ms", "updated_at_ms", "created_at", "updated_at",
)  # fmt: skip
_HEAD = 64 * 1024
_BUSY_SECONDS = 0.5


@dataclass(frozen=True)
class StoredThread:
    """One conversation in the store. Times are seconds since the epoch."""

    id: str
    rollout: Path
    cwd: Path
    title: str | None = None
    model: str | None = None
    tokens: int | None = None
    created: float | None = None
    updated: float | None = None


class Threads:
    """What one home has stored; asked often, read again only when something has changed."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._signature: object = None
        self._stored: list[StoredThread] = []
        self._heads: dict[Path, StoredThread | None] = {}
        self.problem: str | None = None
        """Why Codex' own index was passed over."""

    def stored(self) -> list[StoredThread]:
        """At most `MOST`, newest first; archived ones and those that Codex made for itself are left out."""
        index = self._index()
        signature = None if index is None else _signature(index)
        if signature is not None and signature == self._signature:
            return self._stored
        found = None
        self.problem = None
        if index is not None:
            try:
                found = list(_from_index(index))
            except (sqlite3.Error, ValueError) as error:
                self.problem = f"Codex' index {index.name} cannot be read ({error}); its files were read instead"
        self._stored = list(self._from_files()) if found is None else found
        self._signature = signature if found is not None else None
        return self._stored

    def _index(self) -> Path | None:
        """The newest index; Codex leaves those of older versions behind."""
        found: list[tuple[int, Path]] = []
        with contextlib.suppress(OSError):
            for name in os.listdir(self._home):
                if (match := _INDEX.fullmatch(name)) is not None:
                    found.append((int(match[1]), self._home / name))
        return max(found)[1] if found else None

    def _from_files(self) -> Iterator[StoredThread]:
        count = 0
        for path in _newest(self._home / "sessions", 4):
            if path not in self._heads:
                self._heads[path] = _from_head(path)
            if (thread := self._heads[path]) is not None:
                yield thread
                count += 1
            if count >= MOST:
                return


def made_by_itself(source: object, thread_source: object, ephemeral: object = False) -> bool:
    """Whether Codex runs a conversation for its own purposes: titles, sub-agents, reviews. People have none of them."""
    if ephemeral is True:
        return True
    if isinstance(source, Mapping) or (isinstance(source, str) and source.startswith("{")):
        return True  # `{"subagent": …}`
    return thread_source not in (None, "", "user")


def _signature(index: Path) -> object:
    """Differs after each change of a database in WAL mode."""
    found: list[object] = []
    for path in (index, _log_of(index)):
        with contextlib.suppress(OSError):
            status = path.stat()
            if status.st_size:
                found.append((status.st_ino, status.st_size, status.st_mtime_ns))
    return tuple(found)


def _log_of(index: Path) -> Path:
    return index.with_name(index.name + "-wal")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _from_index(index: Path) -> Iterator[StoredThread]:
    # Without a log of writes nobody writes; opened in any other way, an empty one would be left in the person's home.
    how = "mode=ro" if _size(_log_of(index)) else "mode=ro&immutable=1"
    address = f"file:{urllib.parse.quote(str(index))}?{how}"
    with contextlib.closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)) as database:
        database.execute("PRAGMA query_only = ON")
        columns = {str(row[1]) for row in database.execute("PRAGMA table_info(threads)")}
        if not columns >= _NEEDED:
            raise ValueError("it has no table that we know")
        wanted = [name for name in _WANTED if name in columns]
        order = next((name for name in ("updated_at_ms", "updated_at", "created_at") if name in columns), "id")
        where = "WHERE archived = 0" if "archived" in columns else ""
        rows = database.execute(
            f"SELECT {', '.join(wanted)} FROM threads {where} ORDER BY {order} DESC LIMIT ?",
            (MOST,),
        )
        for row in rows:
            thread = _from_row(dict(zip(wanted, row, strict=True)))
            if thread is not None:
                yield thread


def _from_row(row: Mapping[str, object]) -> StoredThread | None:
    if made_by_itself(row.get("source"), row.get("thread_source")):
        return None
    name, cwd, rollout = (row.get(key) for key in ("id", "cwd", "rollout_path"))
    if not (isinstance(name, str) and isinstance(cwd, str) and isinstance(rollout, str) and cwd.startswith("/")):
        return None
    tokens = row.get("tokens_used")
    return StoredThread(
        id=name,
        rollout=Path(rollout),
        cwd=Path(cwd),
        title=next(
            (text for key in ("name", "title", "preview") if isinstance(text := row.get(key), str) and text), None
        ),
        model=model if isinstance(model := row.get("model"), str) else None,
        tokens=tokens if isinstance(tokens, int) else None,
        created=_seconds(row, "created_at"),
        updated=_seconds(row, "updated_at"),
    )


def _seconds(row: Mapping[str, object], key: str) -> float | None:
    exact, rough = row.get(f"{key}_ms"), row.get(key)
    if isinstance(exact, int | float) and exact:
        return exact / 1000
    return float(rough) if isinstance(rough, int | float) and rough else None


def _newest(directory: Path, depth: int) -> Iterator[Path]:
    """Rollouts below `sessions/<year>/<month>/<day>`, newest first: names sort by time."""
    try:
        names = sorted(os.listdir(directory), reverse=True)
    except OSError:
        return
    for name in names:
        if depth > 1:
            yield from _newest(directory / name, depth - 1)
        elif _ROLLOUT.fullmatch(name):
            yield directory / name


def _from_head(path: Path) -> StoredThread | None:
    """What the first record says; it is long: of one that does not fit, its beginning is searched."""
    match = _ROLLOUT.fullmatch(path.name)
    if match is None:
        return None
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        created = path.stat().st_mtime
    except OSError:
        return None
    line, whole, _ = head.partition(b"\n")
    payload: object = None
    if whole:
        with contextlib.suppress(ValueError, RecursionError):
            record = json.loads(line)
            payload = record.get("payload") if isinstance(record, dict) else None
    if isinstance(payload, dict):
        cwd, source, thread_source = (payload.get(key) for key in ("cwd", "source", "thread_source"))
    else:
        cwd, source, thread_source = (_field(line, key) for key in (b"cwd", b"source", b"thread_source"))
    if not isinstance(cwd, str) or not cwd.startswith("/") or made_by_itself(source, thread_source):
        return None
    return StoredThread(id=match[1], rollout=path, cwd=Path(cwd), created=created, updated=created)


def _field(line: bytes, key: bytes) -> str | None:
    match = re.search(rb'"' + key + rb'":\s*("(?:[^"\\]|\\.)*")', line)
    if match is None:
        return None
    with contextlib.suppress(ValueError):
        value = json.loads(match[1])
        return value if isinstance(value, str) else None
    return None

"""The state database: SQLite in WAL mode, one for all repositories and processes of a user.

Rows go in and out as plain dictionaries; what they mean is said by the modules that own each table.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hedgerow.protocol.errors import ErrorCode, HedgerowError

VERSION = 8

_SCHEMA = """
CREATE TABLE repositories (id TEXT PRIMARY KEY, common_dir TEXT NOT NULL UNIQUE, seen REAL NOT NULL);
CREATE TABLE worktrees (
    id TEXT PRIMARY KEY, repository TEXT NOT NULL, path TEXT NOT NULL, admin TEXT NOT NULL, token TEXT NOT NULL,
    name TEXT NOT NULL, label TEXT NOT NULL, kept INTEGER NOT NULL, state TEXT NOT NULL, base TEXT,
    started_from TEXT, setup TEXT NOT NULL, ledger TEXT NOT NULL, created REAL NOT NULL, active REAL NOT NULL);
CREATE UNIQUE INDEX one_place ON worktrees(path) WHERE state != 'retired';
CREATE TABLE checkouts (
    checkout TEXT PRIMARY KEY, repository TEXT NOT NULL, label TEXT, base TEXT, started_from TEXT);
CREATE TABLE snapshots (
    id TEXT PRIMARY KEY, repository TEXT NOT NULL, common_dir TEXT NOT NULL, checkout TEXT, name TEXT NOT NULL,
    path TEXT NOT NULL, ref TEXT NOT NULL, oid TEXT NOT NULL, created REAL NOT NULL, reason TEXT NOT NULL, head TEXT,
    size_bytes INTEGER NOT NULL, files INTEGER NOT NULL, operation TEXT, record TEXT,
    dropped REAL);
CREATE TABLE plans (token TEXT PRIMARY KEY, command TEXT NOT NULL, created REAL NOT NULL, body TEXT NOT NULL);
CREATE TABLE operations (
    id TEXT PRIMARY KEY, repository TEXT, common_dir TEXT, command TEXT NOT NULL, title TEXT NOT NULL,
    state TEXT NOT NULL, started REAL NOT NULL, ended REAL, undo TEXT, undoes TEXT, undone_by TEXT,
    snapshots TEXT NOT NULL, checkouts TEXT NOT NULL, no_return INTEGER NOT NULL,
    locks TEXT NOT NULL, error TEXT);
CREATE TABLE steps (
    operation TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (operation, number));
CREATE TABLE consents (
    repository TEXT NOT NULL, sha256 TEXT NOT NULL, allowed REAL NOT NULL, PRIMARY KEY (repository, sha256));
CREATE TABLE landed (head TEXT NOT NULL, onto TEXT NOT NULL, how TEXT NOT NULL, PRIMARY KEY (head, onto));
"""

_SINCE = {
    2: """
CREATE TABLE hosting (
    repository TEXT PRIMARY KEY, home TEXT NOT NULL, label TEXT NOT NULL, path TEXT NOT NULL, home_head TEXT NOT NULL,
    branch TEXT NOT NULL, made_branch INTEGER NOT NULL, local_head TEXT NOT NULL, shelf TEXT NOT NULL,
    shelf_oid TEXT NOT NULL, home_ignored TEXT NOT NULL, local_ignored TEXT NOT NULL, since REAL NOT NULL);
""",
    3: """
CREATE TABLE rejections (
    id TEXT PRIMARY KEY, repository TEXT NOT NULL, checkout TEXT NOT NULL, path TEXT NOT NULL, seen TEXT NOT NULL,
    lines TEXT, asked REAL NOT NULL);
CREATE INDEX rejections_of ON rejections(checkout);
""",
    4: """
CREATE TABLE comments (
    id TEXT PRIMARY KEY, repository TEXT NOT NULL, work TEXT NOT NULL, path BLOB NOT NULL, side TEXT NOT NULL,
    text TEXT NOT NULL, anchor TEXT, version TEXT, created REAL NOT NULL, changed REAL NOT NULL, sent REAL,
    resolved REAL, deleted REAL, revision INTEGER NOT NULL);
CREATE INDEX comments_of ON comments(work);
CREATE TABLE comment_versions (id TEXT PRIMARY KEY, content BLOB NOT NULL);
""",
    5: """
CREATE TABLE comment_moves (target TEXT PRIMARY KEY, source TEXT NOT NULL, since REAL NOT NULL);
""",
    6: """
CREATE TABLE sessions (
    id TEXT PRIMARY KEY, agent TEXT NOT NULL, agent_home TEXT NOT NULL, conversation TEXT, repository TEXT,
    checkout TEXT, home TEXT, path TEXT NOT NULL, label TEXT, transcript TEXT, parent TEXT, arguments TEXT NOT NULL,
    environment TEXT NOT NULL, host TEXT NOT NULL, terminal TEXT, pid INTEGER, launched REAL, stopped REAL,
    exit_status INTEGER, pinned INTEGER NOT NULL, archived REAL, seen REAL, ours INTEGER NOT NULL,
    prompted INTEGER NOT NULL);
CREATE UNIQUE INDEX one_conversation ON sessions(agent, agent_home, conversation);
CREATE TABLE session_events (
    session TEXT PRIMARY KEY, status TEXT NOT NULL, question TEXT, message TEXT, at REAL NOT NULL);
CREATE TABLE session_news (session TEXT NOT NULL, phase TEXT NOT NULL, since REAL NOT NULL,
    PRIMARY KEY (session, phase, since));
CREATE TABLE session_past (
    agent TEXT NOT NULL, agent_home TEXT NOT NULL, conversation TEXT NOT NULL, session TEXT NOT NULL,
    PRIMARY KEY (agent, agent_home, conversation));
CREATE TABLE sessions_since (moment REAL NOT NULL);
INSERT INTO sessions_since VALUES ((julianday('now') - 2440587.5) * 86400.0);
""",
    7: """
ALTER TABLE sessions ADD COLUMN ended REAL;
""",
    8: """
ALTER TABLE session_news ADD COLUMN asked TEXT NOT NULL DEFAULT '';
""",
}
"""What each later version of the database adds."""

_BUSY_SECONDS = 20.0


class Database:
    """One connection. Calls are short; a transaction spans no wait."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Database:
        """Open or make the database.

        Raises:
            HedgerowError: STATE_DAMAGED, STATE_NEWER, DISK_FULL or READ_ONLY; the file is left as it is.
        """
        try:
            connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            with _transaction(connection):
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if version < VERSION:
                    parts = [_SCHEMA] if version == 0 else []
                    parts += [text for number, text in _SINCE.items() if number > version]
                    for statement in ";".join(parts).split(";"):
                        if statement.strip():
                            connection.execute(statement)
                    connection.execute(f"PRAGMA user_version={VERSION}")
            if version > VERSION:
                connection.close()
                raise HedgerowError(
                    ErrorCode.STATE_NEWER,
                    f"{path} was written by a newer Hedgerow (version {version}; this one knows {VERSION}): update it",
                )
            path.chmod(0o600)
        except sqlite3.Error as error:
            raise _worded(error, path) from error
        return cls(connection)

    def close(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[None]:
        """All or nothing, also across a crash of this process.

        Args:
            durable: also across a power cut (an fsync, some 4 ms): for what must be known before anything is done.
        """
        with _worded_errors():
            if durable:
                self._connection.execute("PRAGMA synchronous=FULL")
            try:
                with _transaction(self._connection):
                    yield
            finally:
                if durable:
                    self._connection.execute("PRAGMA synchronous=NORMAL")

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        with _worded_errors():
            return [dict(row) for row in self._connection.execute(sql, values)]

    def row(self, sql: str, *values: object) -> dict[str, Any] | None:
        found = self.rows(sql, *values)
        return found[0] if found else None

    def run(self, sql: str, *values: object) -> int:
        """Execute one changing statement; answers how many rows it touched."""
        with _worded_errors():
            return self._connection.execute(sql, values).rowcount

    def insert(self, table: str, row: Mapping[str, object]) -> None:
        """Add one row.

        Raises:
            sqlite3.IntegrityError: another row has its key or its place.
        """
        columns = ", ".join(row)
        marks = ", ".join("?" * len(row))
        self._connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", _stored(row))

    def put(self, table: str, row: Mapping[str, object]) -> None:
        """Insert or replace one row; lists and dictionaries are stored as JSON."""
        columns = ", ".join(row)
        marks = ", ".join("?" * len(row))
        self.run(f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})", *_stored(row))

    def change(self, table: str, key: Mapping[str, object], values: Mapping[str, object]) -> int:
        assignments = ", ".join(f"{column} = ?" for column in values)
        condition = " AND ".join(f"{column} = ?" for column in key)
        return self.run(f"UPDATE {table} SET {assignments} WHERE {condition}", *_stored(values), *key.values())


def _stored(row: Mapping[str, object]) -> list[object]:
    return [json.dumps(value) if isinstance(value, (list, dict)) else value for value in row.values()]


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    if connection.in_transaction:  # already inside one: it commits as a whole
        yield
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextlib.contextmanager
def _worded_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _worded(error, None) from error


def _worded(error: sqlite3.Error, path: Path | None) -> HedgerowError:
    where = f" {path}" if path else ""
    text = str(error)
    if "full" in text:
        return HedgerowError(ErrorCode.DISK_FULL, f"the disk of the state database{where} is full; nothing was changed")
    if "readonly" in text or "unable to open" in text:
        return HedgerowError(ErrorCode.READ_ONLY, f"the state database{where} cannot be written ({text})")
    if "locked" in text or "busy" in text:
        return HedgerowError(ErrorCode.BUSY, "another Hedgerow is writing its state; try again")
    return HedgerowError(
        ErrorCode.STATE_DAMAGED,
        f"the state database{where} cannot be read ({text}); move it away and run `hedgerow repair`: "
        "snapshots stay in each repository under refs/hedgerow/snapshots",
    )

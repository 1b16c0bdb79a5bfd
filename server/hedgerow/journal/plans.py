"""Plans: what a command is going to do, worked out whole before anything is done, kept until a person agrees."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import Plan

from .database import Database
from .guards import AnyGuard
from .steps import AnyStep

LIFETIME_SECONDS = 24 * 3600.0


class UndoRecipe(BaseModel):
    """How an operation is undone later.

    Attributes:
        how: `invert` its steps; `retire` the worktree that it made; `bringBack` what it retired; or `none`.
        why: for `none`, the sentence.
        worktrees, snapshots: what `retire` and `bringBack` are about.
        automatic: nobody asked for the operation, so that an undo without a name does not mean it.
    """

    model_config = ConfigDict(frozen=True)
    how: Literal["invert", "retire", "bringBack", "none"]
    why: str = ""
    worktrees: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
    automatic: bool = False


class Draft(BaseModel):
    """A plan with everything needed to carry it out, as data.

    Attributes:
        shown: what the person sees.
        directory: a directory git can be run in for this repository: its common directory.
        no_return: number of the step after which a crash is recovered forward instead of back.
        locks: checkouts whose lock is held for the whole operation.
        touches: directories whose files change or leave; text in an editor there must be saved.
        extra: facts that the room which made the plan needs when it is carried out.
    """

    model_config = ConfigDict(frozen=True)
    shown: Plan
    operation: str
    repository: str
    directory: str
    steps: tuple[AnyStep, ...]
    guards: tuple[AnyGuard, ...] = ()
    no_return: int
    locks: tuple[str, ...] = ()
    undo: UndoRecipe
    undoes: str | None = None
    snapshots: tuple[str, ...] = ()
    checkouts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    message: str
    warnings: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()
    extra: dict[str, Any] = {}


class Plans:
    """The plans that wait for an answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, draft: Draft) -> None:
        now = time.time()
        with self._database.transaction():
            self._database.run("DELETE FROM plans WHERE created < ?", now - LIFETIME_SECONDS)
            self._database.put(
                "plans",
                {
                    "token": draft.shown.token,
                    "command": draft.shown.command,
                    "created": now,
                    "body": json.dumps(draft.model_dump(mode="python")),
                },
            )

    def take(self, token: str, command: str) -> Draft:
        """The plan behind a token.

        Raises:
            HedgerowError: UNKNOWN_TOKEN for one that was invented, is a day old, or was used already.
        """
        row = self._database.row("SELECT * FROM plans WHERE token = ? AND command = ?", token, command)
        if row is None or row["created"] < time.time() - LIFETIME_SECONDS:
            raise HedgerowError(
                ErrorCode.UNKNOWN_TOKEN,
                "there is no plan with this token (it was carried out, or is too old); plan again",
            )
        return Draft.model_validate(json.loads(row["body"]))

    def drop(self, token: str) -> None:
        self._database.run("DELETE FROM plans WHERE token = ?", token)


def new_token() -> str:
    return secrets.token_urlsafe(12)


_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_id(prefix: str) -> str:
    """A short id a person can type: a letter for the kind and nine random letters (45 bits)."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(9))

"""Facts to rows of the list. Pure: no git, no files, no clock."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from hedgerow.git.commits import Commit
from hedgerow.git.errors import readable
from hedgerow.protocol.checkouts import (
    CheckoutRow,
    CheckoutState,
    Counts,
    Head,
    HeadKind,
    Locked,
    RepositoryRow,
    SetupState,
)

from .checkout import Checkout
from .default_branch import Targets
from .history import History, base_of
from .repositories import KnownRepository, Unopened


@dataclass(frozen=True)
class Files:
    """What only a look at a checkout's files tells."""

    counts: Counts | None = None
    operation: str | None = None
    size_bytes: int | None = None
    problem: str | None = None


def checkout_row(
    checkout: Checkout,
    *,
    commit: Commit | None,
    active: float | None,
    created: float | None,
    history: History | None = None,
    files: Files | None = None,
    problem: str | None = None,
    pending: bool = False,
) -> CheckoutRow:
    """One row; what is not known yet is None, never zero.

    Args:
        commit: that of HEAD, when it can be read.
        active: last sign of work in its administrative directory, seconds since the epoch.
    """
    base = history.base if history is not None else None
    if history is None and checkout.base is not None:
        base = base_of(checkout.base, checkout.started_from)
    record = checkout.record
    sentences = [checkout.problem, problem, files.problem if files is not None else None]
    return CheckoutRow(
        id=checkout.id,
        repository=checkout.repository.id,
        path=wire_path(checkout.path),
        name=plain(checkout.name),
        label=plain(checkout.label),
        kind=checkout.kind,
        owner=checkout.owner,
        state=checkout.state,
        head=head_of(checkout, commit),
        base=base,
        counts=files.counts if files is not None else None,
        operation=files.operation if files is not None else None,
        landed=history.landed if history is not None else None,
        locked=None if checkout.listed.locked is None else Locked(reason=plain(checkout.listed.locked)),
        setup=SetupState(record.setup) if record is not None else SetupState.NONE,
        size_bytes=files.size_bytes if files is not None else None,
        created=record.created if record is not None else created,
        active=max((time for time in (active, record.active if record else None) if time is not None), default=None),
        in_local=checkout.in_local,
        pending=pending,
        problem=next((sentence for sentence in sentences if sentence), None),
    )


def head_of(checkout: Checkout, commit: Commit | None) -> Head:
    listed = checkout.listed
    subject = plain(commit.subject) if commit is not None else None
    committed = commit.committed if commit is not None else None
    if listed.head is None:
        if listed.branch is not None:
            return Head(kind=HeadKind.UNBORN, branch=checkout.branch)
        return Head(kind=HeadKind.UNKNOWN)
    kind = HeadKind.BRANCH if listed.branch is not None else HeadKind.DETACHED
    return Head(kind=kind, branch=checkout.branch, oid=listed.head, subject=subject, committed=committed)


def repository_row(repository: KnownRepository, targets: Targets | None, problems: list[str]) -> RepositoryRow:
    default = targets.default if targets is not None else None
    return RepositoryRow(
        id=repository.id,
        name=plain(repository.name),
        path=wire_path(repository.path),
        common_dir=wire_path(repository.common_dir),
        trusted=repository.trusted,
        bare=repository.bare,
        shallow=repository.git.shallow,
        object_format=repository.git.object_format,
        ref_format=repository.git.ref_format,
        default_branch=None if default is None else default.name,
        problems=[*([repository.refusal] if repository.refusal else []), *problems],
    )


def unopened_row(unopened: Unopened) -> RepositoryRow:
    path = wire_path(unopened.path)
    return RepositoryRow(
        id=unopened.id,
        name=plain(unopened.path.name),
        path=path,
        common_dir=path,
        trusted=False,
        problems=[unopened.error.message],
    )


def plain(text: str) -> str:
    """One line for a person: control characters out, bytes that are no UTF-8 replaced."""
    return readable(os.fsencode(text)).replace("\n", " ").replace("\t", " ").strip()


def wire_path(path: Path) -> str:
    r"""The path itself; bytes that are no UTF-8 as `\xff`, since JSON cannot hold them (the id names it exactly)."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def needs_files(checkout: Checkout) -> bool:
    """Whether there are files to look at, and whether that may be done: `status` runs a repository's filters."""
    return checkout.repository.trusted and checkout.state is CheckoutState.OK

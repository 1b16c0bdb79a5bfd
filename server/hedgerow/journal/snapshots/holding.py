"""Giving a snapshot its ref and its files outside git, and taking both away. Each can be repeated after a crash."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import stat
from collections.abc import Collection
from pathlib import Path

from hedgerow.git.errors import GitError, readable
from hedgerow.git.refs import read_refs, update_ref
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git
from hedgerow.journal import files
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .contents import hash_files
from .held import Held, hash_walk, load
from .manifest import KeptFile
from .obstacles import refuse
from .reading import read_checkout

REF_PREFIX = "refs/hedgerow/snapshots/"


def ref_of(snapshot_id: str) -> str:
    return REF_PREFIX + snapshot_id


async def hold(
    git: Git, repository: Repository, *, snapshot: str, snapshot_id: str, checkout: Path, kept_dir: Path
) -> None:
    """Keep a snapshot that was just taken of ``checkout``: files outside git first, then its ref.

    Args:
        snapshot: the commit `take` answered.
        kept_dir: `<state>/kept/<id>`, made here (private) when there is something to put into it.

    Raises:
        HedgerowError: a file changed since, an object was pruned meanwhile, or the disk is full; the ref is not there.
    """
    held = await load(git, repository, snapshot)
    try:
        await _keep_files(git, held, checkout, kept_dir)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise HedgerowError(ErrorCode.DISK_FULL, f"the disk is full: {kept_dir} needs room") from error
        raise HedgerowError(
            ErrorCode.CANNOT_SNAPSHOT, f"a file could not be kept: {error.strerror}: {error.filename}"
        ) from error
    ref = ref_of(snapshot_id)
    present = (await read_refs(git, repository.common_dir, ref)).get(ref)
    if present != held.oid:
        await update_ref(git, repository, ref, held.oid, present, message="snapshot")
    try:
        await _prove_connected(git, repository, held.oid, ref)
    except HedgerowError:
        await update_ref(git, repository, ref, None, held.oid, message="incomplete snapshot")
        raise


async def release(git: Git, repository: Repository, *, snapshot: str, snapshot_id: str, kept_dir: Path) -> None:
    """Let a snapshot go: its ref, only at that value, and its files outside git. Nothing happens when both are gone.

    Raises:
        GitError: the ref has another value.
    """
    ref = ref_of(snapshot_id)
    if ref in await read_refs(git, repository.common_dir, ref):
        await update_ref(git, repository, ref, None, snapshot, message="release")
    await asyncio.to_thread(_remove_kept, kept_dir)


async def verify(
    git: Git, repository: Repository, snapshot: str, checkout: Path, admin: Path, *,
    rebuildable: Collection[str], kept_dir: Path | None,
) -> None:  # fmt: skip
    """Read everything again: each file of the checkout has the bytes, mode or target that the snapshot would lay down,
    there is no other file, and every file outside git is whole.

    Costs as much as taking one. Not needed between `take` and an equal `fingerprint`, which prove the same.

    Raises:
        HedgerowError: (`cannotSnapshot`) they differ, with the paths.
    """
    held = await load(git, repository, snapshot)
    reading = await read_checkout(git, repository, checkout, admin, rebuildable=rebuildable)
    refuse(reading.obstacles)
    hashes = await hash_walk(git, checkout, reading.walk.files, reading.walk)
    wrong = held.differences(reading.walk, hashes, checkout)
    if kept_dir is not None:
        damaged = await damaged_copies(git, repository, held, kept_dir)
        wrong += [(file.path, "kept copy") for file in held.manifest.kept if file.oid in damaged]
    if wrong:
        raise HedgerowError(
            ErrorCode.CANNOT_SNAPSHOT,
            "the snapshot does not match the files: " + described(wrong),
            paths=[readable(path) for path, _ in wrong],
        )


def described(wrong: list[tuple[bytes, str]]) -> str:
    """The first few differences for a person."""
    shown = ", ".join(f"'{readable(path)}' ({why})" for path, why in wrong[:5])
    return shown + (f" and {len(wrong) - 5} more" if len(wrong) > 5 else "")


async def damaged_copies(git: Git, repository: Repository, held: Held, kept_dir: Path) -> set[str]:
    """Ids of files outside git whose copy is missing or has other bytes."""
    wanted = sorted({file.oid for file in held.manifest.kept})
    there = [oid for oid in wanted if _is_plain(kept_dir / oid)]
    found = await hash_files(git, repository.common_dir, [os.fsencode(kept_dir / oid) for oid in there])
    return set(wanted) - {oid for oid, actual in zip(there, found, strict=True) if oid == actual}


async def _keep_files(git: Git, held: Held, checkout: Path, kept_dir: Path) -> None:
    if not held.manifest.kept:
        return
    files.make_directory(kept_dir.parent, 0o700)
    files.make_directory(kept_dir, 0o700)
    await asyncio.to_thread(_copy_all, held.manifest.kept, os.fsencode(checkout), kept_dir)
    damaged = await damaged_copies(git, held.repository, held, kept_dir)
    if damaged:
        paths = [file.path for file in held.manifest.kept if file.oid in damaged]
        for oid in damaged:
            with contextlib.suppress(FileNotFoundError):
                files.remove_file(kept_dir / oid)
        raise HedgerowError(
            ErrorCode.CANNOT_SNAPSHOT,
            f"'{readable(paths[0])}' changed while it was kept; try again",
            paths=[readable(path) for path in paths],
        )


def _copy_all(kept: tuple[KeptFile, ...], root: bytes, kept_dir: Path) -> None:
    for file in kept:
        target = kept_dir / file.oid
        if _is_plain(target):
            if os.lstat(target).st_size == file.size:
                continue
            files.remove_file(target)  # half-written when a copy was cut short
        files.copy_file(Path(os.fsdecode(root + b"/" + file.path)), target, 0o600)
        files.sync_file(target)
    files.sync_file(kept_dir)
    files.sync_file(kept_dir.parent)


def _remove_kept(kept_dir: Path) -> None:
    try:
        names = os.listdir(kept_dir)
    except FileNotFoundError:
        return
    for name in names:
        files.remove_file(kept_dir / name)
    files.remove_empty_directory(kept_dir)


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


async def _prove_connected(git: Git, repository: Repository, oid: str, ref: str) -> None:
    """Every object of the snapshot that no other ref holds is there: a `gc --prune=now` may have run since `take`."""
    promised = ("--exclude-promisor-objects",) if repository.partial else ()
    try:
        await git.read(
            "rev-list", "--objects", "--quiet", *promised, oid, "--not", f"--exclude={ref}", "--glob=refs/*",
            cwd=repository.common_dir,
        )  # fmt: skip
    except GitError as error:
        raise HedgerowError(
            ErrorCode.CANNOT_SNAPSHOT,
            f"git removed part of the snapshot while it was made ({error.last_line}); try again",
        ) from error

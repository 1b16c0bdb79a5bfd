"""Base documents: what a file was, as git would check it out and as an editor would show that."""

from __future__ import annotations

import codecs
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.git.diffs import GITLINK, LINK
from hedgerow.git.objects import read_blob
from hedgerow.git.runner import Git
from hedgerow.journal import files
from hedgerow.journal.snapshots.index import COPY_CONFIG
from hedgerow.journal.snapshots.trees import TreeFile
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.review import BaseContentParams, BaseContentResult

from ..paths import path_in, wire
from ..trees import files_in
from ..works import Work, find_checkout, work_in
from .addresses import address, parts

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LOOKED_AT = 8000
"""Where git looks for a NUL to tell a binary file."""


@dataclass(frozen=True)
class Smudged:
    """A file as git checks it out. `mode` has the permission bits git gives it here; a link's bytes are its target."""

    content: bytes
    mode: int
    link: bool


async def base_content(tools: Tools, params: BaseContentParams, caller: Caller) -> BaseContentResult:
    """The command `baseContent`.

    Raises:
        HedgerowError: there is no such checkout, or the path is none of its files.
    """
    checkout = await find_checkout(tools, params.checkout, params.repository, caller)
    path = path_in(checkout, params.path, behind_links=True)  # of a tree, not of the disk
    return await _content(tools, await work_in(tools, checkout), path, params.side)


async def document(tools: Tools, uri: str, caller: Caller) -> BaseContentResult:
    """A base document by its address.

    Raises:
        HedgerowError: BAD_PARAMS for another address, else as `base_content`.
    """
    found = parts(uri)
    if found is None:
        raise HedgerowError(ErrorCode.BAD_PARAMS, f"{uri[:200]!r} is no address of a base document")
    checkout = await find_checkout(tools, found[0], None, caller)
    path = path_in(checkout, wire(found[2]), behind_links=True)
    return await _content(tools, await work_in(tools, checkout), path, found[1])


async def _content(tools: Tools, work: Work, path: bytes, side: str) -> BaseContentResult:
    checkout = work.checkout
    tree = work.base_tree if side == "base" else work.reviewed_tree
    uri = address(checkout.id, side, path)
    found = (await files_in(tools.git, checkout.repository.git, tree, [path])).get(path)
    if found is None:
        return BaseContentResult(uri=uri, exists=False, text="", encoding="utf-8")
    if found.mode == GITLINK:
        text = f"Subproject commit {found.oid}\n"
        return BaseContentResult(uri=uri, exists=True, text=text, encoding="utf-8", oid=found.oid, mode=found.mode)
    content = (await smudged(tools.git, checkout, {path: found}))[path].content
    shown, encoding, bom = decoded(content)
    return BaseContentResult(
        uri=uri, exists=True, text=shown or "", encoding=encoding, bom=bom, binary=shown is None, oid=found.oid,
        mode=found.mode,
    )  # fmt: skip


def decoded(content: bytes) -> tuple[str | None, str, bool]:
    """Text, encoding, and whether a byte order mark was taken off; no text for a binary file."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding), encoding, True
            except UnicodeDecodeError:
                break
    if b"\0" in content[:_LOOKED_AT]:
        return None, "latin-1", False
    try:
        return content.decode("utf-8"), "utf-8", False
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1", False


async def smudged(git: Git, checkout: Checkout, wanted: Mapping[bytes, TreeFile]) -> dict[bytes, Smudged]:
    """Files as git checks them out in a checkout, filters and line endings applied.

    Raises:
        HedgerowError: UNSUPPORTED: a filter fails.
    """
    found: dict[bytes, Smudged] = {}
    plain = {path: file for path, file in wanted.items() if file.mode not in (LINK, GITLINK)}
    for path, file in wanted.items():
        if file.mode == LINK:
            target = await read_blob(git, file.oid, cwd=checkout.repository.common_dir)
            found[path] = Smudged(target, 0, link=True)
    if not plain:
        return found
    with files.scratch_directory() as scratch:
        env = {"GIT_INDEX_FILE": str(scratch / "index")}
        lines = b"".join(f"{file.mode} {file.oid} 0\t".encode() + path + b"\0" for path, file in plain.items())
        cwd = checkout.path
        await git.write("update-index", "-z", "--index-info", cwd=cwd, input=lines, env=env, config=COPY_CONFIG)
        out = scratch / "out"
        files.make_directory(out)
        await git.write(
            "checkout-index", f"--prefix={out}/", "-f", "-q", "-z", "--stdin", cwd=cwd, env=env, config=COPY_CONFIG,
            input=b"".join(path + b"\0" for path in plain), ok=(0, 1, 128),
        )  # fmt: skip
        for path in plain:
            found[path] = _read(out, path)
    return found


def _read(folder: Path, path: bytes) -> Smudged:
    place = os.path.join(os.fsencode(folder), path)
    try:
        with open(place, "rb") as handle:
            return Smudged(handle.read(), os.fstat(handle.fileno()).st_mode & 0o777, link=False)
    except FileNotFoundError:
        raise HedgerowError(
            ErrorCode.UNSUPPORTED,
            f"git cannot check out {wire(path)}: one of its filters fails (see .gitattributes)",
            path=wire(path),
        ) from None

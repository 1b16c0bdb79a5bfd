"""Kinds of work that a checkout can hold: each is one small change, possible in any checkout that has `a.txt`.

Generated tests combine them at random; a name and a seed say exactly what was done.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from .repositories import Link, Playground, Program

Change = Callable[[Playground, Path, int], None]


def _edit(playground: Playground, checkout: Path, seed: int) -> None:
    playground.write(checkout, {"a.txt": f"edited {seed}\n"})


def _stage(playground: Playground, checkout: Path, seed: int) -> None:
    playground.write(checkout, {f"staged-{seed % 3}.txt": f"staged {seed}\n"})
    playground.git("add", "--sparse", "--", f"staged-{seed % 3}.txt", cwd=checkout)


def _stage_then_edit(playground: Playground, checkout: Path, seed: int) -> None:
    _stage(playground, checkout, seed)
    playground.write(checkout, {f"staged-{seed % 3}.txt": f"on top {seed}\n"})


def _stage_then_remove(playground: Playground, checkout: Path, seed: int) -> None:
    _stage(playground, checkout, seed)
    (checkout / f"staged-{seed % 3}.txt").unlink()


def _remove(_: Playground, checkout: Path, __: int) -> None:
    (checkout / "sub" / "b.txt").unlink(missing_ok=True)


def _remove_staged(playground: Playground, checkout: Path, _: int) -> None:
    playground.git("rm", "--quiet", "--force", "--ignore-unmatch", "--sparse", "--", "sub/b.txt", cwd=checkout)


def _rename(playground: Playground, checkout: Path, seed: int) -> None:
    if (checkout / "a.txt").is_file() and not (checkout / f"renamed-{seed}.txt").exists():
        (checkout / "a.txt").rename(checkout / f"renamed-{seed}.txt")
        playground.git("add", "--sparse", "--intent-to-add", "--", f"renamed-{seed}.txt", cwd=checkout)


def _untracked(playground: Playground, checkout: Path, seed: int) -> None:
    playground.write(checkout, {f"untracked/deep {seed % 4}/file-{seed}.txt": f"{seed}\n"})


def _awkward(playground: Playground, checkout: Path, seed: int) -> None:
    playground.awkward(checkout, prefix=b"awkward/")
    if seed % 2:
        playground.git("--literal-pathspecs", "add", "--sparse", "--", "awkward", cwd=checkout)


def _ignored(playground: Playground, checkout: Path, seed: int) -> None:
    playground.write(checkout, {".env": f"SECRET={seed}\n", f"deep/{seed % 3}.ignored": bytes([seed % 256]) * 10})


def _modes(playground: Playground, checkout: Path, seed: int) -> None:
    playground.write(checkout, {"mode.txt": "mode\n", "mode-untracked.sh": Program("#!/bin/sh\n")})
    os.chmod(checkout / "mode.txt", (0o600, 0o755, 0o444, 0o640, 0o700)[seed % 5])
    if (checkout / "a.txt").is_file():
        os.chmod(checkout / "a.txt", (0o755, 0o600, 0o644)[seed % 3])


def _links(playground: Playground, checkout: Path, seed: int) -> None:
    targets: tuple[str | bytes, ...] = ("a.txt", "/nowhere/at/all", b"not-utf8-\xff", "..", "untracked")
    playground.write(checkout, {f"link-{seed % 3}": Link(targets[seed % 5])})
    if seed % 2:
        playground.git("add", "--sparse", "--", f"link-{seed % 3}", cwd=checkout)


def _empty_directories(playground: Playground, checkout: Path, seed: int) -> None:
    playground.write(checkout, {f"empty/{seed % 4}/": "", "also-empty/": ""})


def _file_becomes_directory(playground: Playground, checkout: Path, seed: int) -> None:
    path = checkout / "turning"
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text(f"a file {seed}\n")
    else:
        path.unlink(missing_ok=True)
        playground.write(checkout, {"turning/inside.txt": f"{seed}\n"})
    if seed % 2:
        playground.git("add", "--sparse", "--all", "--", "turning", cwd=checkout)


def _hide(playground: Playground, checkout: Path, seed: int) -> None:
    if b"a.txt\0" not in playground.git("ls-files", "-z", "--", "a.txt", cwd=checkout):
        return
    bit = ("--assume-unchanged", "--skip-worktree")[seed % 2]
    playground.git("update-index", bit, "a.txt", cwd=checkout)
    playground.write(checkout, {"a.txt": f"hidden {seed}\n"})


def _intend(playground: Playground, checkout: Path, seed: int) -> None:
    playground.write(checkout, {f"intended-{seed % 3}.txt": f"{seed}\n"})
    playground.git("add", "--sparse", "--intent-to-add", "--", f"intended-{seed % 3}.txt", cwd=checkout)


def _commit(playground: Playground, checkout: Path, seed: int) -> None:
    playground.git("commit", "--quiet", "--allow-empty", "-m", f"commit {seed}", cwd=checkout)


def _commit_all(playground: Playground, checkout: Path, seed: int) -> None:
    playground.write(checkout, {f"committed-{seed % 3}.txt": f"{seed}\n"})
    playground.git("add", "--sparse", "--", f"committed-{seed % 3}.txt", cwd=checkout)
    _commit(playground, checkout, seed)


def _reset_away(playground: Playground, checkout: Path, seed: int) -> None:
    """A commit that only the reflog of this checkout holds."""
    _commit(playground, checkout, seed)
    playground.git("reset", "--quiet", "--soft", "HEAD~1", cwd=checkout)


def _line_endings(playground: Playground, checkout: Path, seed: int) -> None:
    rules = ("*.txt text=auto eol=crlf\n", "*.txt ident\n", "*.txt -text\n", "", "*.txt text eol=lf\n")
    playground.write(checkout, {".gitattributes": rules[seed % 5]})
    playground.write(checkout, {f"mixed-{seed % 2}.txt": b"lf\ncrlf\r\n$Id: by hand$\rno end"})
    if seed % 3 == 0:
        playground.git("-c", "core.safecrlf=false", "add", "--sparse", "--", f"mixed-{seed % 2}.txt", cwd=checkout)


def _same_size_and_time(playground: Playground, checkout: Path, seed: int) -> None:
    """An edit that neither size nor modification time gives away."""
    path = checkout / "sub" / "b.txt"
    if not path.is_file() or path.is_symlink():
        return
    status, content = path.stat(), path.read_bytes()
    path.write_bytes(bytes((byte + 1 + seed % 5) % 256 for byte in content))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _split_index(playground: Playground, checkout: Path, seed: int) -> None:
    options = ("--split-index", "--untracked-cache", "--no-split-index")
    playground.git("update-index", options[seed % 3], cwd=checkout)


def _per_worktree_ref(playground: Playground, checkout: Path, seed: int) -> None:
    oid = playground.git("commit-tree", "HEAD^{tree}", "-m", f"{seed}", cwd=checkout).decode().strip()
    playground.git("update-ref", f"refs/worktree/r{seed % 3}", oid, cwd=checkout)


def _unmerged_then_resolved(playground: Playground, checkout: Path, seed: int) -> None:
    """An index with a conflict that no operation in progress explains."""
    oids = [
        playground.git("hash-object", "-w", "--stdin", cwd=checkout, input=f"{side} {seed}\n".encode()).decode().strip()
        for side in ("base", "ours", "theirs")
    ]
    lines = [f"0 {'0' * len(oids[0])}\tconflicted.txt"]
    lines += [f"100644 {oid} {stage}\tconflicted.txt" for stage, oid in enumerate(oids, 1)]
    playground.git("update-index", "--index-info", cwd=checkout, input=("\n".join(lines) + "\n").encode())
    playground.write(checkout, {"conflicted.txt": f"<<<<<<< {seed}\n"})
    if seed % 2:
        playground.git("add", "--sparse", "--", "conflicted.txt", cwd=checkout)


CHANGES: dict[str, Change] = {
    "edit": _edit,
    "stage": _stage,
    "stage, then edit": _stage_then_edit,
    "stage, then remove": _stage_then_remove,
    "remove": _remove,
    "remove from the index": _remove_staged,
    "rename": _rename,
    "untracked": _untracked,
    "awkward names": _awkward,
    "ignored": _ignored,
    "modes": _modes,
    "links": _links,
    "empty directories": _empty_directories,
    "file becomes directory": _file_becomes_directory,
    "hide": _hide,
    "intend to add": _intend,
    "commit what is staged": _commit_all,
    "reset a commit away": _reset_away,
    "line endings": _line_endings,
    "same size and time": _same_size_and_time,
    "split index": _split_index,
    "per-worktree ref": _per_worktree_ref,
    "conflict": _unmerged_then_resolved,
}


def change(playground: Playground, checkout: Path, name: str, seed: int) -> None:
    """Do one kind of work in a checkout. A commit is left out while the index holds a conflict."""
    committing = name in ("commit what is staged", "reset a commit away")
    if committing and playground.git("ls-files", "--unmerged", cwd=checkout):
        return
    CHANGES[name](playground, checkout, seed)

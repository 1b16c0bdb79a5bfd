"""Repositories as they are known here: found, identified, trusted or not. Never writes into one."""

from __future__ import annotations

import configparser
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from hedgerow.git.configuration import read_configuration, truth
from hedgerow.git.errors import GitError, readable
from hedgerow.git.repository import NotARepositoryError, NotOwnedError, Repository, discover
from hedgerow.git.runner import Git
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .place import find_place, leads_to, same_file, stamp
from .records import Records

ID_FILE = "hedgerow/repository-id"
"""Below the common directory; written by whoever first changes something there, never by this room."""

_CONFIGURATION = r"^(remote\..*\.url|init\.defaultbranch|core\.bare|core\.worktree)$"


@dataclass(frozen=True)
class KnownRepository:
    """One repository, as far as the caller may use it.

    Attributes:
        id: the random id kept in it, else one made from its path.
        local: where the person works; None when bare, or when git does not say where (a separate git directory).
        remotes: names of configured remotes.
        initial_branch: `init.defaultBranch`, where the person set it.
        trusted: False: only listed, nothing of it runs.
        refusal: why changes are refused here; None when they are not.
    """

    git: Repository
    id: str
    local: Path | None
    bare: bool
    remotes: tuple[str, ...]
    initial_branch: str | None
    trusted: bool
    refusal: str | None

    @property
    def common_dir(self) -> Path:
        return self.git.common_dir

    @property
    def path(self) -> Path:
        """Local, or the common directory of a bare repository."""
        return self.local or self.git.common_dir

    @property
    def name(self) -> str:
        """What a person calls it: the directory's name, without what marks it as git's own."""
        path = self.path
        if self.local is None and path.name.startswith("."):  # project/.bare, project/.git
            path = path.parent
        return path.name.removesuffix(".git") or path.name


@dataclass(frozen=True)
class Unopened:
    """A directory whose repository cannot be opened, and why."""

    path: Path
    error: HedgerowError

    @property
    def id(self) -> str:
        return _path_id(self.path)

    @property
    def is_plain(self) -> bool:
        """It is there and in no repository: beside others there is nothing to say about it."""
        return self.error.code is ErrorCode.NOT_A_REPOSITORY and self.path.is_dir()


class Repositories:
    """Opens repositories; remembers the fixed facts of each while its configuration file is unchanged."""

    def __init__(self, git: Git, records: Records) -> None:
        self._git = git
        self._records = records
        self._known: dict[Path, tuple[object, KnownRepository]] = {}

    async def open(self, path: Path, caller: Caller) -> KnownRepository:
        """The repository that contains ``path``: Local, a worktree, a subdirectory, or a bare repository.

        Raises:
            HedgerowError: NOT_A_REPOSITORY; UNTRUSTED when git's ownership rule refuses it; UNSUPPORTED or
                GIT_FAILED when git cannot read it.
        """
        given, path = path, Path(os.path.realpath(path))
        if not path.is_dir():
            path = path.parent
        place = find_place(path) if os.path.lexists(given) else None
        if place is None:
            raise _not_a_repository(given)
        worktree, common_dir = place
        seen = stamp(common_dir)
        cached = self._known.get(common_dir)
        if cached is None or cached[0] != seen:
            cached = (seen, await self._read(path, worktree, common_dir))
            self._known[common_dir] = cached
        known = cached[1]
        if known.local is None and not known.bare and worktree is not None and leads_to(worktree, common_dir):
            known = replace(known, local=worktree)
            self._known[common_dir] = (seen, known)
        trusted = _is_trusted(known, caller)
        return replace(known, id=self._identify(common_dir), trusted=trusted, refusal=_refusal(known, trusted))

    async def open_each(self, caller: Caller, *, all: bool = False) -> list[KnownRepository | Unopened]:  # noqa: A002
        """Those of the caller's directories, and with ``all`` every one on record; each once."""
        places = list(caller.directories)
        if all:
            places += [Path(common_dir) for _, common_dir in self._records.repositories()]
        opened: dict[Path, KnownRepository | Unopened] = {}
        for place in places:
            try:
                known = await self.open(place, caller)
            except HedgerowError as error:
                opened.setdefault(place, Unopened(place, error))
            else:
                opened[known.common_dir] = known
        return list(opened.values())

    async def open_all(self, caller: Caller, *, all: bool = False) -> list[KnownRepository]:  # noqa: A002
        """Like `open_each`, without those that cannot be opened.

        Raises:
            HedgerowError: why not, when none can be and the caller has directories.
        """
        each = await self.open_each(caller, all=all)
        opened = [entry for entry in each if isinstance(entry, KnownRepository)]
        refused = [entry for entry in each if isinstance(entry, Unopened)]
        if not opened and refused:
            raise refused[0].error
        return opened

    async def _read(self, path: Path, worktree: Path | None, common_dir: Path) -> KnownRepository:
        try:
            repository = await discover(self._git, path)
            pairs = await read_configuration(self._git, common_dir, _CONFIGURATION)
        except NotARepositoryError:
            raise _not_a_repository(path) from None
        except NotOwnedError:
            raise HedgerowError(
                ErrorCode.UNTRUSTED,
                f"{shown(path)} belongs to another user, so git refuses to open it. If you trust it, run: "
                f"git config --global --add safe.directory {_quoted(worktree or common_dir)}",
                path=shown(path),
            ) from None
        except GitError as error:
            unsupported = "extension" in error.stderr or "repo version" in error.stderr
            raise HedgerowError(
                ErrorCode.UNSUPPORTED if unsupported else ErrorCode.GIT_FAILED,
                f"git cannot open the repository at {shown(path)}: {error.last_line}",
                path=shown(path),
            ) from error
        except (configparser.Error, ValueError, OSError) as error:
            raise HedgerowError(
                ErrorCode.GIT_FAILED, f"the repository at {shown(path)} cannot be read: {error}", path=shown(path)
            ) from error
        values = dict(pairs)
        bare = truth(values["core.bare"]) if "core.bare" in values else repository.bare
        remotes = tuple(
            dict.fromkeys(match[1] for key, _ in pairs if (match := re.match(r"remote\.(.*)\.url$", key, re.DOTALL)))
        )
        return KnownRepository(
            git=repository,
            id="",
            local=None if bare else _local(common_dir, values.get("core.worktree")),
            bare=bare,
            remotes=remotes,
            initial_branch=values.get("init.defaultbranch") or None,
            trusted=False,
            refusal=None,
        )

    def _identify(self, common_dir: Path) -> str:
        """The id kept in it. A copy of a repository carries the original's id, and is then known by its path."""
        own = _kept_id(common_dir)
        if own is None:
            return _path_id(common_dir)
        for identifier, place in self._records.repositories():
            other = Path(place)
            if (
                identifier == own
                and other != common_dir
                and _kept_id(other) == own
                and not same_file(other, common_dir)
            ):
                return _path_id(common_dir)
        return own


def shown(path: Path) -> str:
    """A path for a sentence: readable, one line, no control characters."""
    return readable(os.fsencode(path)).replace("\n", "?").replace("\t", "?")


def _not_a_repository(path: Path) -> HedgerowError:
    if not os.path.lexists(path):
        return HedgerowError(ErrorCode.NOT_A_REPOSITORY, f"There is no {shown(path)}.", path=shown(path))
    return HedgerowError(
        ErrorCode.NOT_A_REPOSITORY,
        f"{shown(path)} is not inside a git repository. Open a folder of one, or run `git init` there.",
        path=shown(path),
    )


def _quoted(path: Path) -> str:
    text = shown(path)
    return text if re.fullmatch(r"[\w@%+=:,./-]+", text) else "'" + text.replace("'", "'\\''") + "'"


def _local(common_dir: Path, configured: str | None) -> Path | None:
    if configured:  # submodules, and repositories set up with a working tree elsewhere
        return Path(os.path.realpath(common_dir / configured))
    return common_dir.parent if common_dir.name == ".git" else None


def _kept_id(common_dir: Path) -> str | None:
    try:
        text = (common_dir / ID_FILE).read_text("ascii").strip()
    except (OSError, ValueError):
        return None
    return text if re.fullmatch(r"[0-9a-f]{16}", text) else None


def _path_id(path: Path) -> str:
    return "path-" + hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _is_trusted(known: KnownRepository, caller: Caller) -> bool:
    """Whether its programs may run. `core.worktree` can name anybody's directory, so Local must lead back."""
    if caller.trusted_folders is None:
        return True
    places = [known.common_dir]
    if known.local is not None and leads_to(known.local, known.common_dir):
        places.append(known.local.resolve())
    folders = [Path(os.path.realpath(folder)) for folder in caller.trusted_folders]
    return any(place.is_relative_to(folder) for place in places for folder in folders)


def _refusal(known: KnownRepository, trusted: bool) -> str | None:
    return next(_reasons(known, trusted), None)


def _reasons(known: KnownRepository, trusted: bool) -> Iterator[str]:
    where = shown(known.path)
    if not trusted:
        yield f"{where} is not trusted: it is listed, and nothing in it is run or changed. Trust its folder first."
    if known.git.jujutsu:
        yield f"{where} is also a Jujutsu repository (.jj); changes by git would be undone by it, so none are made."
    if known.bare and known.common_dir.name == ".git" and (known.common_dir / "index").exists():
        yield (
            f"{where} has a working tree, but its configuration says core.bare=true, so every git command in it "
            f"fails. Mend it with: git -C {_quoted(known.common_dir)} config core.bare false"
        )
    elif known.local is None and not known.bare:
        yield f"The git directory {where} does not say where its working tree is; open that directory itself."
    if known.git.ref_format not in {"files", "reftable"}:
        yield f"{where} keeps its references in the format {known.git.ref_format!r}, which is not supported."
    if not os.access(known.common_dir, os.W_OK) or os.statvfs(known.common_dir).f_flag & os.ST_RDONLY:
        yield f"{where} cannot be written to, so it is only listed."

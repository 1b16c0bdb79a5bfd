"""What says how git compares a checkout's files, besides the files: configuration, rules and the index, as stamps.

Reads no content: git says which files count, once, and again when one of them has changed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hedgerow.git.configuration import Setting, read_settings, truth
from hedgerow.git.errors import GitError
from hedgerow.git.runner import Git

from .checkout import Checkout
from .freshness import Freshness
from .narrowing import Ground

_OF_THE_SYSTEM = ("/etc/gitconfig", "/usr/local/etc/gitconfig", "/etc/gitattributes")


@dataclass(frozen=True)
class _Configuration:
    """What git is configured to do in a repository, or in one checkout of it.

    Attributes:
        files: those that it comes from, or would if they were there.
        plain: each path is compared by itself, by rules that are in `files`.
        by_checkout: it may be another one in each.
    """

    files: tuple[Path, ...]
    stamps: tuple[object, ...]
    plain: bool
    by_checkout: bool


class Grounds:
    """Answers `of` a checkout; remembers what is configured while the files that say so are the same."""

    def __init__(self, git: Git, freshness: Freshness) -> None:
        self._git = git
        self._freshness = freshness
        self._known: dict[object, _Configuration] = {}
        self._asking = asyncio.Lock()

    async def of(self, checkout: Checkout) -> Ground | None:
        """The ground now; None where a part of the files does not tell the whole, or git cannot say."""
        distrusted = self._freshness.distrusted(checkout.id, checkout.repository.common_dir)
        index = _stamp(checkout.admin / "index")
        # Sparse checkouts, and what else may be configured for one checkout alone.
        if any(os.path.lexists(checkout.admin / name) for name in ("config.worktree", "info/sparse-checkout")):
            return None
        try:
            configuration = await self._configuration(checkout)
        except GitError:
            return None  # the status has the same to say, and is the one to say it
        if not configuration.plain:
            return None
        listed = checkout.listed
        place = (
            checkout.path,
            checkout.directory,
            checkout.admin,
            checkout.admin_directory,
            listed.head,
            listed.branch,
        )
        return Ground(place, (index, configuration.files, configuration.stamps), distrusted)

    async def _configuration(self, checkout: Checkout) -> _Configuration:
        async with self._asking:
            shared = await self._asked(checkout.repository.common_dir, checkout)
            return await self._asked(checkout.id, checkout) if shared.by_checkout else shared

    async def _asked(self, key: object, checkout: Checkout) -> _Configuration:
        known = self._known.get(key)
        if known is None or known.stamps != _stamps(known.files):
            known = self._known[key] = await self._ask(checkout)
        return known

    async def _ask(self, checkout: Checkout) -> _Configuration:
        settings = await read_settings(self._git, checkout.path)
        while True:  # twice the same, so that the stamps are of what was read
            files = tuple(dict.fromkeys(_files(settings, checkout.repository.common_dir)))
            stamps = _stamps(files)
            again = await read_settings(self._git, checkout.path)
            if again == settings:
                break
            settings = again
        return _Configuration(files, stamps, _is_plain(settings), any(map(_is_conditional, settings)))


def _files(settings: Sequence[Setting], common_dir: Path) -> Iterator[Path]:
    home = Path.home()
    ours = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "git"
    yield from map(Path, _OF_THE_SYSTEM)
    yield home / ".gitconfig"
    yield from (ours / name for name in ("config", "ignore", "attributes"))
    yield from (common_dir / "info" / name for name in ("exclude", "attributes", "sparse-checkout"))
    for setting in settings:
        if setting.origin is not None:
            yield setting.origin
        if _names_a_file(setting):
            place = Path(setting.value).expanduser()
            yield place if setting.origin is None else setting.origin.parent / place


def _is_plain(settings: Iterable[Setting]) -> bool:
    last = {setting.key: setting.value for setting in settings}
    for key, value in last.items():
        if key in {"core.ignorecase", "core.sparsecheckout"} and truth(value):
            return False
        # A filter may look at other things than its input. That of Git LFS does not.
        if key.startswith("filter.") and key.endswith((".clean", ".process")) and not value.startswith("git-lfs "):
            return False
        if key in {"core.excludesfile", "core.attributesfile"} and not value.startswith(("/", "~/")):
            return False
        if key.startswith("includeif.") and not key.startswith(("includeif.gitdir:", "includeif.gitdir/i:")):
            return False  # by branch, by remote
    return True


def _is_conditional(setting: Setting) -> bool:
    return setting.key.startswith("includeif.")


def _names_a_file(setting: Setting) -> bool:
    return setting.key in {"core.excludesfile", "core.attributesfile", "include.path"} or (
        _is_conditional(setting) and setting.key.endswith(".path")
    )


def _stamps(files: Iterable[Path]) -> tuple[object, ...]:
    return tuple(map(_stamp, files))


def _stamp(path: Path) -> object:
    """Changes whenever the file does; None where there is none, or none that can be looked at."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

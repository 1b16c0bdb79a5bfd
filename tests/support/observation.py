"""What was seen, and how two such sights differ. Values only: knows neither git nor the disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Fact:
    """The name of one thing observed.

    Attributes:
        area: `file`, `index`, `ref`, `reflog`, `admin` (every other file of a git directory: HEAD, config, hooks,
            operation state, lock, gitdir, info …), `registration`, `module`.
        where: path of the checkout, or of the common directory for what all share.
        name: path, ref or file name.
    """

    area: str
    where: str
    name: bytes

    def __str__(self) -> str:
        return f"{self.area} {self.name.decode(errors='backslashreplace')!r} of {self.where}"


Except = Callable[[Fact], bool]


@dataclass(frozen=True)
class Observation:
    """Everything seen at one moment: fact -> value, readable."""

    common_dir: Path
    checkouts: tuple[Path, ...]
    facts: dict[Fact, str]

    def of(self, checkout: Path, *, area: str | None = None) -> dict[Fact, str]:
        """The facts of one checkout."""
        return {
            fact: value
            for fact, value in self.facts.items()
            if fact.where == str(checkout) and area in (None, fact.area)
        }

    def files(self, checkout: Path) -> dict[bytes, str]:
        """Path -> kind, mode and content of every file, link and directory of one checkout."""
        return {fact.name: value for fact, value in self.of(checkout, area="file").items()}

    def index(self, checkout: Path) -> dict[bytes, str]:
        return {fact.name: value for fact, value in self.of(checkout, area="index").items()}

    def refs(self) -> dict[str, str]:
        """Refs that all checkouts share."""
        return {
            fact.name.decode(): value
            for fact, value in self.facts.items()
            if fact.area == "ref" and fact.where == str(self.common_dir)
        }


# -- what may be left out of a comparison ------------------------------------------------------


def hedgerows_own(fact: Fact) -> bool:
    """What Hedgerow may add anywhere: its refs, its directory in the common directory, its tokens, its trash."""
    name = fact.name
    return (
        (fact.area in ("ref", "reflog") and name.startswith(b"refs/hedgerow/"))
        or (fact.area == "admin" and (name == b"hedgerow" or name.startswith((b"hedgerow/", b"hedgerow-"))))
        or (fact.area == "file" and b".trash" in name.split(b"/"))
    )


def of_garbage_collection(fact: Fact) -> bool:
    """What `Playground.collect_garbage` itself rewrites: it expires reflogs, and tells dumb clients what there is."""
    return fact.area == "reflog" or (fact.area == "admin" and fact.name == b"info/refs")


def of_checkout(*paths: Path) -> Except:
    """Everything of these checkouts, their registrations and their directories themselves included."""
    names = {str(path) for path in paths}

    def excuse(fact: Fact) -> bool:
        name = os.fsdecode(fact.name)
        return (
            fact.where in names
            or (fact.area == "registration" and name in names)
            or (fact.area == "file" and os.path.join(fact.where, name) in names)
        )

    return excuse


def of_area(*areas: str) -> Except:
    return lambda fact: fact.area in areas


def of_ref(*names: str) -> Except:
    """Refs of these names, and their reflogs."""
    wanted = {name.encode() for name in names}
    return lambda fact: fact.area in ("ref", "reflog") and fact.name in wanted


def difference(
    before: Observation, after: Observation, *, except_for: Iterable[Except] = (hedgerows_own,)
) -> list[str]:
    """Readable lines, one for each fact that is gone, new or changed; empty when nothing differs."""
    return compare(before.facts, after.facts, except_for=except_for)


def compare(before: dict[Fact, str], after: dict[Fact, str], *, except_for: Iterable[Except] = ()) -> list[str]:
    excepted = tuple(except_for)
    lines = []
    for fact in sorted(before.keys() | after.keys()):
        if any(excuse(fact) for excuse in excepted):
            continue
        was, now = before.get(fact), after.get(fact)
        if was == now:
            continue
        if now is None:
            lines.append(f"gone:    {fact}: {was}")
        elif was is None:
            lines.append(f"new:     {fact}: {now}")
        else:
            lines.append(f"changed: {fact}: {was} -> {now}")
    return lines


def moved_difference(before: Observation, old: Path, after: Observation, new: Path) -> list[str]:
    """How the checkout at ``new`` differs from what ``old`` was: files, index, and operation state.

    What must differ between two places is left out: `gitdir`, the `.git` file, HEAD's reflog, Hedgerow's token.
    """
    left_out = {b".git", b"gitdir", b"commondir", b"locked"}

    def relative(observation: Observation, checkout: Path) -> dict[Fact, str]:
        return {
            Fact(fact.area, "there", fact.name): value
            for fact, value in observation.of(checkout).items()
            if fact.name not in left_out and fact.area != "reflog" and not hedgerows_own(fact)
        }

    return compare(relative(before, old), relative(after, new))

"""The checkouts room put together as `app.py` does it, and an in-memory stand-in for the journal's tables.

The journal is another room, which this one may not import; what it hands in is data, and here the test writes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.support.home import Home
from tests.support.repositories import Playground

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.discovery import Discovery
from hedgerow.checkouts.identity import TOKEN_FILE
from hedgerow.checkouts.listing import Listing
from hedgerow.checkouts.records import CheckoutRecord, Hosting, Records, WorktreeRecord
from hedgerow.checkouts.repositories import ID_FILE, KnownRepository, Repositories
from hedgerow.git.runner import Git
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutRow, ListChanged, ListParams, ListResult


@dataclass(frozen=True)
class Worktree:
    """A row of the journal's table of worktrees."""

    id: str
    repository: str
    path: str
    admin: str
    token: str
    name: str
    label: str
    kept: bool = False
    state: str = "ready"
    base: str | None = None
    started_from: str | None = None
    setup: str = "none"
    created: float = 1000.0
    active: float = 1000.0


@dataclass(frozen=True)
class Remembered:
    """A row of the journal's table of checkouts."""

    checkout: str
    label: str | None = None
    base: str | None = None
    started_from: str | None = None


@dataclass
class Memory:
    """What Hedgerow recorded."""

    rows: list[Worktree] = field(default_factory=list)
    remembered: dict[str, dict[str, Remembered]] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    verdicts: dict[tuple[str, str], str] = field(default_factory=dict)

    def worktrees(self, repository: str | None = None) -> Sequence[WorktreeRecord]:
        return [row for row in self.rows if repository in {None, row.repository}]

    def checkouts(self, repository: str) -> Mapping[str, CheckoutRecord]:
        return self.remembered.get(repository, {})

    def repositories(self) -> Sequence[tuple[str, str]]:
        return self.seen

    def hosting(self, repository: str) -> Hosting | None:
        return None

    def landed(self, head: str, onto: str) -> str | None:
        return self.verdicts.get((head, onto))

    def remember_landed(self, head: str, onto: str, how: str) -> None:
        self.verdicts[head, onto] = how


class Room:
    """The room on one playground.

    Attributes:
        told: every change that subscribers were told.
    """

    def __init__(self, home: Home, playground: Playground, *, executable: str = "git") -> None:
        self.home = home
        self.playground = playground
        self.records = Memory()
        self.git = Git(executable=executable)
        records: Records = self.records
        self.repositories = Repositories(self.git, records)
        self.discovery = Discovery(self.git, records, self.repositories)
        self.listing = Listing(self.repositories, records, self.git)
        self.told: list[ListChanged] = []
        self.listing.subscribe(self.told.append)

    def caller(self, *directories: Path, trusted: tuple[Path, ...] | None = None) -> Caller:
        return Caller(directories=directories, trusted_folders=trusted)

    async def open(self, path: Path, *, trusted: tuple[Path, ...] | None = None) -> KnownRepository:
        return await self.repositories.open(path, self.caller(path, trusted=trusted))

    async def checkouts(self, path: Path) -> list[Checkout]:
        return await self.discovery.checkouts_of(await self.open(path))

    async def find(self, text: str, *directories: Path) -> Checkout:
        return await self.discovery.find(text, self.caller(*directories))

    async def list(self, *directories: Path, trusted: tuple[Path, ...] | None = None, **params: bool) -> ListResult:
        """`list` of these directories, complete unless ``wait`` is false."""
        asked = ListParams.model_validate({"wait": True, **params})
        return await self.listing.answer(asked, self.caller(*directories, trusted=trusted))

    async def row(self, path: Path, *, of: Path | None = None) -> CheckoutRow:
        """The complete row of the checkout at ``path``."""
        result = await self.list(of or path)
        return row_at(result, path)

    def identify(self, repository: Path, identifier: str = "0123456789abcdef") -> str:
        """Keep an id in the repository, as the first change there does."""
        where = ("rev-parse", "--path-format=absolute", "--git-common-dir")
        common_dir = Path(self.playground.text(*where, cwd=repository))
        place = common_dir / ID_FILE
        place.parent.mkdir(exist_ok=True)
        place.write_text(identifier + "\n")
        self.records.seen.append((identifier, str(common_dir)))
        return identifier

    def manage(self, repository: Path, name: str, *, start: str = "HEAD", **fields: object) -> Path:
        """A managed worktree, made and recorded as a create does it; its path."""
        path = self.playground.directory / f"{repository.name}.worktrees" / name
        path.parent.mkdir(exist_ok=True)
        self.playground.git("worktree", "add", "--quiet", "--detach", path, start, cwd=repository)
        admin = self.playground.admin(path)
        identifier, token = f"w-{name}", f"token-of-{name}"
        (admin / TOKEN_FILE).write_text(json.dumps({"token": token, "id": identifier}))
        row = Worktree(
            id=identifier,
            repository="0123456789abcdef",
            path=str(path),
            admin=str(admin),
            token=token,
            name=name,
            label=name,
            base=self.playground.head(path),
            started_from=start,
        )
        self.records.rows.append(replace(row, **fields))  # type: ignore[arg-type]
        return path


def row_at(result: ListResult, path: Path) -> CheckoutRow:
    """The row of the checkout at ``path``."""
    rows = [row for row in result.checkouts if row.path == str(path)]
    assert len(rows) == 1, f"{path} in {[row.path for row in result.checkouts]}"
    return rows[0]

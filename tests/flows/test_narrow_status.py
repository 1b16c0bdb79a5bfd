"""After an edit only the touched files are compared, and the row says what plain git says of the whole checkout."""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import os
import random
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.flows.server import Server
from tests.support.repositories import GitFailedError, Playground

from hedgerow.checkouts import narrowing
from hedgerow.protocol.checkouts import CheckoutRow
from hedgerow.watch import checkout_watch

STEPS = 210


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an index was written twice, git is asked soon what it ignores: until then, every look is a whole one."""
    monkeypatch.setattr(checkout_watch, "_RULES_SECONDS", 0.05)


def narrow(server: Server) -> int:
    """How many looks at a checkout's files were narrow so far."""
    return server.hedgerow.app._listing._completion.statuses.narrow


def counted(playground: Playground, checkout: Path) -> dict[str, int]:
    """The counts as plain git's first porcelain tells them: another format and another parser than the product's."""
    locks = {"GIT_OPTIONAL_LOCKS": "0"}
    out = playground.git(
        "status", "--porcelain=v1", "-z", "--untracked-files=normal", "--ignore-submodules=none", "--no-renames",
        cwd=checkout, env=locks,
    )  # fmt: skip
    # The letters alone do not tell: DD and AA are said of a path that is announced (`add -N`), too.
    stages = playground.git("ls-files", "--unmerged", "-z", cwd=checkout, env=locks).split(b"\0")
    unmerged = {stage.split(b"\t", 1)[1] for stage in stages if stage}
    entries = [(entry[3:], entry[:2].decode()) for entry in out.split(b"\0") if entry]
    merged = [letters for path, letters in entries if path not in unmerged and letters != "??"]
    return {
        "staged": sum(letters[0] != " " for letters in merged),
        "unstaged": sum(letters[1] != " " for letters in merged),
        "untracked": sum(letters == "??" for _, letters in entries),
        "conflicted": len(unmerged),
    }


async def looked_at(server: Server) -> dict[str, CheckoutRow]:
    """The list with the files of every checkout looked at again, whoever told of them: settings count, too."""
    listing = server.hedgerow.app._listing
    for skeleton in listing.skeletons():
        for identifier in skeleton.checkouts:
            listing.freshness.mark(identifier, whole=False)
    return await server.list()


class Hand:
    """Does what people and agents do in a checkout, at random. Deeds that git refuses do nothing."""

    def __init__(self, playground: Playground, checkout: Path, draw: random.Random) -> None:
        self.playground = playground
        self.checkout = checkout
        self.draw = draw
        self.number = 0

    def deed(self) -> str:
        frequent = [self.edit] * 40 + [self.same_size, self.put_back, self.replace, self.chmod, self.delete] * 8
        rare = [
            self.make, self.make_and_delete, self.ignored, self.link, self.hard_link,
            self.through_hard_link, self.directory, self.directory_to_file, self.move,
            self.move_directory, self.odd_name, self.add, self.add_all, self.intend, self.forget,
            self.force, self.commit, self.soft_reset, self.mixed_reset, self.hard_reset, self.stash,
            self.switch, self.refresh, self.assume, self.skip, self.rules, self.attributes,
            self.exclude, self.file_mode, self.branch_moves, self.merge, self.abort, self.inside,
        ]  # fmt: skip
        chosen: Callable[[], object] = self.draw.choice(frequent + rare)
        self.number += 1
        try:
            chosen()
        except (OSError, GitFailedError, IndexError):
            return f"{chosen.__name__} (refused)"
        return chosen.__name__

    def git(self, *words: str | bytes | Path) -> bytes:
        return self.playground.git(*words, cwd=self.checkout)

    def tracked(self) -> Path:
        names = [name for name in self.git("ls-files", "-z").split(b"\0") if name]
        return self.checkout / os.fsdecode(self.draw.choice(names or [b"a.txt"]))

    def any_file(self) -> Path:
        files = [path for path in self._walk() if path.is_file() or path.is_symlink()]
        return self.draw.choice(files)

    def _walk(self) -> Iterator[Path]:
        for directory, inside, names in os.walk(self.checkout):
            inside[:] = sorted(set(inside) - {".git"})
            yield from (Path(directory) / name for name in sorted(names) if name != ".git")

    # Files

    def edit(self) -> None:
        self.tracked().write_text(f"edit {self.number}\n")

    def same_size(self) -> None:
        place = self.tracked()
        place.write_bytes(bytes(byte ^ 1 for byte in place.read_bytes()))

    def put_back(self) -> None:
        place = self.tracked()
        place.write_bytes(self.git("show", f"HEAD:{place.relative_to(self.checkout)}"))

    def replace(self) -> None:
        place = self.tracked()
        beside = place.with_name(f".{place.name}.swp")
        beside.write_text(f"atomic {self.draw.randrange(3)}\n")
        os.replace(beside, place)

    def chmod(self) -> None:
        place = self.tracked()
        place.chmod(place.stat().st_mode ^ 0o111)

    def delete(self) -> None:
        self.any_file().unlink()

    def make(self) -> None:
        (self.any_file().parent / f"new-{self.draw.randrange(6)}").write_text("new\n")

    def make_and_delete(self) -> None:
        place = self.any_file().parent / f"passing-{self.number}"
        place.write_text("gone soon\n")
        place.unlink()

    def ignored(self) -> None:
        (self.any_file().parent / f"{self.draw.randrange(3)}.ignored").write_text(f"{self.number}\n")

    def link(self) -> None:
        place = self.tracked()
        place.unlink()
        place.symlink_to(self.draw.choice(["sub", "a.txt", "nowhere"]))

    def hard_link(self) -> None:
        place = self.tracked()
        place.unlink()
        os.link(self.any_file(), place)

    def through_hard_link(self) -> None:
        linked = [path for path in self._walk() if path.is_file() and path.lstat().st_nlink > 1]
        self.draw.choice(linked or [self.any_file()]).write_text(f"both names {self.number}\n")

    def directory(self) -> None:
        place = self.any_file().parent / f"dir-{self.draw.randrange(3)}" / "deep"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{self.draw.randrange(3)}").write_text("x\n")

    def directory_to_file(self) -> None:
        place = self.draw.choice([path for path in self.checkout.iterdir() if path.is_dir() and path.name != ".git"])
        shutil.rmtree(place)
        place.symlink_to(self.checkout.parent) if self.draw.random() < 0.5 else place.write_text("a file now\n")

    def move(self) -> None:
        self.any_file().rename(self.any_file().parent / f"moved-{self.draw.randrange(4)}")

    def move_directory(self) -> None:
        place = self.draw.choice([path for path in self.checkout.iterdir() if path.is_dir() and path.name != ".git"])
        place.rename(self.checkout / f"dir-{self.draw.randrange(3)}")

    def odd_name(self) -> None:
        name = self.draw.choice(["ünïcødé".encode(), b"not-utf8-\xff", b"-x", b":(top)a.txt", b"new\nline", b"a.txt "])
        place = os.path.join(os.fsencode(self.checkout), name)
        with open(place, "ab") as file:
            file.write(b"odd\n")
        if self.draw.random() < 0.5:
            self.git("add", "--", place)

    # Git

    def add(self) -> None:
        self.git("add", "--", self.any_file())

    def add_all(self) -> None:
        self.git("add", "-A")

    def intend(self) -> None:
        self.make()
        self.git("add", "-N", ".")

    def forget(self) -> None:
        self.git("rm", "--cached", "--quiet", "--", self.tracked())

    def force(self) -> None:
        self.ignored()
        self.git("add", "--force", ".")

    def commit(self) -> None:
        self.git("commit", "--quiet", "-a", "-m", f"{self.number}")

    def soft_reset(self) -> None:
        self.git("reset", "--quiet", "--soft", "HEAD~1")

    def mixed_reset(self) -> None:
        self.git("reset", "--quiet")

    def hard_reset(self) -> None:
        self.git("reset", "--quiet", "--hard")

    def stash(self) -> None:
        self.git("stash", self.draw.choice(["push", "pop", "apply"]))

    def switch(self) -> None:
        self.git("switch", "--quiet", self.draw.choice(["-c", "--detach"]), f"b{self.number}")

    def refresh(self) -> None:
        self.git("status")

    def assume(self) -> None:
        self.git("update-index", self.draw.choice(["--assume-unchanged", "--no-assume-unchanged"]), self.tracked())

    def skip(self) -> None:
        self.git("update-index", self.draw.choice(["--skip-worktree", "--no-skip-worktree"]), self.tracked())

    def rules(self) -> None:
        place = self.any_file().parent / ".gitignore"
        place.write_text(self.draw.choice(["*.ignored\n", "new-*\n*.ignored\n", "dir-1/\n", "!*.ignored\n"]))

    def attributes(self) -> None:
        (self.checkout / ".gitattributes").write_text(
            self.draw.choice(["* text=auto\n", "* -text\n", "*.txt eol=crlf\n"])
        )

    def exclude(self) -> None:
        place = self.checkout / os.fsdecode(self.git("rev-parse", "--git-path", "info/exclude").strip())
        place.parent.mkdir(exist_ok=True)
        place.write_text(self.draw.choice(["", "new-*\n", "moved-*\n"]))

    def file_mode(self) -> None:
        self.git("config", "core.fileMode", self.draw.choice(["true", "false"]))

    def branch_moves(self) -> None:
        """HEAD is another commit, and neither the index nor a file has changed."""
        self.git("update-ref", "HEAD", self.draw.choice(self.git("rev-list", "--all", "-n", "20").decode().split()))

    def merge(self) -> None:
        self.git("merge", "--quiet", self.draw.choice(self.git("rev-list", "--all", "-n", "20").decode().split()))

    def abort(self) -> None:
        self.git("merge", "--abort")

    def inside(self) -> None:
        """A repository of its own inside, that soon goes again."""
        place = self.any_file().parent
        if place != self.checkout:
            self.playground.git("init", "--quiet", cwd=place)
            shutil.rmtree(place / ".git")


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_is_done_the_counts_are_plain_gits(seed: int, server: Server, playground: Playground) -> None:
    draw = random.Random(seed)
    playground.write(server.repository, {f"src/{number}.txt": f"{number}\n" for number in range(12)})
    playground.git("add", "-A", cwd=server.repository)
    playground.git("commit", "--quiet", "-m", "more", cwd=server.repository)
    checkouts = [server.repository, playground.worktree(server.repository, "one")]
    hands = [Hand(playground, checkout, draw) for checkout in checkouts]
    await server.begin()
    deeds: list[str] = []
    done: Counter[str] = Counter()

    for step in range(STEPS // 2):
        hand = draw.choice(hands)
        for _ in range(draw.choice([1, 1, 1, 2, 5])):
            deed = await asyncio.to_thread(hand.deed)
            done[deed] += 1
            deeds.append(f"{deed} in {hand.checkout.name}")
        if draw.random() < 0.3:  # let what was seen be told, and be read again in the background
            await asyncio.sleep(draw.choice([0.01, 0.03, 0.2]))
        rows = await looked_at(server)
        for checkout in checkouts:
            row = rows[str(checkout)]
            assert row.counts is not None, f"{row.problem} after {deeds[-6:]}"
            expected = await asyncio.to_thread(counted, playground, checkout)
            assert row.counts.model_dump() == expected, f"{checkout.name}, step {step}, seed {seed}: after {deeds[-8:]}"

    print(f"seed {seed}: {STEPS // 2} steps, {narrow(server)} narrow looks; {done}")
    assert narrow(server) >= STEPS // 24


ROUNDS = 25


async def test_what_is_done_while_git_looks_is_known_to_the_next_look(server: Server, playground: Playground) -> None:
    draw = random.Random(7)
    playground.commit(server.repository, "more", {f"src/{number}.txt": f"{number}\n" for number in range(12)})
    hand = Hand(playground, server.repository, draw)
    deeds = [hand.same_size, hand.put_back, hand.chmod, hand.delete, hand.replace, *[hand.edit] * 4]
    await server.begin()

    for number in range(ROUNDS):
        stop = threading.Event()

        def work(stop: threading.Event = stop) -> None:
            while not stop.is_set():
                with contextlib.suppress(OSError, GitFailedError):
                    draw.choice(deeds)()

        working = asyncio.ensure_future(asyncio.to_thread(work))
        for _ in range(4):
            await looked_at(server)
        stop.set()
        await working
        row = (await server.list())[str(server.repository)]
        assert row.counts is not None
        assert row.counts.model_dump() == counted(playground, server.repository), f"round {number}"

    assert narrow(server) >= ROUNDS


@pytest.fixture
async def edited(server: Server) -> Server:
    """With one file edited, and looked at since."""
    await server.begin()
    (server.repository / "a.txt").write_text("edited\n")
    await server.list()
    await server.at_rest()
    server.commands.clear()
    return server


async def counts_of(server: Server) -> dict[str, int]:
    counts = (await server.list())[str(server.repository)].counts
    assert counts is not None
    return counts.model_dump()


async def test_an_edit_costs_one_look_at_that_file(edited: Server, playground: Playground) -> None:
    for text in ("another\n", "one\n"):  # the second is what was committed
        (edited.repository / "a.txt").write_text(text)
        before = narrow(edited)
        assert await counts_of(edited) == counted(playground, edited.repository)
        assert narrow(edited) == before + 1
        await edited.at_rest()
        assert edited.statuses_run() == [edited.repository.name]


async def test_sizes_are_told_of_the_whole_anew(edited: Server, playground: Playground) -> None:
    (edited.repository / "a.txt").write_text("one\n")
    before = narrow(edited)

    await edited.list(sizes=True)

    assert narrow(edited) == before
    assert await counts_of(edited) == counted(playground, edited.repository)


async def test_what_made_no_event_is_found_by_the_next_whole_look(
    edited: Server, playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (edited.repository / "sub" / "b.txt").open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        memory[:3] = b"map"
        memory.flush()
        (edited.repository / "a.txt").write_text("again\n")
        assert (await counts_of(edited))["unstaged"] == 1  # nobody was told of the other
        monkeypatch.setattr(narrowing, "_LONGEST_SECONDS", 0.0)
        (edited.repository / "a.txt").write_text("and again\n")
        assert (await counts_of(edited))["unstaged"] == 2


def _soft_reset(playground: Playground, checkout: Path) -> None:
    playground.git("update-ref", "HEAD", "HEAD~1", cwd=checkout)


def _add(playground: Playground, checkout: Path) -> None:
    playground.git("add", "-A", cwd=checkout)


def _commit(playground: Playground, checkout: Path) -> None:
    playground.git("commit", "--quiet", "-a", "-m", "x", cwd=checkout)


def _directory(playground: Playground, checkout: Path) -> None:
    (checkout / "sub").rename(checkout / "sub2")


def _linked_directory(playground: Playground, checkout: Path) -> None:
    shutil.move(checkout / "sub", checkout.parent / "elsewhere")
    (checkout / "sub").symlink_to(checkout.parent / "elsewhere")


def _new_file(playground: Playground, checkout: Path) -> None:
    (checkout / "new").write_text("x\n")


def _rules(playground: Playground, checkout: Path) -> None:
    (checkout / ".gitignore").write_text("untracked\n")


def _attributes(playground: Playground, checkout: Path) -> None:
    (checkout / "sub" / ".gitattributes").write_text("* eol=crlf\n")


def _file_mode(playground: Playground, checkout: Path) -> None:
    playground.git("config", "core.fileMode", "false", cwd=checkout)


def _persons_rules(playground: Playground, checkout: Path) -> None:
    playground.home.gitconfig.with_name("ignored").write_text("untracked\n")
    playground.git("config", "--global", "core.excludesFile", "~/ignored", cwd=checkout)


@pytest.mark.parametrize(
    "deed",
    [
        _soft_reset, _add, _commit, _directory, _linked_directory, _new_file, _rules, _attributes, _file_mode,
        _persons_rules,
    ],
)  # fmt: skip
async def test_what_is_more_than_an_edit_is_looked_at_whole(
    deed: Callable[[Playground, Path], None], server: Server, playground: Playground
) -> None:
    checkout = server.repository
    playground.commit(checkout, "more", {"mode": "x\n"})
    (checkout / "mode").chmod(0o755)
    (checkout / "untracked").write_text("x\n")
    await server.begin()
    (checkout / "a.txt").write_text("edited\n")
    await server.list()
    await server.at_rest()

    before = narrow(server)
    await asyncio.to_thread(deed, playground, checkout)
    (checkout / "a.txt").write_text("edited again\n")

    assert await counts_of(server) == counted(playground, checkout)
    assert narrow(server) == before

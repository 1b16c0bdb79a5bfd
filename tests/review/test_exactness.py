"""Random files and edits, of all line endings and encodings: what is rejected is the base again byte for byte, what is
accepted is the checkout's, and nothing else moves."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.review.conftest import Agents, Review
from tests.support.ground import Ground
from tests.support.oracle import of_garbage_collection

RULES = (
    "",
    "* text=auto\n",
    "* text=auto eol=crlf\n",
    "*.crlf text eol=crlf\n*.raw -text\n*.id ident\n",
    "*.u16 working-tree-encoding=UTF-16LE-BOM eol=lf\n*.u8 working-tree-encoding=ISO-8859-1\n",
)
SUFFIXES = ("txt", "crlf", "raw", "id", "u8", "u16", "bin")
SEEDS = (0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 10)))
"""Each takes seconds; the other rules, and more chances, belong to the long tests."""
WORDS = ("alpha", "beta", "", "  indented", "$Id$", "caf\u00e9", "tail ", "\ttab", "x" * 200)


class Author:
    """Writes files as somebody would, and edits them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def content(self, suffix: str) -> bytes:
        if suffix == "bin":
            return self.random.randbytes(self.random.randint(0, 50)) + b"\0"
        ending = self.random.choice(["\n", "\n", "\r\n", "mixed", "\r"])
        lines = [self.random.choice(WORDS) + str(self.random.randint(0, 9)) for _ in range(self.random.randint(0, 25))]
        text = ""
        for line in lines:
            text += line + (self.random.choice(["\n", "\r\n"]) if ending == "mixed" else ending)
        if self.random.random() < 0.3:
            text += "no end"
        if self.random.random() < 0.2:
            text = "\ufeff" + text
        return self.encoded(text, suffix)

    def encoded(self, text: str, suffix: str) -> bytes:
        if suffix == "u16":
            return text.removeprefix("\ufeff").replace("\r\n", "\n").encode("utf-16")
        if suffix == "u8" or (suffix == "txt" and self.random.random() < 0.2):
            return text.removeprefix("\ufeff").encode("latin-1")
        return text.encode()

    def edited(self, content: bytes, suffix: str) -> bytes:
        """Some lines replaced, removed and added; the others keep their bytes."""
        if suffix == "bin":
            return self.content("bin")
        wide = suffix == "u16"
        text = content.decode("utf-16") if wide else content.decode("latin-1")
        lines = text.split("\n")
        for _ in range(self.random.randint(1, 5)):
            at = self.random.randrange(len(lines))
            match self.random.choice("radj"):
                case "r":
                    lines[at] = f"replaced {self.random.randint(0, 99)}" + ("\r" if lines[at].endswith("\r") else "")
                case "a":
                    lines.insert(at, "added" + ("\r" if lines[at].endswith("\r") else ""))
                case "d" if len(lines) > 1:
                    del lines[at]
                case _:
                    lines.append("more at the end")
        text = "\n".join(lines)
        return text.encode("utf-16") if wide else text.encode("latin-1")


async def scene(ground: Ground, agents: Agents, seed: int) -> tuple[Review, Author]:
    """A base with files of all kinds, checked out by git in a session."""
    author = Author(seed)
    files: dict[str, str | bytes] = {
        f"file{n}.{suffix}": author.content(suffix) for n in range(3) for suffix in SUFFIXES
    }
    files[".gitattributes"] = RULES[seed % len(RULES)]
    ground.playground.commit(ground.repository, "base", files)
    return Review(ground, await ground.create("session"), agents), author


def edit(review: Review, author: Author) -> None:
    for place in sorted(review.path.iterdir()):
        if place.name.startswith(".") or place.is_dir():
            continue
        chance = author.random.random()
        if chance < 0.08:
            place.unlink()
        elif chance < 0.15:
            place.rename(place.with_name("renamed-" + place.name))
        elif chance < 0.2:
            place.chmod(0o755)
        elif chance < 0.9:
            content = place.read_bytes()
            place.write_bytes(author.edited(content, place.suffix[1:]))
    for number in range(3):
        suffix = author.random.choice(SUFFIXES)
        (review.path / f"new{number}.{suffix}").write_bytes(author.content(suffix))
    (review.path / "link").symlink_to("file0.txt")


def bytes_of(directory: Path) -> dict[str, tuple[bytes, int]]:
    return {
        place.name: (
            (b"link", 0) if place.is_symlink() else (place.read_bytes(), place.stat().st_mode & 0o777)
        )
        for place in directory.iterdir() if place.name != ".git" and not place.is_dir()
    }  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
async def test_rejecting_every_hunk_in_any_order_gives_the_base(ground: Ground, agents: Agents, seed: int) -> None:
    review, author = await scene(ground, agents, seed)
    before = ground.observe()
    edit(review, author)
    edited = ground.observe()
    operations = 0
    while pending := await review.pending():
        path = author.random.choice(sorted(pending))
        shown = await review.hunks(path, between="reviewed")
        assert shown.pending
        hunk = author.random.choice(shown.hunks).id if shown.hunks and shown.status != "renamed" else None
        done = await review.reject(path, **({"hunks": [hunk]} if hunk else {"seen": shown.version}))
        assert done.operation is not None, (path, shown)
        operations += 1
    assert ground.difference(before) == []
    ground.forget()
    for _ in range(operations):
        await ground.agree("undo")
    assert ground.difference(edited, except_for=[of_garbage_collection]) == []


@pytest.mark.parametrize("seed", SEEDS)
async def test_accepting_every_hunk_in_any_order_gives_the_checkout(ground: Ground, agents: Agents, seed: int) -> None:
    review, author = await scene(ground, agents, seed)
    edit(review, author)
    while pending := await review.pending():
        path = author.random.choice(sorted(pending))
        shown = await review.hunks(path, between="reviewed")
        hunks = [author.random.choice(shown.hunks).id] if shown.hunks and author.random.random() < 0.7 else []
        done = await review.accept(path, **({"hunks": hunks} if hunks else {"seen": shown.version}))
        if done.operation is None or (hunks and (await review.hunks(path, between="reviewed")).hunks == shown.hunks):
            raise AssertionError((path, shown))
        if hunks and not (left := await review.hunks(path, between="reviewed")).hunks and left.pending:
            await review.accept(path)  # its mode or its name
    before = ground.observe()
    done = await review.reject(all=True)
    assert done.operation is None
    assert ground.difference(before) == []


@pytest.mark.parametrize("seed", SEEDS)
async def test_accepting_some_and_rejecting_the_rest_leaves_exactly_those(
    ground: Ground, agents: Agents, seed: int
) -> None:
    review, author = await scene(ground, agents, seed)
    edit(review, author)
    for path in sorted(await review.pending()):
        shown = await review.hunks(path, between="reviewed")
        if shown.hunks and author.random.random() < 0.8:
            some = [hunk.id for hunk in shown.hunks if author.random.random() < 0.5]
            if some:
                await review.accept(path, hunks=some)
        elif author.random.random() < 0.5:
            await review.accept(path)
    await review.reject(all=True)
    assert await review.pending() == {}
    left = {file.path for file in (await review.diff()).files}
    await ground.agree("create", name="fresh")
    base = bytes_of(review.path.parent / "fresh")
    now = bytes_of(review.path)
    assert {name for name in base.keys() | now.keys() if base.get(name) != now.get(name)} == left | {
        file.old_path for file in (await review.diff()).files if file.old_path
    }
    for name in left & now.keys() if not RULES[seed % len(RULES)] else ():  # else git's form is what was accepted
        answer = await ground.call("baseContent", checkout=str(review.path), path=name, side="reviewed")
        if not answer.binary and answer.mode != "120000":
            text = answer.text.encode("utf-16-le" if answer.encoding == "utf-16-le" else answer.encoding)
            marks = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe"}
            assert (marks[answer.encoding] if answer.bom else b"") + text == now[name][0], name


@pytest.mark.parametrize("seed", range(6))
async def test_what_was_accepted_is_there_after_any_rebase(ground: Ground, agents: Agents, seed: int) -> None:
    """Every accepted line that still is in the file is still accepted."""
    chance = random.Random(seed)
    lines = [f"line {number}" for number in range(40)]
    ground.playground.commit(ground.repository, "base", {"f.txt": "\n".join(lines) + "\n"})
    branch = ground.git("symbolic-ref", "--short", "HEAD").decode().strip()
    review = Review(ground, await ground.create("session", **{"from": branch}), agents)

    def change(source: list[str], who: str, number: int) -> list[str]:
        changed = list(source)
        for count in range(number):
            at = chance.randrange(len(changed))
            if chance.random() < 0.3:
                del changed[at]
            else:
                changed[at : at + chance.randint(0, 2)] = [f"{who} {count}"]
        return changed

    theirs = change(lines, "agent", 6)
    review.write("f.txt", "\n".join(theirs) + "\n")
    shown = (await review.hunks("f.txt")).hunks
    some = [hunk for hunk in shown if chance.random() < 0.6] or shown[:1]
    await review.accept("f.txt", hunks=[hunk.id for hunk in some])
    accepted = {line[1:] for hunk in some for line in hunk.text.splitlines() if line.startswith("+")}
    ground.git("commit", "-qam", "work", cwd=review.path)
    ground.playground.commit(ground.repository, "on", {"f.txt": "\n".join(change(lines, "upstream", 5)) + "\n"})
    strategy = chance.choice(["ours", "theirs"])
    ground.git("rebase", "-q", "-X", strategy, branch, cwd=review.path)
    now = set(review.read("f.txt").decode().splitlines())
    reviewed = set((await review.reviewed("f.txt")).splitlines())
    assert accepted & now <= reviewed
    unseen = {line for line in reviewed if line.startswith("agent")} - accepted
    assert unseen == set(), "nothing is accepted that nobody saw"

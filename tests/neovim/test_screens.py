"""The list and a plan on a screen of 80 by 24, against what is kept in `screens/` for people to read.

`HEDGEROW_KEEP_SCREENS=1` writes what was seen instead of comparing, and the pictures of it in `docs/images/`; look at
both before you commit them.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.neovim.conftest import ROOT
from tests.neovim.editor import Editor
from tests.neovim.screen import Screen
from tests.support.home import Home
from tests.support.repositories import Playground
from tests.support.scripted import settings_of

pytestmark = pytest.mark.neovim

SCREENS = Path(__file__).parent / "screens"
INIT = """
vim.g.hedgerow = { notify = false }
vim.o.termguicolors = true
vim.o.laststatus = 2
vim.o.statusline = "%f %=%{v:lua.require'hedgerow'.statusline()} "
"""
PLACE = "/tmp/hedgerow-XXXXXXXX"


@pytest.fixture
def home() -> Iterator[Home]:
    """A home whose path is always as long, so that lines break where they did."""
    root = Path(tempfile.mkdtemp(prefix=PLACE.rstrip("X"), dir="/"))
    assert len(str(root)) == len(PLACE)
    yield Home(root).make()
    shutil.rmtree(root)


def compare(name: str, screen: Screen, text: str, home: Home) -> None:
    """Compare a screen with the one that is kept, in all but what differs from run to run.

    Args:
        text: what it shows. News may still be on its way, or only half of it drawn: the screen has time to come to be
            as it was kept.
    """

    def same_every_time(text: str) -> str:
        return re.sub(r"\b[0-9a-f]{7}\b", "0123456", text.replace(str(home.root), PLACE))

    kept = SCREENS / f"{name}.txt"
    if os.environ.get("HEDGEROW_KEEP_SCREENS"):
        kept.write_text(same_every_time(text))
        (ROOT / f"docs/images/neovim-{name}.svg").write_text(screen.picture(same_every_time))
    expected = but_for_the_command_line(kept.read_text())
    with contextlib.suppress(AssertionError):
        screen.wait(lambda now: but_for_the_command_line(same_every_time(now)) == expected, name)
    assert but_for_the_command_line(same_every_time(screen.text())) == expected


def but_for_the_command_line(text: str) -> str:
    """A command that was typed stands there until something is drawn over it, which is now or a moment later."""
    return re.sub(r"\n:[^\n]*\n$", "\n", text)


@pytest.fixture
def screen(
    neovim: Path, home: Home, playground: Playground, environment: dict[str, str], install: Callable[[str], None]
) -> Iterator[Screen]:
    """A Neovim as it comes, with the plugin, in a repository below the home; its statusline shows Hedgerow's text."""
    playground.directory = home.home / "src"
    playground.directory.mkdir()
    orchard = playground.repository("orchard", {"apple.txt": "a red apple\n", ".gitignore": ".env\nnode_modules/\n"})
    playground.write(orchard, {"apple.txt": "a green apple\n"})
    install(INIT)
    settings_of(home)
    editor = Editor(neovim, orchard, environment, ["apple.txt"])
    screen = Screen(neovim, editor, home.root, environment)
    screen.wait(lambda text: "a green apple" in text, "the file")
    yield screen
    screen.close()
    editor.close()


def test_sessions(screen: Screen, home: Home) -> None:
    for prompt, shows in (
        ("Sort the apples; write sorted.txt yes; say All the apples are sorted by size now.", "1 done"),
        ("Count the pears; fail", "1 failed"),
        ("Prune the hedge; write hedge.txt low; ask Bash", "1 needs you"),
        ("Water the plums; hold /nowhere", "1 working"),
    ):
        screen.type(f":Hedgerow start scripted '{prompt}'\n")
        screen.wait(lambda text, shows=shows: f"{shows}" in text.splitlines()[-2], shows)  # type: ignore[misc]
    screen.type(":Hedgerow list\n:wincmd o\n")

    def settled(text: str) -> bool:
        return "Local  main  1 changed" in text and text.count("1 new") == 2 and "│ Only you answer" in text

    compare("sessions", screen, screen.wait(settled, "the list"), home)


def test_list_and_plan(screen: Screen, home: Home, playground: Playground) -> None:
    screen.type(":Hedgerow create fix-login\n")
    screen.wait(lambda text: "Created fix-login" in text, "what was done")
    worktree = home.home / "src/orchard.worktrees/fix-login"
    playground.commit(worktree, "Water the apple", {"watered.txt": "yes\n"})
    playground.write(worktree, {"apple.txt": "a yellow apple\n", ".env": "TOKEN=1\n", "node_modules/x.js": "1\n"})
    playground.write(worktree, {f"notes/{number:02}.txt": f"note {number}\n" for number in range(12)})
    playground.worktree(playground.directory / "orchard", "a-name-that-is-longer-than-most")
    screen.type(":Hedgerow list\n")
    seen = screen.wait(lambda text: "1 changed, 1 new, 1 ahead" in text and "by hand" in text, "the list")
    compare("list", screen, seen, home)
    screen.type(":Hedgerow cleanUp fix-login\n")
    compare("plan", screen, screen.wait(lambda text: "y do it" in text, "the plan"), home)
    screen.type("y")
    done = screen.wait(lambda text: "Cleaned up" in text and "  fix-login  " not in text, "what was done")
    said = done.splitlines()[-1]
    assert said.startswith("Cleaned up fix-login")  # one line, and no <Enter> to press
    assert ":Hedgerow " in said


BASKET = '''\
"""What is in a basket."""


def weight(fruits):
    total = 0
    for fruit in fruits:
        total += fruit.grams
    return total


def price(fruits):
    return sum(fruit.price for fruit in fruits)
'''
NOTES = "# Notes\n" + "".join(f"- note {number}\n" for number in range(20))


def test_review_and_follow(screen: Screen, home: Home, playground: Playground) -> None:
    orchard = playground.directory / "orchard"
    playground.commit(orchard, "Weigh fruits", {"basket.py": BASKET, "notes.md": NOTES})
    screen.type(":Hedgerow create fix-login\n")
    screen.wait(lambda text: "Created fix-login" in text, "what was done")
    worktree = home.home / "src/orchard.worktrees/fix-login"
    edited = BASKET.replace(
        "    total = 0\n    for fruit in fruits:\n        total += fruit.grams\n    return total\n",
        "    return sum(fruit.grams for fruit in fruits)\n",
    ).replace("sum(fruit.price for", "sum(fruit.price * fruit.count for")
    playground.write(worktree, {"basket.py": edited, "cherry.txt": "a cherry\n"})
    screen.type(":Hedgerow diff fix-login\n")
    screen.wait(lambda text: "A cherry.txt" in text, "the panel")
    screen.type("\n")
    screen.wait(lambda text: "total = 0" in text, "the hunks")
    screen.type("5GV:Hedgerow comment\n")
    screen.wait(lambda text: "INSERT" in text, "a window to write in")
    screen.type("What of an empty basket?\n")
    screen.escape()
    screen.type(":w\n")
    screen.wait(lambda text: "» What of an empty basket?" in text and "it is a draft" in text, "the comment")
    screen.type(":echo\n")  # what was said comes and goes
    seen = screen.wait(lambda text: "it is a draft" not in text, "an empty last line")
    compare("review", screen, seen, home)
    screen.type(":only | edit apple.txt | Hedgerow follow fix-login\n")
    screen.wait(lambda text: "Following fix-login." in text, "that it is followed")
    (worktree / "notes.md").write_text(NOTES + "- count the cherries\n- weigh them\n")
    seen = screen.wait(lambda text: "count the cherries" in text, "the edit")
    compare("follow", screen, seen, home)

"""Helix, which knows nothing of Hedgerow and can show no questions, with what the documentation gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.other_editors.conftest import NEW, Orchard, configuration
from tests.other_editors.helix import Helix
from tests.support.hedgerow import shell
from tests.support.home import Home

pytestmark = pytest.mark.other_editors


@pytest.fixture
def helix(helix_program: Path, environment: dict[str, str], home: Home, orchard: Orchard) -> Iterator[Helix]:
    settings = home.home / ".config/helix"
    settings.mkdir(parents=True)
    (settings / "languages.toml").write_text(configuration("toml"))
    with Helix.started(helix_program, orchard.file, environment) as started:
        yield started


MENU = "Comment on line"
"""Stands in every menu of code actions."""


def offered(helix: Helix, *titles: str) -> None:
    """Open the menu of code actions, and wait until it has these."""
    if MENU in helix.screen():
        helix.leave(MENU)
    helix.keys("Space", "a")
    helix.shows(MENU, *titles)


def test_code_actions_on_a_hunk(helix: Helix, orchard: Orchard) -> None:
    helix.keys("j")
    offered(helix, "Accept this hunk", "Reject this hunk", "Accept all of this file (2 hunks)")
    helix.keys("Enter")
    helix.shows("Accepted 1 change")
    assert orchard.file.read_text() == NEW
    helix.keys("g", "e")
    offered(helix, "Accept this hunk", "Accept all of this file (1 hunk)")
    helix.keys("Down", "Enter")
    helix.until(lambda: orchard.file.read_text() == NEW.replace("six\n", ""), "the rejected line to go")
    helix.command("reload")
    helix.until(lambda: "six" not in helix.screen(), "the file as it is")


def test_it_lists_its_commands_and_creates(helix: Helix, orchard: Orchard) -> None:
    helix.command("lsp-workspace-command")
    helix.shows("hedgerow.list", "hedgerow.create", "hedgerow.cleanUp")
    helix.leave("hedgerow.history")
    made = orchard.local.parent / "orchard.worktrees"
    helix.command("lsp-workspace-command hedgerow.create")
    helix.until(lambda: made.is_dir() and [one for one in made.iterdir() if (one / "pear.txt").exists()], "a worktree")


def test_what_it_cannot_ask_is_not_done(helix: Helix, orchard: Orchard, home: Home) -> None:
    assert shell(home, orchard.local, "create", "fix-login").exit_code == 0
    made = orchard.local.parent / "orchard.worktrees" / "fix-login"
    (made / "precious.txt").write_text("precious\n")
    helix.command("lsp-workspace-command hedgerow.cleanUp")
    helix.shows("Nothing was changed.")
    assert (made / "precious.txt").exists()


def test_a_comment_is_shown_and_resolved(helix: Helix, orchard: Orchard, home: Home) -> None:
    said = shell(home, orchard.worktree, "comment", ".", "numbers.txt", "Why so loud?", "--lines", "2")
    assert said.exit_code == 0, said.errors
    helix.keys("g", "g", "j")
    helix.shows("Why so loud?")
    offered(helix, "Resolve comment: Why so loud?")
    helix.keys("Enter")  # quick fixes come first
    helix.shows("resolved")
    helix.until(lambda: helix.screen().count("Why so loud?") <= 1, "the comment to go")


def test_a_refusal_is_shown(helix: Helix, orchard: Orchard) -> None:
    helix.keys("j")
    offered(helix, "Accept this hunk")
    orchard.file.write_text("an agent was here\n" + NEW)
    helix.keys("Enter")
    helix.shows("changed since this hunk was shown")

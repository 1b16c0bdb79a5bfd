"""What is offered where the cursor is, to one that knows no Hedgerow: hunks, lines, the file, comments."""

from __future__ import annotations

import shlex

import pytest
from tests.lsp.framed import Client, RefusedError
from tests.lsp.reviewing import NEW, OLD, PLAIN, Reviewer
from tests.support.hedgerow import shell
from tests.support.home import Home
from tests.support.repositories import Playground

ALL = ("Accept all of this file (3 hunks)", "Reject all of this file (3 hunks)")


@pytest.fixture
async def reviewer(client: Client, playground: Playground) -> Reviewer:
    reviewer = await Reviewer.begin(client, playground)
    await reviewer.open()
    return reviewer


@pytest.mark.parametrize(
    ("line", "on_a_hunk"), [(0, False), (1, True), (2, False), (4, True), (5, True), (6, False), (8, True), (10, True)]
)
async def test_at_the_cursor(reviewer: Reviewer, line: int, on_a_hunk: bool) -> None:
    """A deleted line is between two others, and at both."""
    offered = list(await reviewer.actions(line))
    here = ["Accept this hunk", "Reject this hunk"] if on_a_hunk else []
    assert offered == [*here, *ALL, f"Comment on line {line + 1}: says how on the shell"]


async def test_a_hunk_is_accepted_and_rejected(reviewer: Reviewer) -> None:
    await reviewer.run((await reviewer.actions(1))["Accept this hunk"])
    assert "Accept this hunk" not in await reviewer.actions(1)
    await reviewer.run((await reviewer.actions(9))["Reject this hunk"])
    assert reviewer.file.read_text() == NEW.replace("ten\neleven\ntwelve\n", "")
    await reviewer.type(reviewer.file.read_text())
    await reviewer.run((await reviewer.actions(5))["Accept all of this file (1 hunk)"])
    assert list(await reviewer.actions(5)) == ["Comment on line 6: says how on the shell"]


async def test_selected_lines_of_a_hunk(reviewer: Reviewer) -> None:
    offered = await reviewer.actions(9, 9, characters=(0, 3))
    assert {"Accept line 10", "Reject line 10", "Accept this hunk"} <= set(offered)
    await reviewer.run(offered["Accept line 10"])
    assert [(line, title) for line, title in await reviewer.lenses() if title == "Accept"] == [
        (1, "Accept"), (5, "Accept"), (8, "Accept"), (10, "Accept")
    ]  # fmt: skip
    # A selection that ends before the first character of a line does not take that line in.
    offered = await reviewer.actions(8, 11, characters=(0, 0))
    assert {"Accept the hunk at line 9", "Accept the hunk at line 11"} <= set(offered)
    assert not any(title.startswith("Accept line") for title in offered)


async def test_what_was_offered_for_another_version_is_refused(reviewer: Reviewer) -> None:
    offered = await reviewer.actions(9, 9, characters=(0, 3))
    reviewer.file.write_text("an agent has written\n" + NEW)
    for title in ("Accept line 10", "Reject line 10", "Accept this hunk", "Reject this hunk", *ALL):
        with pytest.raises(RefusedError) as refused:
            await reviewer.run(offered[title])
        assert "numbers.txt" in refused.value.message
    assert reviewer.file.read_text() == "an agent has written\n" + NEW


async def test_text_that_is_not_saved(reviewer: Reviewer) -> None:
    await reviewer.actions(1)
    await reviewer.type("typed\n" + NEW)
    offered = await reviewer.actions(2, 2, characters=(0, 3))
    assert "Accept this hunk" in offered
    with pytest.raises(RefusedError) as refused:
        await reviewer.run(offered["Reject this hunk"])
    assert refused.value.data["code"] == "unsavedText"
    assert reviewer.file.read_text() == NEW
    # Lines on disk are not those that the person sees, so none are offered.
    selected = await reviewer.actions(10, 10, characters=(0, 3))
    assert not any(title.startswith("Accept line") for title in selected)


async def test_kinds(reviewer: Reviewer) -> None:
    await reviewer.comment("Why?", lines="2")
    offered = await reviewer.actions(1)
    assert {action["kind"] for action in offered.values()} == {"refactor.hedgerow", "quickfix.hedgerow"}
    assert set(await reviewer.actions(1, only=["quickfix"])) == {"Resolve comment: Why?", "Delete comment: Why?"}
    assert "Accept this hunk" in await reviewer.actions(1, only=["refactor"])
    assert set(await reviewer.actions(1, only=[""])) == set(offered)
    assert await reviewer.actions(1, only=["source.organizeImports", "refactorings"]) == {}


async def test_commands_for_an_editor_of_before(client: Client, playground: Playground) -> None:
    """Without literals an answer has commands alone."""
    reviewer = await Reviewer.begin(client, playground, {})
    await reviewer.open()
    offered = await reviewer.actions(1)
    assert offered["Accept this hunk"]["command"] == "hedgerow.accept"
    await reviewer.run(offered["Accept this hunk"])
    assert "Accept this hunk" not in await reviewer.actions(1)


async def test_a_comment_needs_words(reviewer: Reviewer, home: Home) -> None:
    """An editor that cannot ask for them is told what to type elsewhere, and that works."""
    offered = await reviewer.actions(1, 2, characters=(0, 2))
    with pytest.raises(RefusedError) as refused:
        await reviewer.run(offered["Comment on lines 2-3: says how on the shell"])
    command = refused.value.message.split("on the shell: ")[1]
    _, *words = shlex.split(command)
    assert shell(home, reviewer.worktree, *words).exit_code == 0
    (comment,) = (await reviewer.client.command("comments"))["comments"]
    assert (comment["text"], comment["lines"], comment["path"]) == ("your words", "2-3", "numbers.txt")


async def test_comments_at_the_cursor(reviewer: Reviewer) -> None:
    await reviewer.comment("Why so loud?\nReally.", lines="2-3")
    await reviewer.comment("x" * 100, lines="9")
    shown = await reviewer.pulled()
    assert not any("comment:" in title for title in await reviewer.actions(4))
    assert f"Resolve comment: {'x' * 39}…" in await reviewer.actions(8)
    offered = await reviewer.actions(2, diagnostics=shown)
    resolve = offered["Resolve comment: Why so loud?"]
    assert [one["message"] for one in resolve["diagnostics"]] == ["Why so loud?\nReally."]
    await reviewer.run(resolve)
    assert [one["message"] for one in await reviewer.pulled()] == ["x" * 100]
    assert not any("comment:" in title for title in await reviewer.actions(2))
    await reviewer.run((await reviewer.actions(8))[f"Delete comment: {'x' * 39}…"])
    assert await reviewer.pulled() == []


async def test_an_empty_file(client: Client, playground: Playground) -> None:
    reviewer = await Reviewer.begin(client, playground, PLAIN, old=OLD, new="")
    await reviewer.open()
    assert list(await reviewer.actions(0)) == [
        "Accept this hunk", "Reject this hunk", "Accept all of this file (1 hunk)", "Reject all of this file (1 hunk)"
    ]  # fmt: skip
    assert list(await reviewer.actions(99)) == list(await reviewer.actions(0)), "a position past the end"

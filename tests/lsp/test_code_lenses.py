"""Lenses on hunks: where they are, what they do, for whom, and at what cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.lsp.conftest import StartServer
from tests.lsp.framed import Client, RefusedError
from tests.lsp.reviewing import NEW, OLD, PLAIN, Reviewer
from tests.support.home import Home
from tests.support.repositories import Playground

ROUNDS = 10
EVERYTHING = [
    (0, "Accept all (3 pending)"), (0, "Reject all"),
    (1, "Accept"), (1, "Reject"),
    (5, "Accept"), (5, "Reject"),
    (8, "Accept"), (8, "Reject"),
]  # fmt: skip


@pytest.fixture
async def reviewer(client: Client, playground: Playground) -> Reviewer:
    return await Reviewer.begin(client, playground)


async def test_every_hunk_has_its_own(reviewer: Reviewer) -> None:
    await reviewer.open()
    assert await reviewer.lenses() == EVERYTHING


async def test_accepting_takes_them_away(reviewer: Reviewer) -> None:
    await reviewer.open()
    lens = next(lens for lens in await reviewer.raw_lenses() if lens["command"]["title"] == "Accept")
    await reviewer.run(lens)
    assert await reviewer.lenses() == [
        (0, "Accept all (2 pending)"), (0, "Reject all"), (5, "Accept"), (5, "Reject"), (8, "Accept"), (8, "Reject")
    ]  # fmt: skip
    everything = next(lens for lens in await reviewer.raw_lenses() if lens["command"]["title"].startswith("Accept all"))
    await reviewer.run(everything)
    assert await reviewer.lenses() == []
    assert reviewer.file.read_text() == NEW


async def test_rejecting_puts_the_lines_back(reviewer: Reviewer) -> None:
    await reviewer.open()
    lenses = [lens for lens in await reviewer.raw_lenses() if lens["command"]["title"] == "Reject"]
    await reviewer.run(lenses[1])
    assert reviewer.file.read_text() == NEW.replace("five\n", "five\nsix\n")
    # The editor reads the file again.
    await reviewer.type(reviewer.file.read_text())
    assert [line for line, title in await reviewer.lenses() if title == "Accept"] == [1, 9]


async def test_one_of_a_version_gone_by_is_refused(reviewer: Reviewer) -> None:
    await reviewer.open()
    lenses = [lens for lens in await reviewer.raw_lenses() if lens["command"]["title"] in ("Accept", "Reject")]
    reviewer.file.write_text(NEW.replace("TWO", "an agent has written here"))
    before = reviewer.file.read_text()
    for lens in lenses[:2]:
        with pytest.raises(RefusedError, match="changed since"):
            await reviewer.run(lens)
    assert reviewer.file.read_text() == before


async def test_they_move_along_with_what_is_typed(reviewer: Reviewer) -> None:
    await reviewer.open()
    await reviewer.lenses()
    await reviewer.type(NEW.replace("four\n", "four\nand\na half\n"))
    assert [line for line, title in await reviewer.lenses() if title == "Accept"] == [1, 7, 10]
    await reviewer.save(NEW.replace("four\n", "four\nand\na half\n"))
    assert [line for line, title in await reviewer.lenses() if title == "Accept"] == [1, 4, 7, 10]


async def test_base_documents_have_them_too(reviewer: Reviewer) -> None:
    seen = await reviewer.client.command("hunks", checkout=reviewer.checkout, path="numbers.txt")
    for uri in (seen["baseUri"], seen["reviewedUri"]):
        await reviewer.open_uri(uri, OLD)
        lines = [line for line, title in await reviewer.lenses(uri) if title == "Accept"]
        assert lines == [1, 5, 9], "the changed line, the deleted one, and the end, where lines were added"
    lens = next(one for one in await reviewer.raw_lenses(seen["baseUri"]) if one["command"]["title"] == "Reject")
    await reviewer.run(lens)
    assert reviewer.file.read_text() == NEW.replace("TWO", "two")


async def test_a_file_without_lines(reviewer: Reviewer) -> None:
    script = reviewer.worktree / "other.txt"
    script.chmod(0o755)
    uri = await reviewer.open(script)
    assert await reviewer.lenses(uri) == [(0, "Accept all (pending)"), (0, "Reject all")]


async def test_carriage_returns_alone_end_lines_too(client: Client, playground: Playground) -> None:
    reviewer = await Reviewer.begin(client, playground, old="a\rb\nc\nd\n", new="a\rb\nc\nD\n")
    await reviewer.open()
    assert [line for line, title in await reviewer.lenses() if title == "Accept"] == [3]


NOTHING: dict[str, Any] = {"experimental": {"hedgerow": {"protocolVersion": 1, "commands": []}}}
SOME: dict[str, Any] = {
    "experimental": {"hedgerow": {"protocolVersion": 1, "commands": ["hedgerow.accept", "hedgerow.comment"]}}
}


async def test_only_what_the_client_runs_is_offered(client: Client, playground: Playground) -> None:
    reviewer = await Reviewer.begin(client, playground, SOME)
    await reviewer.open()
    assert {title for _, title in await reviewer.lenses()} == {"Accept all (3 pending)", "Accept", "Comment"}
    lens = next(one for one in await reviewer.raw_lenses() if one["command"]["title"] == "Comment")
    (arguments,) = lens["command"]["arguments"]
    assert arguments == {"checkout": reviewer.checkout, "path": "numbers.txt", "lines": "2", "quote": "TWO"}
    made = await client.command("comment", **arguments, text="Why so loud?")
    assert made["comment"]["excerpt"] == "TWO"


async def test_a_client_that_runs_nothing_is_offered_nothing(client: Client, playground: Playground) -> None:
    reviewer = await Reviewer.begin(client, playground, NOTHING)
    await reviewer.open()
    assert await reviewer.lenses() == []
    assert await reviewer.actions(1) == {}


async def test_nothing_elsewhere(reviewer: Reviewer, tmp_path: Path, playground: Playground) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("outside\n")
    other = playground.repository("not-open", {"a.txt": "a\n"})
    (other / "a.txt").write_text("b\n")
    for file in (outside, other / "a.txt", reviewer.local / ".git" / "config", reviewer.local / "numbers.txt"):
        uri = await reviewer.open(file)
        assert await reviewer.lenses(uri) == []
    assert await reviewer.lenses((reviewer.worktree / "not-open.txt").as_uri()) == []
    assert await reviewer.lenses("untitled:1") == []


async def test_the_persons_own_work_has_none_until_it_is_anothers(reviewer: Reviewer) -> None:
    """Who types in Local does not review that; work that was handed off to it is reviewed there."""
    reviewer.client.on_request["window/showMessageRequest"] = lambda _: {"title": "Carry out"}
    own = reviewer.local / "other.txt"
    own.write_text("typed by the person\n")
    uri = await reviewer.open(own)
    assert await reviewer.lenses(uri) == []
    assert {"Accept this hunk", "Reject this hunk"} <= set(await reviewer.actions(0, uri=uri))
    own.write_text("other\n")
    done = await reviewer.client.command("handOff", checkout=reviewer.checkout)
    assert done["operation"], done
    uri = await reviewer.open(reviewer.local / "numbers.txt")
    lenses = await reviewer.lenses(uri)
    assert [line for line, title in lenses if title == "Accept"] == [1, 5, 8]


async def test_nothing_in_an_untrusted_folder(client: Client, playground: Playground) -> None:
    reviewer = await Reviewer.begin(client, playground, options={"trustedFolders": []})
    await reviewer.open()
    assert await reviewer.lenses() == []
    assert await reviewer.actions(1) == {}
    assert await reviewer.pulled() == []


async def test_typing_runs_no_git(
    start_server: StartServer, home: Home, playground: Playground, tmp_path: Path
) -> None:
    """A git on the PATH that counts: once a file is known, keys cost none."""
    count = tmp_path / "count"
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").write_text(f'#!/bin/sh\necho "$@" >>{count}\nexec /usr/bin/git "$@"\n')
    (programs / "git").chmod(0o755)
    path = f"{programs}:{home.environment()['PATH']}"
    async with Client.start(env=home.environment({"PATH": path}), cwd=home.root) as client:
        reviewer = await Reviewer.begin(client, playground)
        await reviewer.open()
        await reviewer.comment("here", lines="2")
        for look in (reviewer.lenses, reviewer.pulled):
            assert await look()
        await reviewer.actions(1)
        assert count.read_text(), "the control: it is counted"

        def counted() -> int:
            return len(count.read_text().splitlines())

        # What the opening and the comment bring about may still be under way: a later round has keys alone.
        for _ in range(ROUNDS):
            before = counted()
            for number in range(20):
                await reviewer.type(NEW.replace("four", f"four {number}"))
                await reviewer.lenses()
                await reviewer.pulled()
                await reviewer.actions(1)
            if counted() == before:
                return
        raise AssertionError(f"git in each of {ROUNDS} rounds; at last {count.read_text().splitlines()[before:]}")


async def test_the_client_is_told_to_ask_again(start_server: StartServer, playground: Playground) -> None:
    refreshing = {**PLAIN, "workspace": {"codeLens": {"refreshSupport": True}}}
    async with start_server() as client, start_server() as other:
        client.on_request["workspace/codeLens/refresh"] = lambda _: None
        reviewer = await Reviewer.begin(client, playground, refreshing)
        await reviewer.open()
        assert await reviewer.lenses() == EVERYTHING
        await other.initialize(reviewer.local)
        before = len(client.messages)
        await other.command("accept", checkout=reviewer.checkout, all=True)
        await client.wait_for(lambda m: m.get("method") == "workspace/codeLens/refresh", after=before)
        assert await reviewer.lenses() == []

"""Comments in any editor: pulled or pushed, over the right characters, kept in step with edits and other editors."""

from __future__ import annotations

from typing import Any

import pytest
from tests.lsp.conftest import StartServer
from tests.lsp.framed import Client
from tests.lsp.reviewing import NEW, OLD, PLAIN, Reviewer
from tests.support.home import Home
from tests.support.repositories import Playground

PULLS: dict[str, Any] = {
    "textDocument": {**PLAIN["textDocument"], "diagnostic": {"dynamicRegistration": False}},
    "workspace": {"diagnostics": {"refreshSupport": True}},
}
ACCENTS = "    naïve = '木🌳'  # ünïcødé\n"


def spans(found: list[Any]) -> list[tuple[int, int, int, int]]:
    return [
        (one["range"]["start"]["line"], one["range"]["start"]["character"],
         one["range"]["end"]["line"], one["range"]["end"]["character"])
        for one in found
    ]  # fmt: skip


async def pushed(reviewer: Reviewer, *messages: str, after: int = 0) -> list[Any]:
    """What was published for the file, once it is these messages."""

    def these(params: Any) -> bool:
        return params["uri"] == reviewer.file.as_uri() and [one["message"] for one in params["diagnostics"]] == [
            *messages
        ]

    params = await reviewer.client.notification("textDocument/publishDiagnostics", these, after=after)
    return list(params["diagnostics"])


async def test_pulled(client: Client, playground: Playground) -> None:
    reviewer = await Reviewer.begin(client, playground, PULLS)
    client.on_request["workspace/diagnostic/refresh"] = lambda _: None
    await reviewer.open()
    assert await reviewer.pulled() == []
    identity = await reviewer.comment("Why?\nReally.", lines="2-3")
    await reviewer.comment("The whole file.")
    await client.wait_for(lambda m: m.get("method") == "workspace/diagnostic/refresh")
    whole, lines = await reviewer.pulled()
    assert lines == {
        "range": {"start": {"line": 1, "character": 0}, "end": {"line": 2, "character": 5}},
        "severity": 3, "code": "draft", "source": "Hedgerow", "message": "Why?\nReally.",
        "data": {"comment": identity},
    }  # fmt: skip
    assert whole["range"]["start"] == {"line": 0, "character": 0}
    assert not any(m.get("method") == "textDocument/publishDiagnostics" for m in client.messages)
    await client.command("sendComments", checkout=reviewer.checkout, delivered=True)
    assert {one["code"] for one in await reviewer.pulled()} == {"sent"}


async def test_pushed_to_an_editor_that_does_not_ask(client: Client, playground: Playground) -> None:
    reviewer = await Reviewer.begin(client, playground)
    await reviewer.open()
    identity = await reviewer.comment("Why?", lines="2")
    assert spans(await pushed(reviewer, "Why?")) == [(1, 0, 1, 3)]
    before = len(client.messages)
    await reviewer.type("typed\n" + NEW)
    assert spans(await pushed(reviewer, "Why?", after=before)) == [(2, 0, 2, 3)]
    before = len(client.messages)
    await client.command("editComment", id=identity, text="Why twice?")
    await pushed(reviewer, "Why twice?", after=before)
    before = len(client.messages)
    await client.notify("textDocument/didClose", {"textDocument": {"uri": reviewer.file.as_uri()}})
    await pushed(reviewer, after=before)
    before = len(client.messages)
    await reviewer.open()
    await pushed(reviewer, "Why twice?", after=before)


async def test_they_follow_the_agent(client: Client, playground: Playground) -> None:
    reviewer = await Reviewer.begin(client, playground, PULLS)
    await reviewer.open()
    await reviewer.comment("Why?", lines="2")
    reviewer.file.write_text("an agent\nhas written\n" + NEW)
    await reviewer.type("an agent\nhas written\n" + NEW)
    assert spans(await reviewer.pulled()) == [(3, 0, 3, 3)]
    reviewer.file.write_text(OLD)
    await reviewer.type(OLD)
    (gone,) = await reviewer.pulled()
    assert (gone["code"], gone["severity"]) == ("outdated", 4)


async def test_other_editors_are_told(start_server: StartServer, playground: Playground) -> None:
    async with start_server() as client, start_server() as other:
        reviewer = await Reviewer.begin(client, playground)
        await reviewer.open()
        await other.initialize(reviewer.local)
        await other.command("list", wait=True)
        made = await other.command(
            "comment", checkout=reviewer.checkout, path="numbers.txt", lines="2", text="From elsewhere."
        )
        await pushed(reviewer, "From elsewhere.")
        revision = (await client.notification("hedgerow/commentsChanged"))["revision"]
        assert (await client.command("comments"))["revision"] == revision
        before = len(client.messages)
        await other.command("editComment", id=made["comment"]["id"], resolved=True)
        await pushed(reviewer, after=before)


@pytest.mark.parametrize(("encoding", "start", "end"), [("utf-8", 4, 37), ("utf-16", 4, 28), ("utf-32", 4, 27)])
async def test_positions_are_counted_as_agreed(
    client: Client, playground: Playground, encoding: str, start: int, end: int
) -> None:
    capabilities = {**PULLS, "general": {"positionEncodings": [encoding]}}
    reviewer = await Reviewer.begin(client, playground, capabilities, new=NEW + ACCENTS)
    await reviewer.open()
    await reviewer.comment("Why?", lines="12")
    assert spans(await reviewer.pulled()) == [(11, start, 11, end)]
    text = ACCENTS.removesuffix("\n")
    assert end == len(text.encode(f"{encoding}-le" if encoding != "utf-8" else encoding)) // {
        "utf-8": 1, "utf-16": 2, "utf-32": 4
    }[encoding]  # fmt: skip


async def test_hidden_characters_are_not_shown(client: Client, playground: Playground) -> None:
    reviewer = await Reviewer.begin(client, playground, PULLS)
    await reviewer.open()
    await reviewer.comment("\x1b[31mred\x1b[0m\u202e and\x00 more", lines="2")
    (shown,) = await reviewer.pulled()
    assert shown["message"] == "red and more"


async def test_on_the_base(client: Client, playground: Playground) -> None:
    reviewer = await Reviewer.begin(client, playground, PULLS)
    uri = (await client.command("hunks", checkout=reviewer.checkout, path="numbers.txt"))["baseUri"]
    await reviewer.open_uri(uri, OLD)
    await reviewer.open()
    await reviewer.comment("Why did it go?", lines="6", side="base")
    assert spans(await reviewer.pulled(uri)) == [(5, 0, 5, 3)]
    assert await reviewer.pulled() == []


async def test_a_client_that_shows_them_itself(client: Client, playground: Playground) -> None:
    own = {**PULLS, "experimental": {"hedgerow": {"protocolVersion": 1, "commands": [], "comments": True}}}
    reviewer = await Reviewer.begin(client, playground, own)
    await reviewer.open()
    await reviewer.comment("Why?", lines="2")
    assert await reviewer.pulled() == []
    await client.notification("hedgerow/commentsChanged")


async def test_crlf_and_an_editor_that_hides_it(client: Client, playground: Playground, home: Home) -> None:
    """Some editors tell the text of such a file with plain newlines: it is not unsaved for that."""
    reviewer = await Reviewer.begin(client, playground, PULLS, new=NEW.replace("\n", "\r\n"))
    await reviewer.open(text="\ufeff" + NEW)
    await reviewer.comment("Why?", lines="2")
    assert spans(await reviewer.pulled()) == [(1, 0, 1, 3)]

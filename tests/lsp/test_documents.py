"""The server knows which files have text in the editor that is not on disk, and refuses to work over them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.lsp.framed import Client, RefusedError
from tests.support.repositories import Playground


@pytest.fixture
async def worktree(client: Client, playground: Playground) -> Path:
    repository = playground.repository()
    await client.initialize(repository, options={"asks": True})
    made = await client.command("create", name="fix-login")
    return Path(made["paths"][0])


async def opened(client: Client, path: Path, text: str) -> None:
    item = {"uri": path.as_uri(), "languageId": "plaintext", "version": 1, "text": text}
    await client.notify("textDocument/didOpen", {"textDocument": item})
    with pytest.raises(RefusedError):
        await client.request("no/such", {})  # It has been read when this is answered.


async def typed(client: Client, path: Path, *changes: dict[str, Any]) -> None:
    document = {"uri": path.as_uri(), "version": 2}
    await client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": list(changes)})


def insertion(text: str) -> dict[str, Any]:
    start = {"line": 0, "character": 0}
    return {"range": {"start": start, "end": start}, "text": text}


async def cleaned_up(client: Client, worktree: Path) -> bool:
    planned = await client.command("cleanUp", checkouts=["fix-login"])
    if planned["plan"]:
        await client.command("cleanUp", checkouts=["fix-login"], token=planned["plan"]["token"])
    return not worktree.exists()


async def refused(client: Client) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await client.command("cleanUp", checkouts=["fix-login"])
    assert caught.value.data["code"] == "unsavedText"
    return caught.value


@pytest.mark.parametrize("change", [insertion("typed "), {"text": "all of it typed anew\n"}], ids=["part", "whole"])
async def test_typed_text_is_refused_and_named(client: Client, worktree: Path, change: dict[str, Any]) -> None:
    file = worktree / "sub" / "b.txt"
    await opened(client, file, file.read_text())
    await typed(client, file, change)

    error = await refused(client)

    assert "b.txt" in error.message
    assert error.data["paths"] == [str(file)]
    assert file.read_text() == "two\n"


async def test_text_typed_between_the_plan_and_the_agreement_is_refused(client: Client, worktree: Path) -> None:
    (worktree / "draft.txt").write_text("draft\n")
    planned = await client.command("cleanUp", checkouts=["fix-login"])
    file = worktree / "a.txt"
    await opened(client, file, file.read_text())
    await typed(client, file, insertion("typed "))

    with pytest.raises(RefusedError) as caught:
        await client.command("cleanUp", checkouts=["fix-login"], token=planned["plan"]["token"])

    assert caught.value.data["code"] == "unsavedText"
    assert worktree.exists()


async def test_saved_text_is_in_nobodys_way(client: Client, worktree: Path) -> None:
    file = worktree / "a.txt"
    await opened(client, file, file.read_text())
    await typed(client, file, insertion("typed "))
    await refused(client)

    file.write_text("typed one\n")
    await client.notify("textDocument/didSave", {"textDocument": {"uri": file.as_uri()}})

    assert await cleaned_up(client, worktree)


async def test_closing_without_saving_gives_the_text_up(client: Client, worktree: Path) -> None:
    file = worktree / "a.txt"
    await opened(client, file, file.read_text())
    await typed(client, file, insertion("typed "))
    await refused(client)

    await client.notify("textDocument/didClose", {"textDocument": {"uri": file.as_uri()}})

    assert await cleaned_up(client, worktree)


async def test_text_restored_from_the_last_session_is_unsaved_from_the_start(client: Client, worktree: Path) -> None:
    await opened(client, worktree / "a.txt", "one\nand what was typed yesterday\n")

    await refused(client)


async def test_a_new_file_with_text_is_unsaved(client: Client, worktree: Path) -> None:
    await opened(client, worktree / "not yet.txt", "typed\n")

    error = await refused(client)

    assert error.data["paths"] == [str(worktree / "not yet.txt")]


@pytest.mark.parametrize(
    ("on_disk", "in_editor"),
    [
        (b"one\n", "one\n"),
        (b"one\r\ntwo\r\n", "one\ntwo\n"),
        (b"\xef\xbb\xbfone\n", "one\n"),
        (b"one", "one\n"),
        (b"one\n", "one"),
        (b"caf\xe9\n", "café\n"),
        (b"", ""),
        (b"", "\n"),
    ],
)
async def test_opening_is_no_change_however_the_editor_reads_it(
    client: Client, worktree: Path, on_disk: bytes, in_editor: str
) -> None:
    file = worktree / "read.txt"
    file.write_bytes(on_disk)
    await opened(client, file, in_editor)

    assert await cleaned_up(client, worktree)


async def test_an_agent_that_writes_below_an_open_document_makes_no_unsaved_text(
    client: Client, worktree: Path
) -> None:
    file, gone = worktree / "a.txt", worktree / "sub" / "b.txt"
    await opened(client, file, file.read_text())
    await opened(client, gone, gone.read_text())
    file.write_text("by an agent\n")
    gone.unlink()

    assert await cleaned_up(client, worktree)


async def test_an_editor_that_reloads_a_file_has_nothing_unsaved(client: Client, worktree: Path) -> None:
    file = worktree / "a.txt"
    await opened(client, file, file.read_text())
    file.write_text("by an agent\n")
    await typed(client, file, {"text": "by an agent\n"})

    assert await cleaned_up(client, worktree)


async def test_unsaved_text_elsewhere_is_in_nobodys_way(client: Client, worktree: Path, playground: Playground) -> None:
    local = playground.directory / "project" / "a.txt"
    beside = worktree.with_name("fix-login-2") / "a.txt"
    for file in (local, beside):
        await opened(client, file, "one\n")
        await typed(client, file, insertion("typed "))
    for uri in ("untitled:Untitled-1", "vscode-notebook-cell:/x#1", "not a uri"):
        item = {"uri": uri, "languageId": "plaintext", "version": 1, "text": "typed"}
        await client.notify("textDocument/didOpen", {"textDocument": item})

    assert await cleaned_up(client, worktree)


async def test_a_folder_opened_through_a_link_is_the_same_folder(client: Client, worktree: Path) -> None:
    link = worktree.parent.parent / "link"
    link.symlink_to(worktree)
    await opened(client, link / "a.txt", "one\n")
    await typed(client, link / "a.txt", insertion("typed "))

    await refused(client)


async def test_a_name_with_escapes_is_found(client: Client, worktree: Path) -> None:
    file = worktree / "a%20b #ü?.txt"
    file.write_text("one\n")
    await opened(client, file, "one\n")
    await typed(client, file, insertion("typed "))

    error = await refused(client)
    assert error.data["paths"] == [str(file)]

    await client.notify("textDocument/didClose", {"textDocument": {"uri": file.as_uri()}})
    assert await cleaned_up(client, worktree)

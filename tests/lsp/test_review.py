"""Reviewing as a language client does it: hunks, accept, reject and undo, base documents, and news of all that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.lsp.conftest import StartServer
from tests.lsp.framed import Client, RefusedError
from tests.support.home import Home
from tests.support.oracle import Oracle, difference, hedgerows_own, of_checkout
from tests.support.repositories import Playground

TEN = "".join(f"line {number}\n" for number in range(1, 11))
CAPABLE = {"workspace": {"textDocumentContent": {}}, "experimental": {"hedgerow": {"protocolVersion": 1}}}


async def begin(client: Client, repository: Path, capabilities: Any = CAPABLE) -> Any:
    return await client.initialize(repository, capabilities=capabilities, options={"asks": True})


@pytest.fixture
def repository(playground: Playground) -> Path:
    made = playground.repository()
    playground.commit(
        made, "base", {"ten.txt": TEN, "crlf.txt": "a\r\nb\r\n", "latin.txt": "caf\xe9\n".encode("latin-1")}
    )
    return made


async def test_a_review_from_the_first_look_to_undo(
    start_server: StartServer, repository: Path, home: Home, playground: Playground
) -> None:
    oracle = Oracle(home, playground.executable)
    async with start_server() as client:
        answer = await begin(client, repository)
        assert answer["capabilities"]["workspace"]["textDocumentContent"] == {"schemes": ["hedgerow-base"]}
        refresh = "workspace/textDocumentContent/refresh"
        client.on_request[refresh] = lambda _: None
        made = await client.command("create", name="session")
        worktree = Path(made["paths"][0])
        (worktree / "ten.txt").write_text(TEN.replace("line 2\n", "LINE 2\n").replace("line 8\n", ""))
        changed = await client.command("diff", checkout="session")
        assert [(file["path"], file["added"], file["removed"]) for file in changed["files"]] == [("ten.txt", 1, 2)]
        shown = await client.command("hunks", checkout="session", path="ten.txt", words=True)
        first, second = shown["hunks"]
        assert (first["oldStart"], first["newStart"], first["text"]) == (2, 2, "-line 2\n+LINE 2\n")
        assert first["words"]["new"] == [{"line": 0, "start": 0, "end": 4}]
        for uri, text in ((shown["baseUri"], TEN), (shown["reviewedUri"], TEN)):
            assert (await client.request("workspace/textDocumentContent", {"uri": uri}))["text"] == text

        before = oracle.observe(repository)
        done = await client.command("accept", checkout="session", paths=["ten.txt"], hunks=[first["id"]])
        assert done["message"] == "Accepted 1 change in ten.txt (session)"
        news = await client.notification("hedgerow/reviewChanged", lambda params: params["paths"] == ["ten.txt"])
        assert news["checkout"] == changed["checkout"]
        await client.notification(refresh, lambda params: params["uri"] == shown["reviewedUri"])
        text = await client.request("workspace/textDocumentContent", {"uri": shown["reviewedUri"]})
        assert text["text"] == TEN.replace("line 2\n", "LINE 2\n")
        assert difference(before, oracle.observe(repository), except_for=[hedgerows_own]) == []

        done = await client.command("reject", checkout="session", paths=["ten.txt"], hunks=[second["id"]])
        assert (worktree / "ten.txt").read_text() == TEN.replace("line 2\n", "LINE 2\n")
        others = [hedgerows_own, of_checkout(worktree)]
        assert difference(before, oracle.observe(repository), except_for=others) == []
        await client.command("undo")
        assert difference(before, oracle.observe(repository), except_for=[hedgerows_own]) == []
        with pytest.raises(RefusedError) as gone:
            await client.command("accept", checkout="session", paths=["ten.txt"], hunks=["hgone"])
        assert "look at it again" in gone.value.message


async def test_unsaved_text_is_named(start_server: StartServer, repository: Path) -> None:
    async with start_server() as client:
        await begin(client, repository)
        made = await client.command("create", name="session")
        place = Path(made["paths"][0]) / "ten.txt"
        place.write_text("edited\n")
        document = {"uri": place.as_uri(), "languageId": "text", "version": 1, "text": "edited\n"}
        await client.notify("textDocument/didOpen", {"textDocument": document})
        change = {"textDocument": {"uri": place.as_uri(), "version": 2}, "contentChanges": [{"text": "typed\n"}]}
        await client.notify("textDocument/didChange", change)
        with pytest.raises(RefusedError, match=r"ten\.txt is not saved"):
            await client.command("reject", checkout="session", paths=["ten.txt"])
        assert place.read_text() == "edited\n"
        await client.command("accept", checkout="session", paths=["ten.txt"])


async def test_base_documents_are_exact(start_server: StartServer, repository: Path) -> None:
    async with start_server() as client:
        answer = await begin(client, repository, {})
        assert "textDocumentContent" not in (answer["capabilities"].get("workspace") or {})
        await client.command("create", name="session")
        for path, text, encoding in (
            ("crlf.txt", "a\r\nb\r\n", "utf-8"), ("latin.txt", "caf\xe9\n", "latin-1"), ("none.txt", "", "utf-8"),
        ):  # fmt: skip
            answer = await client.command("baseContent", checkout="session", path=path)
            assert (answer["text"], answer["encoding"], answer["exists"]) == (text, encoding, path != "none.txt")
        for uri in (
            "hedgerow-base:/nobody/base/a",
            "file:///etc/passwd",
            "hedgerow-base:/x/other/a",
            "hedgerow-base:/",
        ):
            with pytest.raises(RefusedError):
                await client.request("workspace/textDocumentContent", {"uri": uri})


async def test_an_untrusted_workspace_is_only_listed(start_server: StartServer, repository: Path) -> None:
    async with start_server() as client:
        await client.initialize(repository, options={"asks": True, "trustedFolders": []})
        for verb, params in (
            ("diff", {}), ("hunks", {"path": "ten.txt"}), ("baseContent", {"path": "ten.txt"}),
            ("accept", {"all": True}), ("reject", {"all": True}),
        ):  # fmt: skip
            with pytest.raises(RefusedError) as refused:
                await client.command(verb, checkout="Local", **params)
            assert refused.value.data["code"] == "untrusted", verb

"""The main job as a language client does it: create, list, clean up with a plan, restore, undo."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, make_test_lsp_client
from tests.lsp.framed import LIMIT
from tests.support.repositories import Playground


def make_editor() -> LanguageClient:
    client = make_test_lsp_client()
    client.list_changes = asyncio.Queue()

    @client.feature("hedgerow/listChanged")
    def list_changed(params: Any) -> None:
        client.list_changes.put_nowait(params)

    @client.feature("hedgerow/serverStatus")
    def status(params: Any) -> None:
        """Accepted."""

    return client


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[sys.executable, "-m", "hedgerow.lsp"], client_factory=make_editor)
)
async def editor(lsp_client: LanguageClient, playground: Playground) -> AsyncIterator[None]:
    repository = playground.repository()
    capabilities = types.ClientCapabilities(
        window=types.WindowClientCapabilities(work_done_progress=True),
        experimental={"hedgerow": {"protocolVersion": 1}},
    )
    answer = await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=capabilities,
            workspace_folders=[types.WorkspaceFolder(uri=repository.as_uri(), name="project")],
            initialization_options={"asks": True},
        )
    )
    assert answer.capabilities.execute_command_provider is not None
    yield
    await asyncio.wait_for(lsp_client.shutdown_session(), LIMIT)


async def call(client: LanguageClient, verb: str, **params: Any) -> Any:
    request = types.ExecuteCommandParams(command=f"hedgerow.{verb}", arguments=[params])
    return await asyncio.wait_for(client.workspace_execute_command_async(request), LIMIT)


async def agree(client: LanguageClient, verb: str, **params: Any) -> Any:
    planned = await call(client, verb, **params)
    assert planned["plan"]["needsAgreement"]
    assert planned["operation"] is None
    return await call(client, verb, **params, token=planned["plan"]["token"])


async def told(client: LanguageClient, identity: str) -> Any:
    """The news that speak of a checkout."""

    async def wait() -> Any:
        while True:
            news = await client.list_changes.get()
            if identity in news.removed or any(row.id == identity for row in news.changed):
                return news

    return await asyncio.wait_for(wait(), LIMIT)


async def test_create_list_clean_up_restore_undo(editor: LanguageClient, playground: Playground) -> None:
    repository = playground.directory / "project"
    before = await call(editor, "list", wait=True)
    assert [row["kind"] for row in before["checkouts"]] == ["local"]

    made = await call(editor, "create", name="fix-login")
    identity, worktree = made["checkouts"][0], Path(made["paths"][0])
    assert playground.head(worktree) == playground.head(repository)
    news = await told(editor, identity)
    assert news.revision > before["revision"]

    (worktree / "draft.txt").write_text("not committed\n")
    (worktree / "a.txt").write_text("one, and more\n")
    listed = await call(editor, "list", wait=True)
    row = next(row for row in listed["checkouts"] if row["id"] == identity)
    assert (row["kind"], row["counts"]["untracked"], row["counts"]["unstaged"]) == ("managed", 1, 1)

    cleaned = await agree(editor, "cleanUp", checkouts=["fix-login"])
    assert cleaned["operation"]["state"] == "done"
    assert not worktree.exists()

    restored = await call(editor, "restore", snapshot=cleaned["operation"]["snapshots"][0])
    again = Path(restored["paths"][0])
    assert (again / "draft.txt").read_text() == "not committed\n"
    assert (again / "a.txt").read_text() == "one, and more\n"

    undone = await agree(editor, "undo")
    assert undone["operation"]["undoes"] == restored["operation"]["id"]
    assert not again.exists()
    await call(editor, "undo", operation=cleaned["operation"]["id"])
    assert (worktree / "draft.txt").read_text() == "not committed\n"
    history = await call(editor, "history")
    assert [operation["command"] for operation in history["operations"]][-3:] == ["restore", "cleanUp", "create"]
    assert not editor.messages, "nothing had to be shown"

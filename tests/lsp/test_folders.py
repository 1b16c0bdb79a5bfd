"""One server for several repositories and folders; two servers for one repository."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.lsp.conftest import StartServer
from tests.lsp.framed import Client
from tests.support.repositories import Playground

WITHIN = 10.0
"""Seconds; a second is what is promised on a machine that has nothing else to do."""


async def repositories(client: Client) -> set[str]:
    return {row["path"] for row in (await client.command("list"))["repositories"]}


async def folders_changed(client: Client, added: list[Path], removed: list[Path]) -> None:
    event = {
        "added": [{"uri": path.as_uri(), "name": path.name} for path in added],
        "removed": [{"uri": path.as_uri(), "name": path.name} for path in removed],
    }
    await client.notify("workspace/didChangeWorkspaceFolders", {"event": event})


async def test_every_open_folder_is_listed(client: Client, playground: Playground) -> None:
    one, two = playground.repository("one"), playground.repository("two words ü")
    outside = playground.directory / "no repository"
    outside.mkdir()

    await client.initialize(one, two, two / "sub", outside)

    listed = await client.command("list", wait=True)
    assert [row["path"] for row in listed["repositories"]] == [str(one), str(two)], "what is none is no row"
    assert {row["path"] for row in listed["checkouts"]} == {str(one), str(two)}


async def test_folders_may_come_and_go(client: Client, playground: Playground) -> None:
    one, two, three = (playground.repository(name) for name in ("one", "two", "three"))
    await client.initialize(one)
    assert await repositories(client) == {str(one)}

    await folders_changed(client, [two, three], [one])
    assert await repositories(client) == {str(two), str(three)}

    await folders_changed(client, [], [two, one])
    assert await repositories(client) == {str(three)}


async def test_a_client_without_folders_may_name_a_root(client: Client, playground: Playground) -> None:
    repository = playground.repository()

    await client.initialize(rootUri=repository.as_uri(), workspaceFolders=None)

    assert await repositories(client) == {str(repository)}


async def test_commands_say_which_repository_they_mean(client: Client, playground: Playground) -> None:
    one, two = playground.repository("one"), playground.repository("two")
    await client.initialize(one, two, options={"asks": True})

    made = await client.command("create", name="same-name", repository=str(two))
    also = await client.command("create", name="same-name", repository=str(one))

    assert Path(made["paths"][0]).parent == two.parent / "two.worktrees"
    assert Path(also["paths"][0]).parent == one.parent / "one.worktrees"


async def test_two_servers_see_what_the_other_changes(start_server: StartServer, playground: Playground) -> None:
    repository = playground.repository()
    async with start_server() as here, start_server() as there:
        for client in (here, there):
            await client.initialize(repository, options={"asks": True})
            await client.command("list", wait=True)

        made = await here.command("create", name="fix-login")
        identity = made["checkouts"][0]
        await listed(there, identity)
        await listed(here, identity)

        await there.command("rename", checkout=identity, label="Login")
        await here.notification(
            "hedgerow/listChanged",
            lambda news: any(row["id"] == identity and row["label"] == "Login" for row in news["changed"]),
            WITHIN,
        )

        (Path(made["paths"][0]) / "draft.txt").write_text("draft\n")
        planned = await there.command("cleanUp", checkouts=[identity])
        await there.command("cleanUp", checkouts=[identity], token=planned["plan"]["token"])
        await here.notification("hedgerow/listChanged", lambda news: identity in news["removed"], WITHIN)

        for client in (here, there):
            assert revisions(client) == list(range(revisions(client)[0], revisions(client)[-1] + 1))
            assert await client.leave() == 0


async def listed(client: Client, identity: str) -> dict[str, Any]:
    """The row of a checkout that a notification told of."""
    news = await client.notification(
        "hedgerow/listChanged", lambda news: any(row["id"] == identity for row in news["changed"]), WITHIN
    )
    return next(row for row in news["changed"] if row["id"] == identity)


def revisions(client: Client) -> list[int]:
    return [m["params"]["revision"] for m in client.messages if m.get("method") == "hedgerow/listChanged"]


async def test_two_servers_may_change_one_repository_at_once(start_server: StartServer, playground: Playground) -> None:
    repository = playground.repository()
    async with start_server() as here, start_server() as there:
        for client in (here, there):
            await client.initialize(repository, options={"asks": True})

        made = await asyncio.gather(
            *(
                client.command("create", name=f"{name}-{number}")
                for number in range(3)
                for name, client in (("here", here), ("there", there))
            )
        )

        assert all(result["operation"]["state"] == "done" for result in made)
        for client in (here, there):
            rows = (await client.command("list", wait=True))["checkouts"]
            assert len(rows) == 7
            assert {row["state"] for row in rows} == {"ok"}
    assert playground.text("worktree", "list", cwd=repository).count("\n") == 6

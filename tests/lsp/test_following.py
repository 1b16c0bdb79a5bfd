"""Following over the wire: what another program writes into a followed checkout is told to the client that asked."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from tests.lsp.conftest import StartServer
from tests.lsp.framed import LIMIT, Client, Message, RefusedError
from tests.support.repositories import Playground

OURS = {"experimental": {"hedgerow": {"protocolVersion": 1}}}


class Follower:
    """Reads `hedgerow/edited` in order, each once."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._after = 0

    async def next(self, limit: float = LIMIT) -> Any:
        wanted = "hedgerow/edited"
        message = await self.client.wait_for(lambda m: m.get("method") == wanted, limit, self._after)
        self._after = next(n for n in range(self._after, len(self.client.messages))
                           if self.client.messages[n] is message) + 1  # fmt: skip
        return message["params"]

    async def nothing_but(self, checkout: Path, last: str = "the-last") -> list[Any]:
        """Everything told up to an edit that is made now, which comes after all that was made before."""
        # Files of one burst are told together in no promised order, so this one gets a burst of its own.
        await asyncio.sleep(0.4)
        (checkout / last).write_text("last\n")
        told = []
        while not (news := await self.next())["uri"].endswith(last):
            told.append(news)
        return told


async def following(client: Client, *folders: Path, checkout: str = "Local", capabilities: Any = OURS) -> Follower:
    await client.initialize(*folders, capabilities=capabilities, options={"asks": True})
    answer = await client.command("follow", checkout=checkout)
    assert len(answer["checkouts"]) == 1
    return Follower(client)


def lines(news: Any) -> tuple[int, int]:
    assert news["range"]["start"]["character"] == news["range"]["end"]["character"] == 0
    return news["range"]["start"]["line"], news["range"]["end"]["line"]


async def test_an_edit_is_told_with_its_lines(client: Client, playground: Playground) -> None:
    repository = playground.repository(files={"a.txt": "one\ntwo\nthree\nfour\n"})
    follower = await following(client, repository)

    (repository / "a.txt").write_text("one\ntwo\n3\nfour\n")
    first = await follower.next()
    (repository / "a.txt").write_text("one\ntwo\n3\nfour\nfive\nsix\n")
    second = await follower.next()

    assert (first["kind"], first["uri"], first["by"]) == ("changed", (repository / "a.txt").as_uri(), "agent")
    assert lines(first) == (2, 3)
    assert lines(second) == (4, 6)  # against what was seen last, not against the commit


async def test_what_was_changed_before_following_counts_as_seen(client: Client, playground: Playground) -> None:
    repository = playground.repository(files={"a.txt": "one\ntwo\nthree\n"})
    (repository / "a.txt").write_text("ONE\ntwo\nthree\n")
    (repository / "new.txt").write_text("a\nb\n")
    follower = await following(client, repository)

    (repository / "a.txt").write_text("ONE\ntwo\nTHREE\n")
    tracked = await follower.next()
    (repository / "new.txt").write_text("a\nb\nc\n")
    untracked = await follower.next()

    assert lines(tracked) == (2, 3)
    assert (untracked["kind"], lines(untracked)) == ("changed", (2, 3))


async def test_atomic_saves_are_one_change(client: Client, playground: Playground) -> None:
    repository = playground.repository(files={"a.txt": "one\ntwo\n"})
    follower = await following(client, repository)

    for number in range(3):
        temporary = repository / f".a.txt.{number}.tmp"
        temporary.write_text(f"one\n{number}\n")
        os.replace(temporary, repository / "a.txt")
        news = await follower.next()
        assert (news["kind"], Path(news["uri"]).name, lines(news)) == ("changed", "a.txt", (1, 2))

    backup = repository / "a.txt~"  # as Vim does
    os.rename(repository / "a.txt", backup)
    (repository / "a.txt").write_text("ONE\n2\n")
    backup.unlink()
    news = await follower.next()
    assert (news["kind"], Path(news["uri"]).name, lines(news)) == ("changed", "a.txt", (0, 1))
    assert await follower.nothing_but(repository) == []


async def test_files_come_go_and_are_renamed(client: Client, playground: Playground) -> None:
    repository = playground.repository(files={"a.txt": "one\n", "sub/b.txt": "two\n"})
    follower = await following(client, repository)

    (repository / "deep" / "er").mkdir(parents=True)
    (repository / "deep" / "er" / "new.txt").write_text("1\n2\n")
    made = await follower.next()
    os.rename(repository / "a.txt", repository / "c.txt")
    renamed = await follower.next()
    (repository / "c.txt").unlink()
    gone = await follower.next()
    os.rename(repository / "sub", repository / "other")
    moved = await follower.next()

    assert (made["kind"], made["uri"], lines(made)) == (
        "created",
        (repository / "deep" / "er" / "new.txt").as_uri(),
        (0, 2),
    )
    assert (renamed["kind"], renamed["fromUri"]) == ("renamed", (repository / "a.txt").as_uri())
    assert renamed["uri"] == (repository / "c.txt").as_uri()
    assert (gone["kind"], gone["uri"], gone["range"]) == ("deleted", (repository / "c.txt").as_uri(), None)
    assert (moved["kind"], moved["uri"]) == ("renamed", (repository / "other" / "b.txt").as_uri())
    assert moved["fromUri"] == (repository / "sub" / "b.txt").as_uri()
    assert await follower.nothing_but(repository) == []


async def test_a_directory_that_is_deleted(client: Client, playground: Playground) -> None:
    repository = playground.repository(files={"sub/a.txt": "one\n", "sub/deep/b.txt": "two\n", "c.txt": "three\n"})
    follower = await following(client, repository)

    os.rename(repository / "sub", repository.parent / "elsewhere")
    told = [await follower.next(), await follower.next()]

    assert {(news["kind"], news["uri"]) for news in told} == {
        ("deleted", (repository / "sub" / "a.txt").as_uri()),
        ("deleted", (repository / "sub" / "deep" / "b.txt").as_uri()),
    }


async def test_only_real_edits_of_files_that_git_does_not_ignore(client: Client, playground: Playground) -> None:
    repository = playground.repository()
    (repository / "node_modules").mkdir()
    follower = await following(client, repository)

    os.utime(repository / "a.txt")
    (repository / "a.txt").write_text((repository / "a.txt").read_text())
    (repository / "a.txt").chmod(0o755)
    (repository / "x.ignored").write_text("no\n")
    (repository / ".env").write_text("no\n")
    (repository / "node_modules" / "x.js").write_text("no\n")
    (repository / "empty").mkdir()
    playground.git("status", cwd=repository)

    assert await follower.nothing_but(repository) == []


async def test_rules_that_change_are_obeyed(client: Client, playground: Playground) -> None:
    repository = playground.repository(files={".gitignore": "out/\n", "a.txt": "one\n"})
    playground.write(repository, {"out/one.txt": "1\n", "build/two.txt": "2\n"})
    follower = await following(client, repository)

    (repository / ".gitignore").write_text("build/\n")
    assert (await follower.next())["uri"] == (repository / ".gitignore").as_uri()
    (repository / "build" / "two.txt").write_text("22\n")
    (repository / "out" / "one.txt").write_text("11\n")

    assert (await follower.next())["uri"] == (repository / "out" / "one.txt").as_uri()
    assert await follower.nothing_but(repository) == []


async def test_binary_and_very_large_files(client: Client, playground: Playground) -> None:
    large = b"line\n" * (2 * 2**20)
    repository = playground.repository(files={"large.txt": large, "picture": b"\x89PNG\0\0"})
    follower = await following(client, repository)

    (repository / "picture").write_bytes(b"\x89PNG\0\1")
    picture = await follower.next()
    with (repository / "large.txt").open("ab") as file:
        file.write(b"more\n")
    grown = await follower.next()

    assert (picture["kind"], picture["range"]) == ("binary", None)
    assert grown["kind"] == "changed"
    assert lines(grown) == (0, 2 * 2**20 + 1)


async def test_very_many_files_are_counted(client: Client, playground: Playground) -> None:
    repository = playground.repository()
    follower = await following(client, repository)

    (repository / "many").mkdir()
    for number in range(1000):
        (repository / "many" / f"{number}.txt").write_text(f"{number}\n")

    told = [await follower.next()]
    while sum(news["count"] or 1 for news in told) < 1000:
        told.append(await follower.next())
    assert sum(news["count"] or 1 for news in told) == 1000
    assert [news["uri"] for news in told if news["kind"] == "many"][-1] == repository.as_uri()
    assert len(told) <= 55

    await asyncio.sleep(1.1)  # a second later, files are told one by one again
    (repository / "many" / "7.txt").write_text("7\nseven\n")
    news = await follower.next()
    assert (news["kind"], lines(news)) == ("changed", (1, 2))


@pytest.mark.parametrize("saved", ["before", "after", "open"])
async def test_the_persons_own_save_is_theirs(client: Client, playground: Playground, saved: str) -> None:
    """The editor may tell of the save before or after it has written the file."""
    repository = playground.repository()
    follower = await following(client, repository)
    document = {"uri": (repository / "a.txt").as_uri()}
    if saved != "before":
        opened = {**document, "languageId": "text", "version": 1, "text": "one\n"}
        await client.notify("textDocument/didOpen", {"textDocument": opened})
        changed = {"textDocument": {**document, "version": 2}, "contentChanges": [{"text": "mine\n"}]}
        await client.notify("textDocument/didChange", changed)
    if saved == "before":
        await client.notify("textDocument/didSave", {"textDocument": document})
    (repository / "a.txt").write_text("mine\n")
    if saved == "after":
        await asyncio.sleep(0.1)
        await client.notify("textDocument/didSave", {"textDocument": document})

    news = await follower.next()
    (repository / "sub" / "b.txt").write_text("theirs\n")
    other = await follower.next()
    (repository / "a.txt").write_text("theirs\n")
    again = await follower.next()

    assert news["by"] == ("agent" if saved == "open" else "you")
    assert other["by"] == "agent"
    assert again["by"] == "agent"


async def test_following_ends_and_begins_again(client: Client, playground: Playground) -> None:
    repository = playground.repository()
    worktree = playground.worktree(repository, "other")
    follower = await following(client, repository)

    (worktree / "a.txt").write_text("not followed\n")
    answer = await client.command("follow", checkout="by-hand-other")
    assert len(answer["checkouts"]) == 2
    (worktree / "a.txt").write_text("followed\n")
    assert (await follower.next())["uri"] == (worktree / "a.txt").as_uri()

    answer = await client.command("follow", checkout="Local", on=False)
    assert len(answer["checkouts"]) == 1
    (repository / "a.txt").write_text("not followed\n")
    assert await follower.nothing_but(worktree) == []

    assert (await client.command("follow", all=True, on=False))["checkouts"] == []
    (worktree / "a.txt").write_text("nobody\n")
    await client.command("follow", checkout="Local")
    assert await follower.nothing_but(repository) == []


async def test_all_means_those_that_come_too(client: Client, playground: Playground) -> None:
    repository = playground.repository()
    await client.initialize(repository, capabilities=OURS, options={"asks": True})
    answer = await client.command("follow", all=True)
    assert (len(answer["checkouts"]), answer["all"]) == (1, True)
    follower = Follower(client)

    worktree = playground.worktree(repository, "later")
    await client.notification(
        "hedgerow/listChanged",
        lambda news: any(row["path"] == str(worktree) and not row["pending"] for row in news["changed"]),
    )
    async with asyncio.timeout(LIMIT):
        while len((await client.command("follow", all=True))["checkouts"]) < 2:
            await asyncio.sleep(0.05)
    (worktree / "a.txt").write_text("seen\n")

    assert (await follower.next())["uri"] == (worktree / "a.txt").as_uri()


async def test_a_followed_worktree_that_is_moved_and_removed(client: Client, playground: Playground) -> None:
    repository = playground.repository()
    worktree = playground.worktree(repository, "one")
    follower = await following(client, repository, checkout=worktree.name)
    moved = worktree.with_name("moved")

    playground.git("worktree", "move", worktree, moved, cwd=repository)
    await client.notification(
        "hedgerow/listChanged",
        lambda news: any(row["path"] == str(moved) and not row["pending"] for row in news["changed"]),
    )
    assert len((await client.command("follow", checkout="moved"))["checkouts"]) == 1
    (moved / "a.txt").write_text("after the move\n")
    news = await follower.next()
    while news["uri"] != (moved / "a.txt").as_uri():
        news = await follower.next()
    assert lines(news) == (0, 1)

    playground.git("worktree", "remove", "--force", moved, cwd=repository)
    await client.notification("hedgerow/listChanged", lambda news: bool(news["removed"]))
    answer = await client.command("follow", checkout="Local")
    assert len(answer["checkouts"]) == 1
    after = len(client.messages)
    (repository / "a.txt").write_text("still told\n")
    await client.notification("hedgerow/edited", lambda news: news["uri"].endswith("project/a.txt"), after=after)


async def test_each_server_tells_only_its_own_client(start_server: StartServer, playground: Playground) -> None:
    repository = playground.repository()
    async with start_server() as here, start_server() as there:
        follower = await following(here, repository)
        other = await following(there, repository)
        await there.command("follow", all=True, on=False)

        (repository / "a.txt").write_text("edited\n")

        assert (await follower.next())["kind"] == "changed"
        assert await follower.nothing_but(repository) == []
        await there.command("follow", checkout="Local")
        (repository / "sub" / "b.txt").write_text("both\n")
        assert (await follower.next())["uri"].endswith("b.txt")
        assert (await other.next())["uri"].endswith("b.txt")


# Editors that know nothing of us


def shown(client: Client) -> list[Message]:
    return [message["params"] for message in client.messages if message.get("method") == "window/showDocument"]


async def test_a_plain_editor_is_shown_the_file(client: Client, playground: Playground) -> None:
    repository = playground.repository(files={"a.txt": "one\ntwo\n", "b.txt": "b\n"})
    client.on_request["window/showDocument"] = lambda _: {"success": True}
    await client.initialize(repository, capabilities={"window": {"showDocument": {"support": True}}})
    await client.command("follow", checkout="Local")

    (repository / "a.txt").write_text("one\n2\n")
    request = await client.wait_for(lambda m: m.get("method") == "window/showDocument")

    assert request["params"]["uri"] == (repository / "a.txt").as_uri()
    assert request["params"]["takeFocus"] is False
    assert request["params"]["selection"]["start"] == {"line": 1, "character": 0}


async def test_a_plain_editor_is_asked_which_one(client: Client, playground: Playground) -> None:
    repository = playground.repository()
    worktree = playground.worktree(repository, "one")
    asked: list[Any] = []

    def choose(params: Any) -> Any:
        asked.append(params)
        return next(action for action in params["actions"] if action["title"] == worktree.name)

    client.on_request["window/showMessageRequest"] = choose
    await client.initialize(repository)

    answer = await client.request("workspace/executeCommand", {"command": "hedgerow.follow", "arguments": []})

    assert answer["message"] == f"Following {worktree.name}."
    assert {action["title"] for action in asked[0]["actions"]} >= {"Local", worktree.name}


async def test_a_plain_editor_is_not_hurried(client: Client, playground: Playground) -> None:
    """One question at a time: while the first is not answered, only the newest of the rest waits."""
    repository = playground.repository()
    client.on_request["window/showDocument"] = lambda _: NotImplemented
    await client.initialize(repository, capabilities={"window": {"showDocument": {"support": True}}})
    await client.command("follow", checkout="Local")
    follower = Follower(client)

    for number in range(5):
        (repository / f"{number}.txt").write_text("x\n")
        await follower.next()
    assert [each["uri"] for each in shown(client)] == [(repository / "0.txt").as_uri()]

    question = await client.wait_for(lambda m: m.get("method") == "window/showDocument")
    await client.send({"jsonrpc": "2.0", "id": question["id"], "result": {"success": True}})
    await client.wait_for(lambda m: m.get("method") == "window/showDocument" and m is not question)

    assert [Path(each["uri"]).name for each in shown(client)] == ["0.txt", "4.txt"]


@pytest.mark.parametrize("capabilities", [{}, {**OURS, "window": {"showDocument": {"support": True}}}])
async def test_who_cannot_or_follows_by_itself_is_shown_nothing(
    client: Client, playground: Playground, capabilities: Any
) -> None:
    repository = playground.repository()
    follower = await following(client, repository, capabilities=capabilities)

    (repository / "a.txt").write_text("edited\n")
    await follower.next()

    assert await follower.nothing_but(repository) == []
    assert shown(client) == []


# What cannot be followed


async def test_bad_input(client: Client, playground: Playground) -> None:
    repository = playground.repository()
    await client.initialize(repository, options={"asks": True})

    for params in ({}, {"checkout": "Local", "all": True}):
        with pytest.raises(RefusedError, match="say which checkout to follow") as caught:
            await client.command("follow", **params)
        assert caught.value.data["code"] == "badParams"
    with pytest.raises(RefusedError) as caught:
        await client.command("follow", checkout="nowhere")
    assert caught.value.data["code"] == "noSuchCheckout"


async def test_an_untrusted_repository_is_not_followed(client: Client, playground: Playground) -> None:
    repository = playground.repository()
    await client.initialize(repository, options={"asks": True, "trustedFolders": []})

    with pytest.raises(RefusedError, match="not trusted") as caught:
        await client.command("follow", checkout="Local")

    assert caught.value.data["code"] == "untrusted"
    assert (await client.command("follow", all=True))["checkouts"] == []

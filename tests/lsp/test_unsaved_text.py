"""Text that is only in the editor keeps work from being moved over it, at either end; saved or closed, it does not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.lsp.framed import Client, RefusedError
from tests.support.home import Home
from tests.support.oracle import Observation, Oracle, difference, hedgerows_own
from tests.support.repositories import Playground


@dataclass(frozen=True)
class Move:
    """One command that moves work.

    Attributes:
        before: commands to be there first.
    """

    verb: str
    params: dict[str, Any]
    before: tuple[tuple[str, dict[str, Any]], ...] = ()


MOVES = {
    "handOff": Move("handOff", {"checkout": "session"}),
    "handOff, home": Move("handOff", {"checkout": "session"}, (("handOff", {"checkout": "session"}),)),
    "sync": Move("sync", {"from": "session"}),
    "sync, overwriting": Move("sync", {"from": "session", "method": "overwrite"}),
    "land": Move("land", {"checkout": "session"}),
}


class Desk:
    """An editor with a repository, and a worktree with a commit of its own."""

    def __init__(self, home: Home, client: Client, local: Path, worktree: Path) -> None:
        self.client, self.local, self.worktree = client, local, worktree
        self.oracle = Oracle(home)

    def place(self, end: str) -> Path:
        return self.local if end == "Local" else self.worktree

    def observe(self) -> Observation:
        return self.oracle.observe(self.local)

    def changed(self, before: Observation) -> list[str]:
        return difference(before, self.observe(), except_for=[hedgerows_own])

    async def do(self, verb: str, params: dict[str, Any]) -> Any:
        """Carried out, agreed to where it asks."""
        done = await self.client.command(verb, **params)
        if done["plan"]:
            done = await self.client.command(verb, **params, token=done["plan"]["token"])
        assert done["operation"], done
        return done

    async def type_into(self, file: Path) -> None:
        """Open it and type a word at its beginning, without saving."""
        item = {"uri": file.as_uri(), "languageId": "plaintext", "version": 1, "text": file.read_text()}
        await self.client.notify("textDocument/didOpen", {"textDocument": item})
        start = {"line": 0, "character": 0}
        change = {"range": {"start": start, "end": start}, "text": "typed "}
        document = {"uri": file.as_uri(), "version": 2}
        await self.client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    async def save(self, file: Path) -> None:
        file.write_text(f"typed {file.read_text()}")
        await self.client.notify("textDocument/didSave", {"textDocument": {"uri": file.as_uri()}})

    async def close(self, file: Path) -> None:
        await self.client.notify("textDocument/didClose", {"textDocument": {"uri": file.as_uri()}})

    async def refused(self, move: Move, file: Path, **more: Any) -> None:
        """The move is refused with the file named, and nothing has changed."""
        before = self.observe()
        with pytest.raises(RefusedError) as caught:
            await self.client.command(move.verb, **move.params, **more)
        assert caught.value.data["code"] == "unsavedText", caught.value.message
        assert file.name in caught.value.message
        assert caught.value.data["paths"] == [str(file)]
        assert self.changed(before) == []


@pytest.fixture
async def desk(home: Home, client: Client, playground: Playground) -> Desk:
    repository = playground.repository()
    await client.initialize(repository, options={"asks": True})
    made = await client.command("create", name="session", branch="work")
    worktree = Path(made["paths"][0])
    playground.commit(worktree, "work", {"committed.txt": "c\n"})
    return Desk(home, client, repository, worktree)


@pytest.mark.parametrize("end", ["worktree", "Local"])
@pytest.mark.parametrize("name", MOVES)
async def test_refused_and_named_at_either_end_until_it_is_closed(desk: Desk, name: str, end: str) -> None:
    move = MOVES[name]
    for verb, params in move.before:
        await desk.do(verb, params)
    file = desk.place(end) / "sub" / "b.txt"
    await desk.type_into(file)
    await desk.refused(move, file)
    await desk.refused(move, file, dryRun=True)

    await desk.close(file)

    await desk.do(move.verb, move.params)


@pytest.mark.parametrize(
    ("name", "end", "arrives"),
    [
        ("handOff", "worktree", "Local"),
        ("handOff, home", "Local", "worktree"),
        ("sync", "worktree", "Local"),
        ("sync", "Local", "Local"),
        ("sync, overwriting", "worktree", "Local"),
        ("land", "Local", "Local"),
    ],
)
async def test_what_was_saved_goes_along(desk: Desk, name: str, end: str, arrives: str) -> None:
    """And what the destination has of its own stays, where the command keeps it."""
    move = MOVES[name]
    for verb, params in move.before:
        await desk.do(verb, params)
    file = desk.place(end) / "a.txt"
    await desk.type_into(file)
    await desk.refused(move, file)

    await desk.save(file)
    await desk.do(move.verb, move.params)

    assert (desk.place(arrives) / "a.txt").read_text() == "typed one\n"


@pytest.mark.parametrize("name", MOVES)
async def test_typed_between_the_plan_and_the_agreement(desk: Desk, name: str) -> None:
    move = MOVES[name]
    for verb, params in move.before:
        await desk.do(verb, params)
    planned = await desk.client.command(move.verb, **move.params, dryRun=True)
    file = desk.local / "a.txt"
    await desk.type_into(file)
    await desk.refused(move, file, token=planned["plan"]["token"])

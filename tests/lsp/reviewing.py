"""An editor at work on one file of a worktree, as the protocol sees it: what it shows, types, and is offered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.lsp.framed import Client
from tests.support.repositories import Playground

LITERALS = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}
PLAIN: dict[str, Any] = {"textDocument": {"codeAction": LITERALS}}
"""As Helix and Emacs say it, in short."""

OLD = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n"
NEW = "one\nTWO\nthree\nfour\nfive\nseven\neight\nnine\nten\neleven\ntwelve\n"
"""Line 2 changed, `six` deleted, three lines added at the end."""


class Reviewer:
    """Attributes:
    file: in the worktree `session`, where an agent has made `NEW` of `OLD`.
    """

    def __init__(self, client: Client, local: Path, worktree: Path) -> None:
        self.client, self.local, self.worktree = client, local, worktree
        self.file = worktree / "numbers.txt"
        self.checkout = ""
        self._version = 1

    @classmethod
    async def begin(
        cls, client: Client, playground: Playground, capabilities: Any = None, *, old: str = OLD, new: str = NEW,
        options: Any = None,
    ) -> Reviewer:  # fmt: skip
        local = playground.repository("project", {"numbers.txt": old, "other.txt": "other\n"})
        worktree = playground.worktree(local, "session")
        await client.initialize(local, capabilities=PLAIN if capabilities is None else capabilities, options=options)
        reviewer = cls(client, local, worktree)
        reviewer.file.write_text(new, newline="")
        rows = (await client.command("list", wait=True))["checkouts"]
        reviewer.checkout = next(row["id"] for row in rows if row["path"] == str(worktree))
        return reviewer

    async def open(self, file: Path | None = None, text: str | None = None) -> str:
        """Open a file; answers its URI."""
        place = file or self.file
        shown = place.read_bytes().decode() if text is None else text
        await self.open_uri(place.as_uri(), shown)
        return place.as_uri()

    async def open_uri(self, uri: str, text: str) -> None:
        item = {"uri": uri, "languageId": "plaintext", "version": 1, "text": text}
        await self.client.notify("textDocument/didOpen", {"textDocument": item})

    async def type(self, text: str, uri: str | None = None) -> None:
        """The whole text, as it is after typing."""
        self._version += 1
        document = {"uri": uri or self.file.as_uri(), "version": self._version}
        await self.client.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]}
        )

    async def save(self, text: str) -> None:
        self.file.write_text(text, newline="")
        await self.client.notify("textDocument/didSave", {"textDocument": {"uri": self.file.as_uri()}})

    async def lenses(self, uri: str | None = None) -> list[tuple[int, str]]:
        """Line, from 0, and title."""
        return [(lens["range"]["start"]["line"], lens["command"]["title"]) for lens in await self.raw_lenses(uri)]

    async def raw_lenses(self, uri: str | None = None) -> list[Any]:
        document = {"uri": uri or self.file.as_uri()}
        found = await self.client.request("textDocument/codeLens", {"textDocument": document})
        assert isinstance(found, list)
        return found

    async def actions(
        self, first: int, last: int | None = None, *, uri: str | None = None, only: Sequence[str] | None = None,
        diagnostics: Sequence[Any] = (), characters: tuple[int, int] = (0, 0),
    ) -> dict[str, Any]:  # fmt: skip
        """What is offered on lines, from 0, by title."""
        start = {"line": first, "character": characters[0]}
        end = {"line": first if last is None else last, "character": characters[1]}
        context: dict[str, Any] = {"diagnostics": list(diagnostics)}
        if only is not None:
            context["only"] = list(only)
        found = await self.client.request(
            "textDocument/codeAction",
            {
                "textDocument": {"uri": uri or self.file.as_uri()},
                "range": {"start": start, "end": end},
                "context": context,
            },
        )
        return {action["title"]: action for action in found}

    async def run(self, offered: Any) -> Any:
        """What an editor does with a lens, an action or a command."""
        command = offered["command"] if isinstance(offered["command"], dict) else offered
        return await self.client.request(
            "workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]}
        )

    async def comment(self, text: str, **params: Any) -> str:
        """Made in the session, by another door; answers its id."""
        made = await self.client.command(
            "comment", **{"checkout": self.checkout, "path": "numbers.txt", "text": text, **params}
        )
        return str(made["comment"]["id"])

    async def pulled(self, uri: str | None = None) -> list[Any]:
        params = {"textDocument": {"uri": uri or self.file.as_uri()}}
        report = await self.client.request("textDocument/diagnostic", params)
        assert report["kind"] == "full"
        return list(report["items"])

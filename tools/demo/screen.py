"""What a person sees: headings, progress as it happens, plans with the answers given, and what was found true."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text
from tools.client import Client

from hedgerow.cli.text import visible
from hedgerow.cli.views.listing import changes, show_list
from hedgerow.cli.views.plan import show_plan
from hedgerow.protocol.checkouts import CheckoutKind, ListResult
from hedgerow.protocol.plans import Plan

WIDTH = 80
_DIFFERENCES_SHOWN = 5


class UntrueError(Exception):
    """Something that Hedgerow promises was not so."""


class Screen:
    """Prints for a person at a terminal, or plain lines for a log.

    Args:
        pause: seconds to leave for reading before something is answered or begun.
        folder: shown as `…` where it begins a path.
    """

    def __init__(self, *, pause: float | None, folder: Path) -> None:
        self.console = Console(highlight=False, markup=False, emoji=False)
        self.live = self.console.is_terminal
        self.console.width = min(self.console.width, 100) if self.live else WIDTH
        self._pause = (1.5 if self.live else 0.0) if pause is None else pause
        self._folder = str(folder)
        self.found_true = 0

    def say(self, text: str = "", style: str = "") -> None:
        self.console.print(Text(text, style=style))

    async def step(self, number: int, title: str, why: str) -> None:
        await self.rest()
        self.say()
        self.console.print(Rule(Text(f"{number}. {title}", style="bold"), align="left", style="green"))
        self.say(why, "dim")

    async def rest(self, times: float = 1.0) -> None:
        await asyncio.sleep(self._pause * times)

    @contextlib.asynccontextmanager
    async def working(self, client: Client, what: str) -> AsyncIterator[None]:
        """Shows the server's progress while a command runs: each message once, and a spinner."""
        told: list[str] = []
        status = self.console.status(Text(what)) if self.live else contextlib.nullcontext()

        def tell(message: str) -> None:
            if message not in told:
                told.append(message)
                line = Text(f"  … {visible(self.short(message))}", style="cyan", no_wrap=True, overflow="ellipsis")
                self.console.print(line)

        client.progress = tell
        try:
            with status:
                yield
        finally:
            client.progress = lambda _message: None

    async def agree(self, plan: Plan, question: str, answer: str, why: str) -> None:
        """Show a plan as the shell does, and the answer that the demo gives in the person's place."""
        with self.console.capture() as captured:
            show_plan(self._short(plan), self.console)
        shown = Text.from_ansi(captured.get().rstrip("\n"))
        self.console.print(Padding(shown, (0, 0, 0, 2), expand=False) if not plan.setup else shown)
        await self.rest(3)
        self.console.print(Text.assemble((f"{question} ", "bold"), (answer, "bold yellow"), (f"   ({why})", "dim")))
        await self.rest(0.5)

    def true(self, text: str, differences: Sequence[str] = ()) -> None:
        """One line of what was verified; anything that differs ends the demo.

        Raises:
            UntrueError: with what was claimed.
        """
        if not differences:
            self.found_true += 1
            self.console.print(Text.assemble(("  ✓ ", "bold green"), visible(text)))
            return
        self.console.print(Text.assemble(("  ✗ NOT TRUE: ", "bold red"), visible(text)))
        for line in differences[:_DIFFERENCES_SHOWN]:
            self.console.print(Text(f"      {visible(line)}", style="red"))
        if len(differences) > _DIFFERENCES_SHOWN:
            self.say(f"      and {len(differences) - _DIFFERENCES_SHOWN} more", "red")
        raise UntrueError(text)

    def listed(self, client: Client) -> Text:
        """The list as the shell shows it."""
        result = ListResult(
            revision=0,
            repositories=list(client.repositories.values()),
            checkouts=list(client.rows.values()),
            sessions=list(client.sessions.values()),
        )
        console = Console(
            file=io.StringIO(), width=self.console.width, force_terminal=self.live, highlight=False, markup=False,
            emoji=False,
        )  # fmt: skip
        with console.capture() as captured:
            show_list(result, console)
        return Text.from_ansi(captured.get().rstrip("\n"))

    @contextlib.asynccontextmanager
    async def living_list(self, client: Client) -> AsyncIterator[Callable[[], None]]:
        """Keeps the list on the screen true; without a terminal, a line for each change of a checkout."""
        if self.live:
            with Live(self.listed(client), console=self.console, auto_refresh=False) as live:
                client.list_told = lambda: live.update(self.listed(client), refresh=True)
                try:
                    yield client.list_told
                finally:
                    client.list_told = lambda: None
            return
        told = ""

        def tell() -> None:
            nonlocal told
            rows = sorted(client.rows.values(), key=lambda row: row.label)
            now = "   ".join(f"{row.label} {changes(row) or '-'}" for row in rows if row.kind is not CheckoutKind.LOCAL)
            if now != told:
                self.say(f"  {now}")
            told = now

        tell()
        client.list_told = tell
        try:
            yield tell
        finally:
            client.list_told = lambda: None

    def _short(self, plan: Plan) -> Plan:
        """Paths inside the demo's folder without it: they would fill the screen."""
        effects = [effect.model_copy(update={"text": self.short(effect.text)}) for effect in plan.effects]
        return plan.model_copy(update={"effects": effects})

    def short(self, text: str) -> str:
        return text.replace(self._folder + os.sep, "…/")

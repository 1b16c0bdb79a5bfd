"""Drives the product as its callers do: in this process through the application, or as a fresh process.

The product is imported where it is used, so that tests of everything else never load it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .home import Home

if TYPE_CHECKING:
    from hedgerow.app import App
    from hedgerow.git.runner import Git
    from hedgerow.protocol.caller import Caller
    from hedgerow.protocol.checkouts import CheckoutRow, ListResult
    from hedgerow.protocol.plans import ChangeResult
    from hedgerow.protocol.settings import Settings


class Hedgerow:
    """The application in this process.

    Commands are methods' first argument, params go by name as in their models::

        await hedgerow.call("create", repository, name="fix-login", carry="copy")
        await hedgerow.agree("cleanUp", repository, checkouts=["fix-login"])
    """

    def __init__(self, app: App, git: Git, settings: Settings) -> None:
        self.app = app
        self.git = git
        self.settings = settings

    @classmethod
    @asynccontextmanager
    async def opened(cls, home: Home, **settings: Any) -> AsyncIterator[Hedgerow]:
        from hedgerow.app import App  # noqa: PLC0415
        from hedgerow.git.runner import Git  # noqa: PLC0415
        from hedgerow.protocol.settings import Settings  # noqa: PLC0415

        chosen = Settings(**settings)
        git = Git(processes=chosen.git_processes)
        app = await App.open(settings=chosen, state_directory=home.hedgerow_state, git=git)
        try:
            yield cls(app, git, chosen)
        finally:
            await app.close()

    def caller(self, directory: Path, **fields: Any) -> Caller:
        from hedgerow.protocol.caller import Caller  # noqa: PLC0415

        return replace(Caller(directories=(directory,), settings=self.settings), **fields)

    async def call(self, verb: str, directory: Path, /, *, caller: Caller | None = None, **params: Any) -> Any:
        """Call a command as from ``directory``; its result, which may be a plan that nobody agreed to yet."""
        from hedgerow.protocol.commands import BY_VERB  # noqa: PLC0415

        model = BY_VERB[verb].params.model_validate(params)
        return await self.app.call(verb, model, caller or self.caller(directory))

    async def agree(
        self, verb: str, directory: Path, /, *, caller: Caller | None = None, **params: Any
    ) -> ChangeResult:
        """Call a command and agree to its plan, if it asks; the result of having done it."""
        result = await self.call(verb, directory, caller=caller, **params)
        if getattr(result, "plan", None) is not None:
            result = await self.call(verb, directory, caller=caller, **params, token=result.plan.token)
        assert getattr(result, "plan", None) is None, f"{verb} was agreed to and still asks: {result.plan}"
        return result  # type: ignore[no-any-return]

    async def rows(self, directory: Path, **params: Any) -> list[CheckoutRow]:
        """Every row of the list, complete."""
        listed: ListResult = await self.call("list", directory, wait=True, **params)
        return listed.checkouts

    async def row(self, directory: Path, path: Path) -> CheckoutRow:
        """The complete row of the checkout at ``path``."""
        found = [row for row in await self.rows(directory) if Path(row.path) == path]
        assert len(found) == 1, f"{len(found)} rows for {path}"
        return found[0]


class Answer:
    """What the shell command answered."""

    def __init__(self, finished: subprocess.CompletedProcess[str]) -> None:
        self.exit_code = finished.returncode
        self.output = finished.stdout
        self.errors = finished.stderr

    @property
    def json(self) -> Any:
        return json.loads(self.output)


def shell(home: Home, cwd: Path, *args: str, env: Mapping[str, str] | None = None, timeout: float = 120) -> Answer:
    """`hedgerow ARGS` as a process of its own that knows only what is on disk."""
    program = Path(sys.executable).parent / "hedgerow"
    return Answer(
        subprocess.run(
            [program, *args],
            cwd=cwd,
            env=home.environment(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    )


def agreed_on_shell(home: Home, cwd: Path, *args: str, env: Mapping[str, str] | None = None) -> Any:
    """`hedgerow ARGS --json --yes`, which must succeed; its result."""
    answer = shell(home, cwd, *args, "--json", "--yes", env=env)
    assert answer.exit_code == 0, f"hedgerow {' '.join(args)}: {answer.exit_code}\n{answer.output}\n{answer.errors}"
    return answer.json

"""The house keeps its shape: arrows between rooms only point downwards, and git is started in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / "server" / "hedgerow"

ALLOWED: dict[str, set[str]] = {
    "protocol": set(),
    "git": set(),
    "journal": {"git", "protocol"},
    "watch": {"git", "protocol"},
    "checkouts": {"git", "protocol"},
    "planning": {"checkouts", "journal", "watch", "git", "protocol"},
    "worktrees": {"planning", "checkouts", "journal", "watch", "git", "protocol"},
    "transfer": {"planning", "checkouts", "journal", "watch", "git", "protocol"},
    "review": {"planning", "checkouts", "journal", "watch", "git", "protocol"},
    "sessions": {"planning", "checkouts", "journal", "watch", "git", "protocol"},
    "flows": {
        "sessions",
        "review",
        "transfer",
        "worktrees",
        "planning",
        "checkouts",
        "journal",
        "watch",
        "git",
        "protocol",
    },
    "lsp": {"protocol", "watch"},
    "cli": {"protocol", "lsp"},
}
"""Which rooms each room may import. `app` hands rooms to each other; only the doors, lsp and cli, open it."""

DOORS = {"lsp", "cli"}
BESIDES = {"app": DOORS, "config": DOORS, "processes": {"git", "worktrees", "transfer", "sessions"}}
"""Modules that are no room, and who may import them."""


def modules() -> Iterator[Path]:
    return iter(sorted(SERVER.rglob("*.py")))


def imported(path: Path) -> Iterator[str]:
    """Names of our rooms that a module imports, wherever in it."""
    package = ("hedgerow", *path.relative_to(SERVER).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            whole = ".".join(part for part in (base, node.module or "") if part)
            names = [whole] if whole != "hedgerow" else [f"hedgerow.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "hedgerow" and len(parts) > 1:
                yield parts[1]


def room_of(path: Path) -> str:
    parts = path.relative_to(SERVER).parts
    return parts[0] if len(parts) > 1 else path.stem


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: str(path.relative_to(SERVER)))
def test_arrows_point_downwards(path: Path) -> None:
    room = room_of(path)
    if room in {"app", "__init__", *BESIDES}:
        return
    assert room in ALLOWED, f"{room} is a new room: say on which floor it stands"
    for target in imported(path):
        if target == room or target == "__version__":
            continue
        if target in BESIDES:
            assert room in BESIDES[target], f"{room} may not import {target}"
            continue
        assert target in ALLOWED[room], f"{room} may not import {target}"


def test_the_arrows_are_seen() -> None:
    """The test above would see a wrong arrow: the real ones are found."""
    assert "git" in set(imported(SERVER / "journal" / "operations.py"))
    assert "checkouts" in set(imported(SERVER / "worktrees" / "create.py"))


STARTERS = {
    "create_subprocess_exec",
    "create_subprocess_shell",
    "Popen",
    "run",
    "check_output",
    "check_call",
    "system",
    "popen",
}
MAY_START = {
    "git/runner.py": "git",
    "worktrees/setup.py": "the person's set-up script",
    "transfer/forge.py": "gh and glab",
    "sessions/notifying.py": "the program of the person's that is told of sessions",
    "sessions/agents/codex/launching.py": "Codex' own daemon, as a plain `codex` would",
    "sessions/terminals/tmux.py": "tmux, whose server outlives ours; other calls go through libtmux",
}
"""Modules that start a program, and which; all of them through `processes`."""


def starts_programs(path: Path) -> bool:
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in STARTERS:
            owner = ast.unparse(node.func.value)
            if owner in {"subprocess", "asyncio", "os", "asyncio.subprocess"}:
                if owner == "asyncio" and node.func.attr == "run":
                    continue
                return True
    return False


def test_nothing_else_starts_programs() -> None:
    assert [str(path.relative_to(SERVER)) for path in modules() if starts_programs(path)] == ["processes.py"]
    users = {str(path.relative_to(SERVER)) for path in modules() if "processes" in imported(path)}
    assert users == set(MAY_START)


def test_no_cancellation_is_swallowed() -> None:
    """`asyncio.wait_for` of Python 3.11 forgets a cancellation that comes together with what it waits for, so that
    whoever cancels and waits does so for ever; `asyncio.timeout` does not."""
    users = [
        str(path.relative_to(SERVER))
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "wait_for" and ast.unparse(node.value) == "asyncio"
    ]
    assert users == ["processes.py"], "there it is shielded from cancellations"

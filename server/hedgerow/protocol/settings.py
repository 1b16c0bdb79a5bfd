"""Settings a person can make: defaults, then the user's file, then the editor's."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .model import Model

REBUILDABLE = (
    "node_modules",
    ".venv",
    "venv",
    "target",
    "__pycache__",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".tox",
    ".nox",
    ".gradle",
    ".next",
    ".nuxt",
    ".turbo",
    ".parcel-cache",
    ".cache",
    ".terraform",
)


class RepositorySettings(Model):
    agent: str = ""
    """As the setting of this name, for this repository."""
    agent_arguments: dict[str, list[str]] = {}
    """As the setting of this name, for this repository."""


class Settings(Model):
    """Every field may stand in the user's `settings.toml` or be passed by the editor."""

    worktrees_directory: str = "{parent}/{repo}.worktrees"
    """Where worktrees are made, outside the repository. `{parent}` is what holds Local, `{repo}` is Local's name."""
    start_from: Literal["head", "fresh"] = "head"
    """Default start point: Local's HEAD, or the remote's default branch as last fetched."""
    retention: int | None = Field(default=15, ge=1)
    """How many managed worktrees to keep, most recently active first; `null` (or `0` in TOML) turns it off."""
    trash_hours: float = Field(default=24, ge=0, allow_inf_nan=False)
    """How long removed worktrees stay in the trash, in hours. Their snapshots stay longer."""
    large_file_mib: int = Field(default=50, ge=1)
    """Untracked files over this size, in MiB, are kept beside git instead of inside it."""
    rebuildable: list[str] = []
    """Further names of ignored directories that need not be kept (added to the built-in list)."""
    symlink_directories: list[str] = []
    """Ignored directories of Local that new worktrees link to instead of having their own."""
    setup: bool = True
    """Offer and run set-up scripts."""
    agent: str = ""
    """The agent that `start` starts when none is named: `codex`, `claude`, or the name of a launch line."""
    agent_arguments: dict[str, list[str]] = {}
    """Arguments that each agent is always started with, by its name: `{"codex": ["--model", "gpt-6"]}`."""
    launch_lines: dict[str, list[str]] = {}
    """Further agents: a name, and the program with its arguments; `{prompt}` stands for the prompt."""
    repositories: dict[str, RepositorySettings] = {}
    """What holds in one repository instead, by the path of its Local."""
    codex_home_per_worktree: bool = False
    """Give each worktree a `CODEX_HOME` of its own, outside of it: a daemon for each, and no shared history."""
    terminal: Literal["auto", "tmux", "editor"] = "auto"
    """What hosts agents: tmux where there is one, else a terminal of the editor."""
    notify: list[str] = []
    """A program, with arguments, that is run when a session starts to wait, is done, or failed. It gets the session as
    JSON on its standard input."""
    git_processes: int = Field(default=0, ge=0, le=64)
    """How many git programs may run at once; 0 means twice the number of processors, at most 8."""


class InitializationOptions(Model):
    """`initializationOptions` of our clients; a plain LSP editor may leave all of it out."""

    settings: dict[str, object] = {}
    """A `Settings`; bad entries are warned about and ignored, never fatal."""
    trusted_folders: list[str] | None = None
    """URIs the person trusts (VS Code). None: git's own ownership rule decides."""
    asks: bool = False
    """The client shows plans itself; otherwise the server asks with buttons."""

"""The agents that there are: those with a module of their own, and launch lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .agent import Agent
from .claude import CLAUDE
from .codex import CODEX
from .command import command_agents


def known_agents(launch_lines: Mapping[str, Sequence[str]]) -> dict[str, Agent]:
    """Every agent, by the name that a person types.

    Args:
        launch_lines: the person's own: a name, and a program with its arguments.
    """
    return {**command_agents(launch_lines), CODEX.name: CODEX, CLAUDE.name: CLAUDE}

"""The agents that there are: those with a module of their own, and launch lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .agent import Agent


def known_agents(launch_lines: Mapping[str, Sequence[str]]) -> dict[str, Agent]:
    """Every agent, by the name that a person types.

    Args:
        launch_lines: the person's own: a name, and a program with its arguments.
    """
    return {}

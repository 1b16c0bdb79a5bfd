"""Any program as an agent: other agents' command lines, and the person's own launch lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .command import CommandAgent
from .lines import PRESETS, own_line


def command_agents(launch_lines: Mapping[str, Sequence[str]]) -> dict[str, CommandAgent]:
    """Every launch line that there is, by name. One of the person's takes the place of a preset of that name.

    Args:
        launch_lines: the person's own: a name, and a program with its arguments.
    """
    lines = {line.name: line for line in PRESETS} | {name: own_line(name, argv) for name, argv in launch_lines.items()}
    return {name: CommandAgent(line) for name, line in lines.items()}


__all__ = ["CommandAgent", "command_agents"]

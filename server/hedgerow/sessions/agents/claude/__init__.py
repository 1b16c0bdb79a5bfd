"""Claude Code as an agent: what its files tell, how it is launched, and how it is steered."""

from .claude import CLAUDE

__all__ = ["CLAUDE"]

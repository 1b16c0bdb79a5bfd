"""Codex: its sessions in its shared daemon, and those that a window serves by itself.

`CODEX` is the agent; `docs/agents/codex.md` has what the real program does.
"""

from __future__ import annotations

from .agent import Codex

CODEX = Codex()

__all__ = ["CODEX", "Codex"]

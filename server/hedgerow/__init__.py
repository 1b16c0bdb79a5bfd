"""Hedgerow: parallel coding-agent sessions in your editor, each in its own git worktree."""

__version__ = "0.1.0"

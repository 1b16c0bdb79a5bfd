"""Worktrees from their making to their end: create, set-up, retention, removal, restore, repair.

Plans here, done by the journal. Imports checkouts, journal, git and protocol; never another room of its floor.
"""

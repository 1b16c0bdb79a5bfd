"""Laying one checkout's work down in another: hand-off, sync, commit, landing, push.

Makes plans; everything that changes a checkout goes through the journal. What it needs of worktrees (making one,
retiring one) it is given by a flow.
"""

"""What was done and can be undone: the user's state, snapshots, plans, operations, recovery.

Everything that changes a checkout goes through here. Imports git and protocol, nothing above.
"""

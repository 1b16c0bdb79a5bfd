"""What crosses the wire: models, errors and the one table of commands.

No behaviour lives here and nothing of ours is imported: every other room may depend on this one.
"""

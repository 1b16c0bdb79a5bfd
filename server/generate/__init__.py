"""Writes what is derived from the one table of commands: types for the clients, their command entries, documentation.

One module renders one file; ``python -m generate`` (with ``server`` on the path) writes them, ``--check`` names the
stale ones. Nothing of the running server may import this package.
"""

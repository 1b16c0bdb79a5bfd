"""What every maker of plans works with: the parts of the application, snapshots in the person's words, branches.

Stands between the facts below (checkouts, journal) and the rooms whose commands change something. It decides nothing
about what a command does.
"""

"""The reviewed tree, and hunks.

What an agent has done, hunk by hunk, and what the person has accepted of it. Changes go through the journal; the
checkout's own index is neither written nor relied upon.
"""

"""The git program: one async runner, and typed plumbing on it.

Knows git, nothing of Hedgerow; imports no other room. Nothing outside this room starts git.
"""

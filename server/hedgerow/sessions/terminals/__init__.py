"""Terminals that outlive the editor: one tmux session for each session of ours, on a socket of ours.

Knows tmux and nothing of agents.
"""

"""Agents at work: which sessions there are, what each is doing, and how it is started, answered and stopped.

Observes first: what exists on the machine is told with no set-up. Changes nothing of the person's or a repository's
configuration, and never starts a second writer on a conversation.
"""

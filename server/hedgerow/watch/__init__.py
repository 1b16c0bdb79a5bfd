"""What changes on disk, noticed cheaply, and how rooms tell each other of it.

Nothing here reads a checkout or decides anything: a watcher only says that it is time to look.
"""

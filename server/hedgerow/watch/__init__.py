"""What changes on disk, noticed cheaply, and how rooms tell each other of it.

Nothing here reads what a file says or decides anything: a watcher only says that it is time to look.

Whoever wants to know of edits subscribes to `Watcher.edits`, a `Topic[Edits]`: the id of a checkout, and the paths in
it that were touched and that git does not ignore, once for each burst (`changes.Edits`). `Watcher.repositories` is the
same for what lies in git directories: HEADs, indexes, refs, worktrees that come and go (`changes.GitChange`).
"""

"""Becomes an agent in a terminal of the editor's, and first tells the inbox which process that is.

Runs by itself: `python -I -S hosted.py HOOK INBOX SESSION PROGRAM ARGUMENT...`. In a terminal of ours it is tmux that
knows the process; here nobody would, and a program that tells nothing of itself would count as at work for ever.
"""

import json
import os
import runpy
import sys

EVENT = "HedgerowLaunched"
"""Name of what it tells; no agent has one of that name."""


def main(hook: str, inbox: str, session: str, *argv: str) -> None:
    content = json.dumps({"hook_event_name": EVENT, "pid": os.getpid()}).encode()
    try:
        runpy.run_path(hook)["put"](inbox, session, content)
    except OSError as error:  # it runs all the same
        print(f"Hedgerow could not be told of this: {error.strerror}", file=sys.stderr)
    try:
        os.execvp(argv[0], argv)
    except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
        sys.exit(f"{argv[0]} could not be started: {getattr(error, 'strerror', error)}")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What an agent runs at each of its events: puts what it is told into the inbox, as one file.

Runs by itself, `python -I -S hook.py INBOX SESSION`, while an agent waits for it. So it imports next to nothing,
understands nothing of what it passes on, prints nothing, takes two seconds at most, and exits with 0 whatever happens:
an agent must never be held up or stopped by us. The inbox (`inbox.py`) judges what came.
"""

import os
import select
import sys
import time

LIMIT_BYTES = 1 << 20
"""Of an event. What is longer is cut; the inbox can use its beginning."""
DRAINED_BYTES = 1 << 26
"""Read and dropped, so that the agent's pipe does not break."""
LIMIT_SECONDS = 2.0
"""For an agent that says nothing and leaves its pipe open."""


def told() -> bytes:
    """Standard input, up to the limits."""
    poll = select.poll()
    poll.register(0, select.POLLIN)
    end = time.monotonic() + LIMIT_SECONDS
    content, size, drained = [], 0, 0
    while drained < DRAINED_BYTES:
        left = end - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            break
        piece = os.read(0, 1 << 16)
        if not piece:
            break
        drained += len(piece)
        if size <= LIMIT_BYTES:
            content.append(piece)
            size += len(piece)
    return b"".join(content)


def put(inbox: str, session: str, content: bytes) -> None:
    """Write one file under a name that sorts by time, whole or not at all."""
    cut = len(content) > LIMIT_BYTES
    name = f"{time.time_ns():020}-{os.getpid()}"
    head = f"hedgerow-event 1 {session} {'cut' if cut else 'whole'}\n".encode()
    folder = os.open(inbox, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    part = f".{name}.part"
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    try:
        left = memoryview(head + content[:LIMIT_BYTES])
        while left:
            left = left[os.write(file, left) :]
        os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        os.unlink(part, dir_fd=folder)


if __name__ == "__main__":
    try:  # noqa: SIM105 - contextlib takes longer to import than all the rest to run
        put(sys.argv[1], sys.argv[2], told())
    except BaseException:  # noqa: BLE001 - see above
        pass
    os._exit(0)  # at once, also when nobody reads what Python would still flush

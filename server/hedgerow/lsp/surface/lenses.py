"""Code lenses: above each hunk that is not accepted yet, and at the top of the file for all of them. Pure."""

from __future__ import annotations

from lsprotocol import types

from .abilities import Abilities
from .looks import Look
from .marks import comment_on, of_file, of_hunk, open_marks


def lenses(look: Look, abilities: Abilities) -> list[types.CodeLens]:
    """Only what the client can run; nothing in a file without anything pending, or of the person's own."""
    if look.spot.own:
        return []
    marks = list(open_marks(look))
    pending = look.hunks is not None and look.hunks.pending
    if not marks and not pending:
        return []
    found: list[types.CodeLens] = []
    count = f"{len(marks)} pending" if marks else "pending"
    if abilities.runs("hedgerow.accept"):
        found.append(_at(0, of_file("accept", f"Accept all ({count})", look)))
    if abilities.runs("hedgerow.reject"):
        found.append(_at(0, of_file("reject", "Reject all", look)))
    for mark in marks:
        if mark.waits:
            if abilities.runs("hedgerow.reject"):
                words = "Rejected when the agent's turn ends: take back"
                found.append(_at(mark.first, of_hunk("reject", words, look, mark, withdraw=True)))
            continue
        if abilities.runs("hedgerow.accept"):
            found.append(_at(mark.first, of_hunk("accept", "Accept", look, mark)))
        if abilities.runs("hedgerow.reject"):
            found.append(_at(mark.first, of_hunk("reject", "Reject", look, mark)))
        if abilities.runs("hedgerow.comment") and look.spot.side != "reviewed":
            found.append(_at(mark.first, comment_on("Comment", look, mark.first, mark.last)))
    return found


def _at(line: int, command: types.Command) -> types.CodeLens:
    start = types.Position(line, 0)
    return types.CodeLens(range=types.Range(start, start), command=command)

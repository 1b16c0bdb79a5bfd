"""Comments as diagnostics, for an editor that has no other place for them. Pure."""

from __future__ import annotations

from lsprotocol import types

from hedgerow.protocol.comments import CommentState
from hedgerow.protocol.sentence import harmless

from .lines import Units, whole
from .looks import Look
from .marks import is_open, lines_of

SOURCE = "Hedgerow"


def diagnostics(look: Look, units: Units) -> list[types.Diagnostic]:
    """Comments that are not resolved, each over its lines; on the first line, if it is on the whole file."""
    found = []
    for comment in look.comments:
        if not is_open(comment):
            continue
        outdated = comment.state is CommentState.OUTDATED
        found.append(
            types.Diagnostic(
                range=whole(look.text, *lines_of(look, comment), units),
                message=harmless(comment.text).strip() or comment.title,
                severity=types.DiagnosticSeverity.Hint if outdated else types.DiagnosticSeverity.Information,
                code=comment.state.value,
                source=SOURCE,
                data={"comment": comment.id},
            )
        )
    return found

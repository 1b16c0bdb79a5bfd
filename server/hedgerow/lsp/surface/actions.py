"""Code actions where the cursor is: accept or reject a hunk, lines or the file; comment; resolve a comment. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from hedgerow.protocol.comments import Comment

from .abilities import Abilities
from .looks import Look
from .marks import Mark, comment_on, edit, is_open, lines_of, of_file, of_hunk, of_lines, open_marks

REVIEW = "refactor.hedgerow"
COMMENTS = "quickfix.hedgerow"
KINDS = (REVIEW, COMMENTS)


def actions(
    look: Look, selected: types.Range, context: types.CodeActionContext, abilities: Abilities
) -> list[types.CodeAction | types.Command]:
    """What can be done with the selected lines, as far as the client can run it and asked for its kind."""
    found: list[types.CodeAction] = []
    if _wanted(REVIEW, context.only):
        found += [_action(REVIEW, command) for command in _review(look, selected, abilities)]
    if _wanted(COMMENTS, context.only) and abilities.runs("hedgerow.editComment"):
        found += _comments(look, selected, context.diagnostics)
    return [*found] if abilities.literals else [action.command for action in found if action.command is not None]


def _review(look: Look, selected: types.Range, abilities: Abilities) -> list[types.Command]:
    first, last = _lines(look, selected)
    marks = list(open_marks(look))
    here = [mark for mark in marks if mark.touches(first, last)]
    commands: list[types.Command] = []
    for verb, word in (("accept", "Accept"), ("reject", "Reject")):
        if not abilities.runs(f"hedgerow.{verb}"):
            continue
        part = _part(look, here, selected)
        if part is not None:
            commands.append(of_lines(verb, f"{word} {_named(*part)}", look, *part))
        for mark in here:
            if not mark.waits:
                which = "this hunk" if len(here) == 1 else f"the hunk at line {mark.first + 1}"
                commands.append(of_hunk(verb, f"{word} {which}", look, mark))
            elif verb == "reject":
                commands.append(of_hunk(verb, "Take back the rejection that waits", look, mark, withdraw=True))
    if look.hunks is not None and look.hunks.pending:
        count = "1 hunk" if len(marks) == 1 else f"{len(marks)} hunks" if marks else "the file itself"
        for verb, word in (("accept", "Accept"), ("reject", "Reject")):
            if abilities.runs(f"hedgerow.{verb}"):
                commands.append(of_file(verb, f"{word} all of this file ({count})", look))
    if look.spot.side != "reviewed" and look.text != [""]:
        named = _named(first, last)
        if abilities.runs("hedgerow.comment"):
            commands.append(comment_on(f"Comment on {named}", look, first, last))
        elif abilities.plain:
            commands.append(comment_on(f"Comment on {named}: says how on the shell", look, first, last))
    return commands


def _part(look: Look, here: Sequence[Mark], selected: types.Range) -> tuple[int, int] | None:
    """Selected lines that are a part of one hunk; the lines on disk are those that the person sees."""
    first, last = _lines(look, selected)
    if not look.saved or look.spot.side != "working" or len(here) != 1 or selected.start == selected.end:
        return None
    mark = here[0]
    if mark.empty or mark.waits or (first <= mark.first and mark.last <= last):
        return None
    return max(first, mark.first), min(last, mark.last)


def _comments(look: Look, selected: types.Range, shown: Sequence[types.Diagnostic]) -> list[types.CodeAction]:
    first, last = _lines(look, selected)
    found = []
    for comment in look.comments:
        start, end = lines_of(look, comment)
        if is_open(comment) and start <= last and first <= end:
            theirs = [one for one in shown if _is_of(one, comment)]
            for title, what in (("Resolve", {"resolved": True}), ("Delete", {"delete": True})):
                command = edit(f"{title} comment: {_short(comment.title)}", comment, **what)
                found.append(_action(COMMENTS, command, theirs))
    return found


def _action(kind: str, command: types.Command, diagnostics: Sequence[types.Diagnostic] = ()) -> types.CodeAction:
    return types.CodeAction(title=command.title, kind=kind, command=command, diagnostics=list(diagnostics) or None)


def _lines(look: Look, selected: types.Range) -> tuple[int, int]:
    """First and last line; one that is only selected up to its beginning is not."""
    first, last = selected.start.line, selected.end.line
    if last > first and selected.end.character == 0:
        last -= 1
    end = max(0, len(look.text) - 1)
    return min(first, end), min(last, end)


def _wanted(kind: str, only: Sequence[str] | None) -> bool:
    return only is None or any(kind == one or kind.startswith(f"{one}.") or one == "" for one in only)


def _is_of(diagnostic: types.Diagnostic, comment: Comment) -> bool:
    data = diagnostic.data
    return isinstance(data, dict) and data.get("comment") == comment.id


def _named(first: int, last: int) -> str:
    return f"line {first + 1}" if first == last else f"lines {first + 1}-{last + 1}"


def _short(title: str) -> str:
    return title if len(title) <= 40 else f"{title[:39].rstrip()}…"

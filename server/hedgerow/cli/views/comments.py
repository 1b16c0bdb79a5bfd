"""`hedgerow comments` and its kin: a line for each comment; a prompt as it is, so that it can be passed on."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from hedgerow.cli.text import visible
from hedgerow.protocol.comments import Comment, CommentResult, CommentsResult, SendCommentsResult

from .table import plain, table


def show_comments(result: CommentsResult, out: Console) -> None:
    if not result.comments:
        out.print("There are no comments here.")
        return
    grid = table()
    grid.add_column("comment", no_wrap=True)
    grid.add_column("state", no_wrap=True)
    grid.add_column("on", min_width=12)
    grid.add_column("what", min_width=12)
    for comment in result.comments:
        state = "deleted" if comment.deleted else comment.state.value
        grid.add_row(plain(comment.id), plain(state), plain(place(comment)), plain(comment.title))
    out.print(grid)


def place(comment: Comment) -> str:
    """`path`, `path:12-20`, and whether it is on the base."""
    lines = "" if comment.lines is None else f":{comment.lines}"
    return f"{comment.path}{lines}{' (base)' if comment.side == 'base' else ''}"


def show_comment(result: CommentResult, out: Console) -> None:
    out.print(Text(visible(f"{result.message} ({result.comment.id})")), soft_wrap=True)


def show_prompt(result: SendCommentsResult, out: Console, err: Console) -> None:
    if result.prompt:
        out.print(Text(visible(result.prompt, lines=True)), end="", soft_wrap=True)
    err.print(Text(visible(result.message), style="dim"))

"""Sessions for reading: those of a list, what became of one, what one says."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from hedgerow.cli.text import age, visible
from hedgerow.protocol.sessions import (
    AttachResult,
    Launch,
    LogsResult,
    Phase,
    Question,
    QuestionKind,
    SessionResult,
    SessionRow,
    StartResult,
)

from .table import plain, table

_STYLES = {
    Phase.WAITING: "bold yellow",
    Phase.FAILED: "bold red",
    Phase.DONE: "green",
    Phase.WORKING: "cyan",
    Phase.STARTING: "cyan",
}
_MARKS = {Phase.WAITING: "?", Phase.FAILED: "!", Phase.DONE: "✓", Phase.WORKING: "▸", Phase.STARTING: "▸"}
_THOUSAND = 1000


def show_sessions(rows: Sequence[SessionRow], labels: Mapping[str, str], out: Console, now: float) -> None:
    """A table of sessions, each fork below what it was forked from; nothing when there are none.

    Args:
        labels: of checkouts, by id.
    """
    if not rows:
        return
    grid = table()
    grid.add_column("", width=1)
    grid.add_column("session", min_width=8)
    grid.add_column("agent", no_wrap=True)
    grid.add_column("phase", min_width=7)
    grid.add_column("in", min_width=5)
    grid.add_column("tokens", justify="right", no_wrap=True)
    grid.add_column("age", justify="right", no_wrap=True)
    for row in grouped(rows):
        style = _STYLES.get(row.phase, "dim" if row.phase in (Phase.PARKED, Phase.ENDED) else "")
        label = plain(f"{'└ ' if row.root != row.id else ''}{row.label}")
        for word, said in (("pinned", row.pinned), ("archived", row.archived)):
            if said:
                label.append(f" {word}", style="dim")
        label.append(f" {row.id}", style="dim")
        where = labels.get(row.checkout or "") or row.path
        moment = row.since or row.active or row.started
        grid.add_row(
            Text(_MARKS.get(row.phase, ""), style=style),
            label,
            plain(row.agent),
            plain(phase_in_words(row), style),
            plain(where),
            plain(tokens(row.tokens)),
            plain("" if moment is None else age(now - moment)),
        )
    out.print()
    out.print(grid)
    for row in rows:
        for problem in row.problems:
            out.print(Text(f"! {visible(row.label)}: {visible(problem)}", style="yellow"))


def grouped(rows: Sequence[SessionRow]) -> list[SessionRow]:
    """In the order given, with the forks of a conversation right below it."""
    ids = {row.id for row in rows}
    found: list[SessionRow] = []
    for row in rows:
        if row.root == row.id or row.root not in ids:
            found.append(row)
            found += [each for each in rows if each.root == row.id and each.id != row.id]
    return found


def phase_in_words(row: SessionRow) -> str:
    """`waiting: wants to run: npm test`."""
    return row.phase.value if not row.detail else f"{row.phase.value}: {row.detail}"


def tokens(count: int | None) -> str:
    """`950`, `12k`, `3.4M`."""
    if count is None:
        return ""
    if count < _THOUSAND:
        return str(count)
    if count < _THOUSAND**2:
        return f"{count // _THOUSAND}k"
    return f"{count / _THOUSAND**2:.1f}M"


def show_started(result: StartResult, out: Console, err: Console) -> None:
    if result.plan is not None:
        return
    for sentence in result.adds:
        err.print(Text(f"  {visible(sentence)}", style="dim"))
    if result.launch is not None:
        out.print(Text(spelt(result.launch)), soft_wrap=True)


def show_answer(result: SessionResult | AttachResult | LogsResult, out: Console, err: Console) -> None:
    match result:
        case SessionResult():
            show_result(result, out)
        case AttachResult():
            out.print(Text(spelt(result.launch)), soft_wrap=True)
        case LogsResult():
            show_logs(result, out, err)


def show_result(result: SessionResult, out: Console) -> None:
    out.print(Text(visible(result.message)))
    if result.session.question is not None:
        show_question(result.session.question, result.session.id, out)


def show_question(question: Question, session: str, out: Console) -> None:
    """What it asks, whole, and how it is answered."""
    out.print(Text(f"? {visible(question.text)}", style="bold yellow"))
    if question.command:
        for line in question.command.splitlines():
            out.print(Text(f"    {visible(line)}"))
    for option in question.options:
        said = f"  {option.label}: {option.description}" if option.description else f"  {option.label}"
        out.print(Text(visible(said)))
    if not question.answerable:
        out.print(Text(visible(f"  answered {question.where or 'in its terminal'}"), style="dim"))
    elif question.kind is QuestionKind.APPROVAL:
        out.print(Text(f"  hedgerow answer {session} approve   (or deny)", style="dim"))
    else:
        out.print(Text(f"  hedgerow answer {session} --options …   (or --text …)", style="dim"))


def show_logs(result: LogsResult, out: Console, err: Console) -> None:
    for line in result.text.rstrip("\n").split("\n"):
        out.print(Text(visible(line)), soft_wrap=True)
    if result.path is not None:
        err.print(Text(f"recorded in {visible(result.path)}", style="dim"))


def spelt(launch: Launch) -> str:
    """The command line for a shell."""
    variables = [f"{name}={shlex.quote(value)}" for name, value in launch.env.items()]
    return visible(f"cd {shlex.quote(launch.cwd)} && {' '.join([*variables, shlex.join(launch.argv)])}")

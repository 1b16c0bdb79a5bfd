"""Who agrees to what: `--yes` to losses, never to a script; a person only with a clear yes."""

from __future__ import annotations

import pytest

from hedgerow.cli.agreement import Agreed, NotAgreed, Open, ask_person, left_to_ask, unanswered
from hedgerow.protocol.plans import Loss, Plan, SetupScript
from hedgerow.protocol.worktrees import SetupChoice

SHA = "a" * 64
OTHER = "b" * 64
LOSS = Loss(kind="modified", text="1 modified file", count=1)


def plan(*, losses: bool = False, script: bool | None = None) -> Plan:
    """A plan; ``script`` says whether its script was allowed before."""
    setup = None if script is None else SetupScript(path="s.sh", sha256=SHA, text="true\n", allowed=script)
    return Plan(
        token="t", command="create", title="T", losses=[LOSS] if losses else [], setup=setup, needs_agreement=True
    )


@pytest.mark.parametrize(
    ("made", "yes", "chosen", "wanted"),
    [
        (plan(losses=True), False, None, Open(losses=True, script=False)),
        (plan(losses=True), True, None, Open(losses=False, script=False)),
        (plan(losses=True, script=True), True, None, Open(losses=False, script=False)),
        (plan(losses=True, script=False), True, None, Open(losses=False, script=True)),
        (plan(losses=True, script=False), False, None, Open(losses=True, script=True)),
        (plan(script=False), False, None, Open(losses=False, script=True)),
        (plan(script=False), True, None, Open(losses=False, script=True)),
        (plan(script=False), True, SetupChoice(skip=True), Open(losses=False, script=False)),
        (plan(script=False), True, SetupChoice(sha256=SHA), Open(losses=False, script=False)),
        (plan(script=False), True, SetupChoice(sha256=OTHER), Open(losses=False, script=True)),
        (plan(script=False), True, SetupChoice(choice="big"), Open(losses=False, script=True)),
        (plan(losses=True, script=False), True, SetupChoice(sha256=SHA), Open(losses=False, script=False)),
        (plan(losses=True, script=False), False, SetupChoice(sha256=SHA), Open(losses=True, script=False)),
        (plan(), False, None, Open(losses=True, script=False)),
    ],
)
def test_what_is_left_to_ask(made: Plan, yes: bool, chosen: SetupChoice | None, wanted: Open) -> None:
    assert left_to_ask(made, yes=yes, chosen=chosen) == wanted


def test_who_cannot_be_asked_is_told_what_to_add() -> None:
    said = unanswered(plan(losses=True, script=False), Open(losses=True, script=True)).sentence
    assert said.startswith("Nothing has changed")
    assert "--yes" in said
    assert f"--setup-sha256 {SHA}" in said
    assert "--setup-skip" in said
    assert "--yes" not in unanswered(plan(script=False), Open(losses=False, script=True)).sentence


@pytest.mark.parametrize(
    ("made", "typed", "wanted"),
    [
        (plan(losses=True), ["y"], Agreed()),
        (plan(losses=True), ["yes"], Agreed()),
        (plan(losses=True), ["n"], None),
        (plan(losses=True), [""], None),
        (plan(losses=True), [None], None),
        (plan(losses=True), ["yy"], None),
        (plan(losses=True), ["s"], None),
        (plan(script=False), ["y"], Agreed(SetupChoice(sha256=SHA))),
        (plan(script=False), ["s"], Agreed(SetupChoice(skip=True))),
        (plan(script=False), [""], None),
        (plan(losses=True, script=False), ["y", "y"], Agreed(SetupChoice(sha256=SHA))),
        (plan(losses=True, script=False), ["y", "n"], None),
        (plan(losses=True, script=False), ["n"], None),
    ],
)
async def test_only_a_clear_yes_agrees(made: Plan, typed: list[str | None], wanted: Agreed | None) -> None:
    answers = iter(typed)

    async def ask(question: str) -> str | None:
        assert question.rstrip().endswith(("]", ":"))
        return next(answers)

    answer = await ask_person(left_to_ask(made, yes=False, chosen=None), made, ask)
    if wanted is None:
        assert answer == NotAgreed("Nothing has changed.")
    else:
        assert answer == wanted
    assert list(answers) == [], "every answer was asked for"

"""What a person is shown before they press a button."""

from __future__ import annotations

import pytest

from hedgerow.lsp.asking import question
from hedgerow.protocol.plans import Effect, Kept, Loss, Plan, SetupScript


def plan(**fields: object) -> Plan:
    return Plan.model_validate(
        {"token": "t", "command": "cleanUp", "title": "Clean up two", "needsAgreement": True, **fields}
    )


def test_effects_losses_conflicts_and_what_stays_are_all_named() -> None:
    asked = question(
        plan(
            effects=[Effect(text="move fix-login into the trash")],
            losses=[
                Loss(kind="untracked", text="2 untracked files", count=2),
                Loss(kind="rebuildable", text="node_modules", count=1, kept="no"),
            ],
            conflicts=["a.txt: changed on both sides"],
            kept=[Kept(name="other", reason="it is locked")],
        )
    )

    lines = asked.text.splitlines()
    assert lines[0] == "Clean up two"
    for line in (
        "  • move fix-login into the trash",
        "  • 2 untracked files (a snapshot keeps it)",
        "  • node_modules (not kept)",
        "  • a.txt: changed on both sides",
        "  • other: it is locked",
    ):
        assert line in lines


def test_a_long_list_is_counted_never_cut_silently() -> None:
    asked = question(plan(effects=[Effect(text=f"worktree {number}") for number in range(40)]))

    assert "  • worktree 11" in asked.text
    assert "worktree 12" not in asked.text
    assert "  … and 28 more" in asked.text


@pytest.mark.parametrize(
    ("script", "buttons"),
    [
        (None, ("Carry out", "Cancel")),
        (SetupScript(path="s", sha256="0", text="echo", allowed=True), ("Carry out", "Cancel")),
        (SetupScript(path="s", sha256="0", text="echo", allowed=False), ("Carry out", "Run without set-up", "Cancel")),
        (SetupScript(path="s", sha256="0", text="echo\n" * 2000, allowed=False), ("Run without set-up", "Cancel")),
    ],
)
def test_a_script_is_only_offered_when_it_was_shown_whole(script: SetupScript | None, buttons: tuple[str, ...]) -> None:
    asked = question(plan(setup=script))

    assert asked.buttons == buttons
    assert ("echo" in asked.text) == (script is not None and "Carry out" in buttons and not script.allowed)

"""The real Codex and Claude Code, against a scripted model, steered from the list in a real Neovim."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.neovim.agents import agent_home, agents_bin, environment, home, model, writing  # noqa: F401  # fixtures
from tests.neovim.conftest import Notified, Start
from tests.neovim.test_sessions import QUESTION, below, go_to, open_list, sessions, shown, until_phase
from tests.support.agent_home import AgentHome
from tests.support.model_script import script
from tests.support.repositories import Playground
from tests.support.until import until

pytestmark = pytest.mark.neovim


@pytest.mark.parametrize("neovim", ["0.10"], indirect=True)
def test_options_are_chosen_from(start: Start, agent_home: AgentHome, playground: Playground) -> None:  # noqa: F811
    orchard = playground.repository("orchard", {"apple.txt": "a red apple\n"})
    agent_home.trust(orchard)
    editor = start(orchard)
    options = [{"label": label, "description": f"that is {label}"} for label in ("Plum", "Pear")]
    question = {"question": "Which fruit?", "header": "Fruit", "options": options, "multiSelect": False}
    asks = script({"tool": "AskUserQuestion", "input": {"questions": [question]}}, {"say": "So be it"})
    run = "require('hedgerow').run('start', ...)"
    editor.lua(run, {"agent": "claude", "prompt": asks, "checkout": "Local", "label": "Choose"})
    until_phase(editor, "Choose", "waiting")
    editor.type(":Hedgerow answer Choose<CR>")
    prompt, choices = editor.wait("return _G.asked[1]")
    assert "Which fruit?" in prompt
    assert choices == ["Plum  that is Plum", "Pear  that is Pear", "Something else …"]
    editor.lua("_G.answer('Pear')")
    until_phase(editor, "Choose", "done")
    records = [file.read_text() for file in agent_home.claude.glob("projects/**/*.jsonl")]
    assert any(r"\"Which fruit?\"=\"Pear\"" in record for record in records)


@pytest.mark.parametrize("neovim", ["0.12"], indirect=True)
@pytest.mark.parametrize("agent", ["claude", "codex"])
def test_started_approved_stopped_and_gone_on_with(
    agent: str,
    start: Start,
    agent_home: AgentHome,  # noqa: F811
    playground: Playground,
    notified: Notified,
) -> None:
    orchard = playground.repository("orchard", {"apple.txt": "a red apple\n"})
    agent_home.trust(orchard)
    editor = start(orchard)
    editor.type(":Hedgerow create fix<CR>")
    notified(editor)
    worktree = orchard.with_name("orchard.worktrees") / "fix"
    fruit = worktree / "fruit.txt"
    run = "require('hedgerow').run('start', ...)"
    editor.lua(
        run,
        {
            "agent": agent,
            "prompt": writing(agent, fruit, "apple", say="It is written"),
            "checkout": "fix",
            "label": "Plant",
        },
    )
    row = until_phase(editor, "Plant", "waiting")
    open_list(editor)
    go_to(editor, "Plant")
    until(lambda: below(editor), "what it asks")
    editor.type("a")
    asked = "\n".join(editor.wait(QUESTION))
    assert "fruit.txt" in asked, "what it asks about is shown before it can be approved"
    assert not fruit.exists()
    editor.type("y")
    process = until_phase(editor, "Plant", "done").get("pid")
    assert fruit.read_text() == "apple\n"
    until(lambda: any("It is written" in line for line in shown(editor)), "what it said")
    go_to(editor, "Plant")
    editor.type("i")
    until_phase(editor, "Plant", "parked")
    until(lambda: process is None or not psutil.pid_exists(process), "its process to be gone")
    go_to(editor, "Plant")
    editor.type("o")

    def goes_on() -> bool:  # a Claude that has just been resumed calls itself something else for a moment
        rows = editor.lua("return vim.tbl_values(require('hedgerow.live').rows().sessions)")
        return [(one["id"], one["phase"] in ("idle", "done")) for one in rows] == [(row["id"], True)]

    until(goes_on, "the same session to go on")
    go_to(editor, "Plant")
    editor.type("t")
    try:
        editor.wait("return vim.bo.buftype == 'terminal'", limit=20)
    except AssertionError as error:
        raise AssertionError(f"{error}: {notified(editor)[-2:]} {shown(editor)}") from None
    assert not editor.lua("return vim.v.errmsg")


@pytest.mark.parametrize("neovim", ["0.12"], indirect=True)
def test_handed_to_local_and_forked(start: Start, agent_home: AgentHome, playground: Playground) -> None:  # noqa: F811
    orchard = playground.repository("orchard", {"apple.txt": "a red apple\n"})
    agent_home.trust(orchard)
    editor = start(orchard)
    says = {"agent": "claude", "prompt": script({"say": "The word is quince"}), "name": "graft", "label": "Graft"}
    editor.lua("require('hedgerow').run('start', ...)", says)
    row = until_phase(editor, "Graft", "done")
    playground.write(Path(row["path"]), {"apple.txt": "a sweet apple\n"})
    open_list(editor)
    go_to(editor, "Graft")
    editor.type("h")
    until(lambda: sessions(editor)["Graft"]["path"] == str(orchard), f"Graft in Local; {editor.lua('return notified')}")
    there = until_phase(editor, "Graft", "done", "idle")
    assert there["conversation"] == row["conversation"]
    assert (orchard / "apple.txt").read_text() == "a sweet apple\n"
    go_to(editor, "Graft")
    editor.type("F")

    def fork() -> dict[str, Any] | None:
        rows = editor.lua("return vim.tbl_values(require('hedgerow.live').rows().sessions)")
        found = [one for one in rows if one["id"] != row["id"] and one["phase"] in ("idle", "done")]
        return found[0] if found else None

    forked = until(fork, "a fork that has begun")
    assert forked["root"] == row["id"]
    assert forked["path"] not in (str(orchard), row["path"])
    until(lambda: any("└" in line for line in shown(editor)), "the fork below what it was forked from")
    assert not editor.lua("return vim.v.errmsg")

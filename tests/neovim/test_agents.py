"""The real Codex and Claude Code, against a scripted model, steered from the list in a real Neovim."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.agents.conftest import agent_home, agents_bin, model  # noqa: F401  # fixtures
from tests.neovim.conftest import Notified, Start
from tests.neovim.test_sessions import QUESTION, below, go_to, open_list, shown, until_phase
from tests.support.agent_home import AgentHome
from tests.support.home import Home, living_in
from tests.support.model_script import script
from tests.support.repositories import Playground
from tests.support.until import until

pytestmark = pytest.mark.neovim


@pytest.fixture(autouse=True)
def home() -> Iterator[Home]:
    """At a short path: Codex has a socket deep below its home."""
    root = Path(tempfile.mkdtemp(prefix="hr-", dir="/tmp"))
    try:
        with living_in(Home(root).make()) as made:
            yield made
    finally:
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def environment(agent_home: AgentHome, home: Home) -> dict[str, str]:  # noqa: F811
    """That of the agents, with the server on its PATH."""
    agents = agent_home.environment()
    return {**home.environment(), **agents, "PATH": f"{Path(sys.executable).parent}:{agents['PATH']}"}


def writing(agent: str, path: Path) -> str:
    """A prompt to write a file, which each agent asks about before it does."""
    said = {"say": "It is written"}
    if agent == "codex":
        return script({"sh": f"echo apple > {path}", "escalate": True}, said)
    return script({"write": str(path), "text": "apple\n"}, said)


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
    editor.lua(run, {"agent": agent, "prompt": writing(agent, fruit), "checkout": "fix", "label": "Plant"})
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

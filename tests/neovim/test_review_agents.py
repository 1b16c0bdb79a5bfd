"""The real Codex and Claude Code at work, followed, reviewed and spoken to from a real Neovim."""

from __future__ import annotations

import pytest
from tests.neovim.agents import agent_home, agents_bin, environment, home, model, writing  # noqa: F401  # fixtures
from tests.neovim.conftest import Notified, Start
from tests.neovim.reviewing import INIT, until_drawn
from tests.neovim.test_follow import follow, shown
from tests.support.agent_home import AgentHome
from tests.support.model_script import script
from tests.support.model_server import ModelServer
from tests.support.repositories import Playground
from tests.support.until import until

pytestmark = pytest.mark.neovim

SESSION = """
local rows = require('hedgerow.live').rows()
local _, session = next(rows and rows.sessions or {})
return session and session.phase == ... and session
"""


@pytest.mark.parametrize("neovim", ["0.12"], indirect=True)
@pytest.mark.parametrize("agent", ["claude", "codex"])
def test_followed_rejected_and_commented_on(
    agent: str,
    start: Start,
    agent_home: AgentHome,  # noqa: F811
    model: ModelServer,  # noqa: F811
    playground: Playground,
    notified: Notified,
) -> None:
    orchard = playground.repository("orchard", {"apple.txt": "a red apple\n"})
    agent_home.trust(orchard)
    editor = start(orchard, "apple.txt", init=INIT)
    editor.type(":Hedgerow create fix<CR>")
    notified(editor)
    fruit = orchard.with_name("orchard.worktrees") / "fix/fruit.txt"
    follow(editor, "fix")
    prompt = writing(agent, fruit, "pear", say="It is written", hold="the end")
    editor.lua("require('hedgerow').run('start', ...)", {"agent": agent, "prompt": prompt, "checkout": "fix"})
    session = editor.wait(SESSION, "waiting")
    answer = {"session": session["id"], "question": session["question"]["id"], "decision": "approve"}
    editor.lua("require('hedgerow.client').request('answer', ..., function() end)", answer)
    until(lambda: shown(editor).get("file") == "fruit.txt", "the new file")  # Claude writes it elsewhere first
    assert shown(editor)["here"] is False
    editor.wait(SESSION, "working")

    editor.type(f":edit {fruit}<CR>:Hedgerow hunks<CR>")
    until_drawn(editor, ["1-1 HedgerowAdded"], str(fruit))
    editor.type("\\r")
    editor.wait("return (vim.b.hedgerow_hunks or {}).queued == 1")
    assert fruit.exists()
    editor.type("\\u")
    editor.wait("return (vim.b.hedgerow_hunks or {}).queued == 0")
    model.let_go("the end")
    editor.wait(SESSION, "done")
    assert fruit.read_text() == "pear\n"

    said = script({"say": "A quince, then"})
    editor.lua("require('hedgerow').run('comment', ...)", {"checkout": "fix", "path": str(fruit), "text": said})
    editor.wait(
        "return #vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_create_namespace('hedgerow.comments'), 0, -1, {}) > 0"
    )
    editor.type(":Hedgerow sendComments<CR>")
    editor.wait("return vim.bo.filetype == 'hedgerow-prompt'")
    editor.type("s")
    until(
        lambda: (editor.lua(SESSION, "done") or {}).get("lastMessage") == "A quince, then", "what the agent says to it"
    )
    assert not editor.lua("return vim.v.errmsg")

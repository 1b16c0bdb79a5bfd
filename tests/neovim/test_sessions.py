"""Sessions in a real Neovim: a program of the person's own as the agent, in real tmux, with the real server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.neovim.conftest import Notified, Start
from tests.neovim.editor import Editor
from tests.support.home import Home
from tests.support.repositories import Playground
from tests.support.scripted import put_on_path, settings_of, starts
from tests.support.until import until

pytestmark = pytest.mark.neovim

QUESTION = """
local window = vim.bo.filetype == 'hedgerow-question' and vim.b.hedgerow_ready
return window and vim.api.nvim_buf_get_lines(0, 0, -1, false)
"""


@pytest.fixture
def environment(environment: dict[str, str], home: Home) -> dict[str, str]:
    """The scripted agent is a launch line, and `copilot` on PATH; there is no other agent."""
    settings_of(home, agent="scripted")
    return environment | {"PATH": f"{Path(sys.executable).parent}:{put_on_path(home)}"}


def sessions(editor: Editor) -> dict[str, dict[str, Any]]:
    """The sessions that this Neovim knows, by label."""
    found = editor.lua("local rows = require('hedgerow.live').rows(); return rows and vim.tbl_values(rows.sessions)")
    return {row["label"]: row for row in found or []}


def until_phase(editor: Editor, label: str, *phases: str) -> dict[str, Any]:
    """The row of the session whose label begins so, once it is in one of these phases."""

    def there() -> dict[str, Any] | None:
        rows = [row for name, row in sessions(editor).items() if name.startswith(label)]
        return rows[0] if rows and rows[0]["phase"] in phases else None

    return dict(until(there, f"{label} to be {phases}; {sessions(editor)}, {editor.lua('return _G.notified')}"))


def shown(editor: Editor) -> list[str]:
    """The lines of the list."""
    return list(editor.lua("return vim.api.nvim_buf_get_lines(vim.fn.bufnr('hedgerow://sessions'), 0, -1, false)"))


def below(editor: Editor) -> list[str]:
    """What stands below the row of the cursor, as virtual lines."""
    return list(
        editor.lua(
            """
            local found = {}
            local bufnr = vim.fn.bufnr('hedgerow://sessions')
            for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(bufnr, -1, 0, -1, { details = true })) do
              for _, line in ipairs(mark[4].virt_lines or {}) do
                found[#found + 1] = line[2][1]
              end
            end
            return found
            """
        )
    )


def start_session(editor: Editor, prompt: str, more: str = "") -> None:
    editor.type(f":Hedgerow start prompt='{prompt}' {more}<CR>")


def open_list(editor: Editor) -> None:
    editor.type(":Hedgerow list<CR>")
    editor.wait("return vim.bo.filetype == 'hedgerow-sessions' and vim.g.hedgerow_status.known")


def go_to(editor: Editor, words: str) -> None:
    """Put the cursor on the first line of the list that has these words, once there is one."""
    editor.wait("return vim.fn.search('\\\\V' .. ..., 'cw') > 0", words)


def asked(editor: Editor, number: int) -> tuple[str, list[str]]:
    """A question of Neovim's and its choices, once it is put."""
    prompt, choices = editor.wait("return _G.asked[...]", number)
    return prompt, choices


def group_of(editor: Editor, words: str) -> str:
    """The heading below which a row of the list stands."""
    lines = shown(editor)
    (number,) = [number for number, line in enumerate(lines) if words in line and line[:2] != "  "][:1]
    return [line for line in lines[:number] if line and line[0] not in " *"][-1]


def test_started_asked_and_done(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard)
    open_list(editor)
    editor.type("S")
    assert asked(editor, 1)[0].startswith("Prompt (in a new worktree)")
    editor.lua("_G.answer('Water the apples; write wet.txt yes; ask Bash; say All are wet')")
    row = until_phase(editor, "Water", "waiting")
    assert "Started scripted" in "\n".join(notified(editor, 2))
    assert any("wants to use Bash" in sentence for sentence in notified(editor, 2))
    assert (Path(row["path"]) / "wet.txt").exists()
    editor.wait("return vim.g.hedgerow_status.sessions.waiting == 1")
    assert editor.lua("return require('hedgerow').statusline()") == "Local: 1 needs you"
    go_to(editor, "Water the apples")
    assert group_of(editor, "Water the apples") == "Needs you"
    line = next(line for line in shown(editor) if "Water the apples" in line)
    assert line.split("  ")[-1] == "wants to use Bash"
    until(lambda: below(editor), "what it asks below its row")
    assert below(editor) == ["Only you answer this, in its terminal."]

    editor.type("t")  # only its terminal takes the answer
    editor.wait("return vim.bo.buftype == 'terminal' and vim.fn.search('May I use Bash', 'nw') > 0")
    editor.type("yes<CR>")
    until_phase(editor, "Water", "done")
    told = notified(editor, 2)
    assert len(told) == 2, "whoever is in its terminal sees that it is done"
    editor.lua("vim.cmd.stopinsert() vim.cmd('wincmd p')")
    editor.wait("return vim.bo.filetype == 'hedgerow-sessions'")
    until(lambda: group_of(editor, "Water the apples").startswith("Done"), "the row to have moved")
    assert any("All are wet" in line for line in shown(editor))


def test_looked_at_stays_under_the_cursor_and_then_moves(start: Start, orchard: Path) -> None:
    editor = start(orchard, init="vim.o.updatetime = 50")
    start_session(editor, "First; say one")
    start_session(editor, "Second; say two")
    until_phase(editor, "First", "done")
    until_phase(editor, "Second", "done")
    open_list(editor)
    go_to(editor, "First")
    line = editor.lua("return vim.fn.line('.')")
    editor.type("0")  # a key, after which the cursor rests
    until_phase(editor, "First", "idle")
    editor.wait("return vim.fn.getline('.'):find('·') ~= nil")
    assert editor.lua("return vim.fn.line('.')") == line
    assert group_of(editor, "First").startswith("Done"), "it does not run away under the cursor"
    go_to(editor, "orchard  ")
    until(lambda: group_of(editor, "First") == "Idle", "the row to be where it belongs")


def test_next_goes_from_one_to_the_next(start: Start, orchard: Path) -> None:
    editor = start(orchard)
    start_session(editor, "Broken; fail")
    until_phase(editor, "Broken", "failed")
    start_session(editor, "Asking; ask Bash")
    until_phase(editor, "Asking", "waiting")
    for label in ("Asking", "Broken", "Asking"):
        editor.type(":Hedgerow next<CR>")
        editor.wait("return vim.fn.getline('.'):find(...) ~= nil", label)


def test_prompts_go_to_the_agent(start: Start, orchard: Path) -> None:
    editor = start(orchard)
    start_session(editor, "Begin; say hello")
    until_phase(editor, "Begin", "done")
    open_list(editor)
    go_to(editor, "Begin")
    editor.type("s")
    asked(editor, 1)
    editor.lua("_G.answer('write more.txt yes; say more')")
    row = until_phase(editor, "Begin", "done", "idle")
    until((Path(row["path"]) / "more.txt").exists, "what the prompt asked for")
    until(lambda: sessions(editor)[row["label"]].get("lastMessage") == "more", "its answer")
    go_to(editor, "Begin")
    editor.type("gs")
    editor.wait("return vim.bo.buftype == 'acwrite' and vim.api.nvim_get_mode().mode == 'i'")
    editor.type("write last.txt yes;<Esc>q")
    editor.wait("return vim.bo.filetype == 'hedgerow-sessions'")
    assert not (Path(row["path"]) / "last.txt").exists()
    editor.type("gs")
    editor.wait("return vim.bo.buftype == 'acwrite' and vim.api.nvim_buf_get_lines(0, 0, -1, false)[1] ~= ''")
    editor.type(":write<CR>")
    until((Path(row["path"]) / "last.txt").exists, "the draft, sent")


def test_stopped_gone_on_with_archived_and_undone(start: Start, orchard: Path, home: Home, notified: Notified) -> None:
    editor = start(orchard)
    start_session(editor, "Long; hold /nowhere", "agent=copilot")
    row = until_phase(editor, "Long", "working")
    open_list(editor)
    go_to(editor, "Long")
    editor.type("i")
    assert asked(editor, 1)[0] == f"{row['label']} is in the middle of a turn."
    editor.lua("_G.answer('Leave it')")
    assert sessions(editor)[row["label"]]["phase"] == "working"
    editor.type("i")
    asked(editor, 2)
    editor.lua("_G.answer('Stop it')")
    until_phase(editor, "Long", "parked")
    go_to(editor, "Long")
    editor.type("o")
    until_phase(editor, "Long", "working", "idle", "done", "unknown")
    assert len(starts(home, row["id"])) == 2
    editor.type("i")
    editor.wait("return #_G.asked > 2 or require('hedgerow.live').rows().sessions[...].phase == 'parked'", row["id"])
    if editor.lua("return #_G.asked > 2"):
        editor.lua("_G.answer('Stop it')")
    until_phase(editor, "Long", "parked")
    go_to(editor, "Long")
    editor.type("A")
    editor.wait(
        "return vim.bo.filetype == 'hedgerow-plan' or not require('hedgerow.live').rows().sessions[...]", row["id"]
    )
    if editor.lua("return vim.bo.filetype") == "hedgerow-plan":
        editor.wait("return vim.api.nvim_win_get_config(0).footer[1][1]:find('y ', 1, true)")
        editor.type("y")
    until(lambda: row["label"] not in sessions(editor), "the row to be gone")
    assert not Path(row["path"]).exists()
    editor.type("gp")
    until(lambda: any("archived" in line for line in shown(editor)), "what was archived")


def test_without_tmux_it_runs_here(start: Start, orchard: Path, home: Home) -> None:
    folder = home.root / "no-tmux"
    folder.mkdir()
    for program in Path("/usr/bin").iterdir():
        if program.name != "tmux":
            (folder / program.name).symlink_to(program)
    editor = start(orchard, PATH=f"{Path(sys.executable).parent}:{home.root / 'bin'}:{folder}")
    start_session(editor, "Here; say done")
    editor.wait("return vim.bo.buftype == 'terminal' and vim.fn.search('ready', 'nw') > 0")
    row = until_phase(editor, "Here", "done", "idle")
    assert row["host"] == "editor"
    assert starts(home, row["id"])[0]["cwd"] == row["path"]
    editor.lua("vim.cmd.stopinsert()")
    open_list(editor)
    go_to(editor, "Here")
    editor.type("t")
    editor.wait("return vim.bo.buftype == 'terminal'")


def test_two_editors_see_the_same_and_one_is_told(start: Start, orchard: Path) -> None:
    editor, other = start(orchard), start(orchard)
    open_list(other)
    start_session(editor, "Ask; ask Bash")
    until_phase(other, "Ask", "waiting")
    until_phase(editor, "Ask", "waiting")
    assert group_of(other, "Ask") == "Needs you"

    def told() -> list[str]:
        each = [editor.lua("return _G.notified"), other.lua("return _G.notified")]
        return [one[0] for found in each for one in found if "wants to use" in one[0]]

    until(told, "either to be told")
    assert len(told()) == 1


def test_what_does_not_apply_says_so(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard)
    start_session(editor, "Rest; say done")
    until_phase(editor, "Rest", "done", "idle")
    open_list(editor)
    go_to(editor, "Rest")
    before = len(notified(editor))
    editor.type("o")
    assert notified(editor, before + 1)[before].endswith(" runs already.")
    go_to(editor, "orchard  ")
    editor.type("a")
    assert notified(editor, before + 2)[before + 1] == "There is no session on this line."
    editor.type(":Hedgerow answer nobody<CR>")
    assert "nobody" in notified(editor, before + 3)[before + 2]
    editor.type(":Hedgerow start no-such-agent hello<CR>")
    assert "no agent 'no-such-agent'" in notified(editor, before + 4)[before + 3]
    assert not editor.lua("return vim.v.errmsg")


def test_which_agent_is_asked_where_there_are_several(start: Start, orchard: Path, home: Home) -> None:
    settings_of(home)
    editor = start(orchard)
    start_session(editor, "Say; say hello")
    prompt, agents = asked(editor, 1)
    assert (prompt, set(agents)) == ("Which agent?", {"copilot", "scripted", "quiet", "deaf"})
    editor.lua("_G.answer('scripted')")
    until_phase(editor, "Say", "done", "idle")


def test_a_selection_is_cleaned_up_in_one_plan(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard)
    editor.type(":Hedgerow create mint<CR>:Hedgerow create basil<CR>")
    notified(editor, 2)
    open_list(editor)
    go_to(editor, "  basil")
    go_to(editor, "  mint")
    editor.type("kVjx")
    editor.wait("return #_G.notified > 2 or vim.bo.filetype == 'hedgerow-plan'")
    assert "basil" in notified(editor, 3)[2]
    assert "mint" in notified(editor, 3)[2]


def test_quiet(start: Start, orchard: Path) -> None:
    editor = start(orchard, init="vim.g.hedgerow = { notify = { 'failed' } }")
    start_session(editor, "Ask; ask Bash")
    until_phase(editor, "Ask", "waiting")
    start_session(editor, "Broken; fail")
    until_phase(editor, "Broken", "failed")
    editor.wait("return #_G.notified >= 3")
    told = [sentence for sentence, _ in editor.lua("return _G.notified")]
    assert [one for one in told if "Broken" in one]
    assert not [one for one in told if "wants to use" in one]


def test_a_server_that_dies_takes_no_session_along(
    start: Start, orchard: Path, notified: Notified, playground: Playground
) -> None:
    editor = start(orchard)
    start_session(editor, "Ask; ask Bash")
    until_phase(editor, "Ask", "waiting")
    open_list(editor)
    editor.lua(
        "vim.lsp.get_clients()[1]:stop(true)"
        if editor.lua("return vim.fn.has('nvim-0.11')")
        else "vim.lsp.get_clients()[1].stop(true)"
    )
    editor.wait("return vim.g.hedgerow_status.server == 'stopped'")
    editor.type("R")
    editor.wait("return vim.g.hedgerow_status.server == 'running'")
    until_phase(editor, "Ask", "waiting")
    assert group_of(editor, "Ask") == "Needs you"

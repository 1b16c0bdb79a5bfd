"""What Neovim does before there is a server, and when none can be had: one sentence, and nothing breaks."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from tests.neovim.conftest import Notified, Start
from tests.neovim.editor import Editor
from tests.support.home import Home

pytestmark = pytest.mark.neovim


OTHER_SERVER = """
import json, sys

length = 0
while line := sys.stdin.buffer.readline().strip():
    name, _, value = line.partition(b': ')
    length = int(value) if name == b'Content-Length' else length
asked = json.loads(sys.stdin.buffer.read(length))
capabilities = {{'experimental': {says}}}
reply = json.dumps({{'jsonrpc': '2.0', 'id': asked['id'], 'result': {{'capabilities': capabilities}}}})
print('Content-Length: %d\\r\\n\\r\\n%s' % (len(reply), reply), end='', flush=True)
sys.stdin.read()
"""
"""What answers `initialize`, and nothing else."""


def run(editor: Editor, verb: str) -> str:
    """Carry a command out as other Lua would, and wait for its end; why it failed."""
    editor.lua(
        """
        _G.ended = nil
        local verb = ...
        require('hedgerow').run(verb, {}, function(_, problem) _G.ended = problem or 'done' end)
        """,
        verb,
    )
    return str(editor.wait("return _G.ended"))


def test_nothing_runs_until_it_is_asked_for(start: Start, orchard: Path) -> None:
    editor = start(orchard)
    loaded = editor.lua("return vim.tbl_keys(package.loaded)")
    assert not [name for name in loaded if name.startswith("hedgerow")]
    assert not editor.lua("return vim.lsp.get_clients()")
    assert editor.lua("return vim.fn.exists(':Hedgerow')") == 2
    assert editor.lua("return require('hedgerow').statusline()") == ""
    maps = editor.lua("return vim.tbl_map(function(map) return map.lhs end, vim.api.nvim_get_keymap('n'))")
    assert all(lhs.startswith("<Plug>(hedgerow-") for lhs in maps if "edgerow" in lhs)
    assert not editor.lua("return vim.v.errmsg")


def test_the_first_file_of_a_repository_starts_the_server(start: Start, orchard: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.txt"
    nowhere.write_text("in no repository\n")
    editor = start(tmp_path, str(nowhere))
    editor.type(f":edit {orchard}/.git/COMMIT_EDITMSG<CR>")
    editor.wait("return vim.fn.expand('%:t') == 'COMMIT_EDITMSG'")
    assert not editor.lua("return package.loaded['hedgerow.client'] ~= nil")
    editor.type(f":edit {orchard}/apple.txt<CR>")
    editor.wait("return vim.g.hedgerow_status and vim.g.hedgerow_status.server == 'running'")
    editor.type(f":edit {orchard}/pear.txt<CR>")
    assert editor.lua("return #vim.lsp.get_clients()") == 1
    assert not editor.lua("return vim.v.errmsg")


def test_a_person_who_wants_no_server_until_asked(start: Start, orchard: Path) -> None:
    editor = start(orchard, "apple.txt", init="vim.g.hedgerow = { autostart = false }")
    editor.wait("return package.loaded['hedgerow.client'] ~= nil")
    assert editor.lua("return require('hedgerow.client').phase()") == "stopped"


def test_a_file_without_a_server_is_told_once(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard, "apple.txt", PATH="/usr/bin:/bin")
    (sentence,) = notified(editor)
    assert sentence.startswith("Hedgerow found no server")
    editor.type(":edit pear.txt<CR>")
    editor.wait("return vim.fn.expand('%:t') == 'pear.txt'")
    assert len(notified(editor)) == 1


def test_no_server(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard, PATH="/usr/bin:/bin")
    assert run(editor, "create").startswith("Hedgerow found no server: 'hedgerow' is not an executable here.")
    assert len(notified(editor)) == 1
    assert editor.lua("return vim.g.hedgerow_status.server") == "stopped"


def test_no_server_for_the_list(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard, PATH="/usr/bin:/bin")
    editor.type(":Hedgerow list<CR>")
    assert len(notified(editor)) == 1
    assert editor.lines() == ["Hedgerow  g? shows the keys", "The server is not running: R starts it."]
    assert len(notified(editor)) == 1
    editor.type("R")
    assert notified(editor, 2)[0] == notified(editor, 2)[1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("{ cmd = { 'sh', '-c', 'exit 3' } }", "The Hedgerow server ended while starting (exit code 3)"),
        ("{ cmd = { 'sleep', '600' }, start_timeout = 1 }", "The Hedgerow server did not answer within 1 s"),
        ("{ cmd = { '/' } }", "Hedgerow found no server: '/' is not an executable"),
        (f"{{ cmd = {{ '{sys.executable}', '-m', 'other_server' }} }}", "What was started is no Hedgerow server"),
        (
            f"{{ cmd = {{ '{sys.executable}', '-m', 'old_server' }} }}",
            "The Hedgerow server is too old for this plugin (protocol 0, not ",
        ),
    ],
    ids=["ends", "hangs", "directory", "another server", "too old"],
)
def test_what_is_no_server(
    start: Start, orchard: Path, home: Home, notified: Notified, options: str, sentence: str
) -> None:
    (home.home / "other_server.py").write_text(OTHER_SERVER.format(says="None"))
    (home.home / "old_server.py").write_text(OTHER_SERVER.format(says="{'hedgerow': {'protocolVersion': 0}}"))
    editor = start(orchard, init=f"vim.g.hedgerow = {options}", PYTHONPATH=str(home.home))
    assert run(editor, "create").startswith(sentence)
    assert [told.startswith(sentence) for told in notified(editor)] == [True]
    editor.wait("return #vim.lsp.get_clients() == 0")
    assert [told.startswith(sentence) for told in notified(editor)] == [True]


def test_commands_that_meet_a_server_that_never_starts_are_told_once(
    start: Start, orchard: Path, notified: Notified
) -> None:
    editor = start(orchard, init="vim.g.hedgerow = { cmd = { 'sleep', '600' }, start_timeout = 1 }")
    editor.type(":Hedgerow create<CR>:Hedgerow history<CR>:Hedgerow doctor<CR>")
    assert editor.wait("return vim.g.hedgerow_status and vim.g.hedgerow_status.server") == "starting"
    assert editor.lua("return require('hedgerow').statusline()") == "Hedgerow starting"
    editor.wait("return vim.g.hedgerow_status.server == 'stopped'")
    assert len(notified(editor)) == 1


def test_a_command_waits_for_a_server_that_starts(start: Start, orchard: Path, notified: Notified) -> None:
    wait = "until [ -e ../go ]; do sleep 0.05; done; exec hedgerow serve"
    editor = start(orchard, init=f"vim.g.hedgerow = {{ cmd = {{ 'sh', '-c', '{wait}' }} }}")
    editor.type(":Hedgerow create graft<CR>:Hedgerow list<CR>")
    assert editor.wait("return vim.g.hedgerow_status and vim.g.hedgerow_status.server") == "starting"
    assert editor.lines()[-1] == "Reading …"
    assert not editor.lua("return _G.notified")
    (orchard.parent / "go").touch()
    (sentence,) = notified(editor)
    assert sentence.startswith("Created graft")


def test_a_server_that_dies_in_the_middle_of_a_command(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard, "apple.txt")
    editor.wait("return vim.g.hedgerow_status and vim.g.hedgerow_status.server == 'running'")
    pid = int(editor.lua("return vim.fn.systemlist({ 'pgrep', '-P', tostring(vim.fn.getpid()), '-f', 'hedgerow' })[1]"))
    os.kill(pid, signal.SIGSTOP)
    editor.lua("require('hedgerow').run('history', {}, function(_, problem) _G.ended = problem end)")
    os.kill(pid, signal.SIGKILL)
    sentence = "The Hedgerow server ended unexpectedly (signal 9): see :checkhealth hedgerow"
    assert editor.wait("return _G.ended") == sentence
    assert notified(editor) == [sentence]
    assert run(editor, "doctor") == "done"  # the next command starts it again


@pytest.mark.parametrize("neovim", ["0.12"], indirect=True)
def test_no_git(start: Start, orchard: Path, home: Home, notified: Notified) -> None:
    folder = home.root / "no-git"
    folder.mkdir()
    for program in Path("/usr/bin").iterdir():
        if not program.name.startswith("git"):
            (folder / program.name).symlink_to(program)
    editor = start(orchard, "apple.txt", PATH=f"{Path(sys.executable).parent}:{folder}")
    sentence = run(editor, "create")
    assert "git" in sentence
    assert "\n" not in sentence
    assert [told for told in notified(editor) if told == sentence] == [sentence]
    editor.type(":checkhealth hedgerow<CR>")
    editor.wait("return vim.bo.filetype == 'checkhealth'")
    assert "git: 'git' is not an executable here." in "\n".join(editor.lines())
    assert not editor.lua("return vim.v.errmsg")


def test_unknown_words(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard)
    editor.type(":Hedgerow mow<CR>")
    assert notified(editor) == ["Hedgerow has no command 'mow'; press <Tab> after :Hedgerow to see them."]
    editor.type(":Hedgerow create carry=all<CR>")
    assert notified(editor, 2)[1] == "carry is none or copy or move, not 'all'."
    assert not editor.lua("return vim.lsp.get_clients()")


def test_options_that_make_no_sense_stop_nothing(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard, init="vim.g.hedgerow = { cmd = 'hedgerow', colour = 'green' }", PATH="/usr/bin:/bin")
    run(editor, "create")
    problem, no_server = notified(editor, 2)
    assert "vim.g.hedgerow.cmd must be a list of words" in problem
    assert 'no option "colour"' in problem
    assert no_server.startswith("Hedgerow found no server: 'hedgerow'")


def test_neovim_that_is_too_old(start: Start, orchard: Path, notified: Notified) -> None:
    older = "local has = vim.fn.has; vim.fn.has = function(what) return what == 'nvim-0.10' and 0 or has(what) end"
    editor = start(orchard, init=older)
    editor.type(":Hedgerow create<CR>")
    assert notified(editor) == ["Hedgerow needs Neovim 0.10 or newer."]


def test_completion_starts_nothing(start: Start, orchard: Path) -> None:
    editor = start(orchard)
    complete = "return vim.fn.getcompletion(..., 'cmdline')"
    assert editor.lua(complete, "Hedgerow cl") == ["cleanUp"]
    assert editor.lua(complete, "silent Hedgerow create carry=c") == ["carry=copy"]
    assert not editor.lua("return vim.lsp.get_clients()")


def test_checkhealth_without_a_server(start: Start, orchard: Path) -> None:
    editor = start(orchard, PATH="/usr/bin:/bin")
    editor.type(":checkhealth hedgerow<CR>")
    editor.wait("return vim.bo.filetype == 'checkhealth'")
    report = "\n".join(editor.lines())
    assert "server: 'hedgerow' is not an executable here." in report
    assert "git version" in report
    assert "client: stopped" in report

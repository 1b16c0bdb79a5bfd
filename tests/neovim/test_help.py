"""The help page says what is there: every verb, key, highlight group and map; and its tags are sound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.neovim.conftest import ROOT, Start
from tests.neovim.reviewing import review, worked_on
from tests.support.repositories import Playground

from hedgerow.protocol.commands import COMMANDS

pytestmark = pytest.mark.neovim

HELP = (ROOT / "editors/neovim/doc/hedgerow.txt").read_text()


def section(tag: str) -> str:
    """The part of the page under a heading."""
    return next(part for part in HELP.split("=" * 78) if f"*{tag}*" in part)


def test_every_verb_is_there() -> None:
    verbs = section(":Hedgerow").split("Verbs:")[1]
    assert re.findall(r"^    (\w+)  ", verbs, re.MULTILINE) == [command.verb for command in COMMANDS]


def test_every_key_group_and_map_is_there(start: Start, orchard: Path) -> None:
    editor = start(orchard, PATH="/usr/bin:/bin")
    editor.type(":Hedgerow list<CR>")
    editor.wait("return vim.bo.filetype == 'hedgerow-sessions'")
    keys = editor.lua("return vim.tbl_map(function(map) return map.lhs end, vim.api.nvim_buf_get_keymap(0, 'n'))")
    assert set(re.findall(r"^    (\S+)  ", section("hedgerow-list"), re.MULTILINE)) == set(keys)
    groups = editor.lua("return vim.tbl_keys(vim.api.nvim_get_hl(0, {}))")
    documented = set(re.findall(r"\bHedgerow[A-Z]\w+", section("hedgerow-highlights")))
    assert documented == {name for name in groups if name.startswith("Hedgerow")}
    maps = editor.lua("return vim.tbl_map(function(map) return map.lhs end, vim.api.nvim_get_keymap('n'))")
    assert set(re.findall(r"\*(<Plug>\S+)\*", HELP)) == {lhs for lhs in maps if lhs.startswith("<Plug>(hedgerow")}


def test_every_key_of_the_panel_is_there(start: Start, playground: Playground) -> None:
    orchard, worktree = worked_on(playground)
    editor = start(orchard)
    review(editor, worktree)
    keys = editor.lua("return vim.tbl_map(function(map) return map.lhs end, vim.api.nvim_buf_get_keymap(0, 'n'))")
    assert set(re.findall(r"^    (\S+)  ", section("hedgerow-review").split("From then on")[0], re.MULTILINE)) == set(
        keys
    )


def test_tags(start: Start, orchard: Path, tmp_path: Path) -> None:
    editor = start(orchard)
    copy = tmp_path / "doc"
    copy.mkdir()
    (copy / "hedgerow.txt").write_text(HELP)
    editor.lua("vim.cmd.helptags(...)", str(copy))
    tags = {line.split("\t")[0] for line in (copy / "tags").read_text().splitlines()}
    referred = set(re.findall(r"\|(\S+?)\|", HELP))
    assert referred <= tags

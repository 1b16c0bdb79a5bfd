"""What needs no server: typed words, rows, and how lists and plans read. Tables of values, run in each Neovim."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.neovim.conftest import ROOT
from tests.neovim.editor import Editor

pytestmark = pytest.mark.neovim


@pytest.fixture(scope="module")
def editor(neovim: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    home = tmp_path_factory.mktemp("home")
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "XDG_RUNTIME_DIR": str(home)}
    plugin = f"set runtimepath+={ROOT / 'editors/neovim'}"
    editor = Editor(neovim, home, env, ["--clean", "--cmd", plugin, "--cmd", "runtime plugin/hedgerow.lua"])
    yield editor
    editor.close()


def row(identity: str, label: str, **facts: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "repository": "r1",
        "path": f"/src/{label}",
        "name": label,
        "label": label,
        "kind": "managed",
        "owner": "hedgerow",
        "state": "ok",
        "head": {"kind": "detached", "oid": "1a2b3c4d5e6f"},
        "setup": "none",
        **facts,
    }


CLEAN = {"staged": 0, "unstaged": 0, "untracked": 0, "conflicted": 0}
REPOSITORY = {"id": "r1", "name": "orchard", "path": "/src/orchard", "commonDir": "/src/orchard/.git", "trusted": True}
LOCAL = row("c1", "Local", kind="local", path="/src/orchard", head={"kind": "branch", "branch": "trunk"}, counts=CLEAN)


def listed(*rows: dict[str, Any], revision: int = 1) -> dict[str, Any]:
    return {"revision": revision, "repositories": [REPOSITORY], "checkouts": list(rows)}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", []),
        ("  create   fix-login ", ["create", "fix-login"]),
        ('rename fix-login "Login, second try"', ["rename", "fix-login", "Login, second try"]),
        ("rename x label='a b'", ["rename", "x", "label=a b"]),
        (r"cleanUp a\ b", ["cleanUp", "a b"]),
        ("show ''", ["show", ""]),
        ('show "never closed', ["show", "never closed"]),
    ],
)
def test_words(editor: Editor, typed: str, words: list[str]) -> None:
    assert editor.lua("return (require('hedgerow.words').split(...))", typed) == words


@pytest.mark.parametrize(
    ("verb", "words", "params"),
    [
        ("create", ["fix-login", "carry=copy", "keep=true"], {"name": "fix-login", "carry": "copy", "keep": True}),
        ("create", ["name=a=b", "from=main"], {"name": "a=b", "from": "main"}),
        ("create", ["setup.skip=true"], {"setup": {"skip": True}}),
        ("cleanUp", ["one", "two", "deleteBranch=yes"], {"checkouts": ["one", "two"], "deleteBranch": True}),
        ("clean-up", ["one"], {"checkouts": ["one"]}),
        ("setBase", ["fix-login", "origin/main"], {"checkout": "fix-login", "base": "origin/main"}),
        ("history", ["limit=10"], {"limit": 10}),
    ],
)
def test_params(editor: Editor, verb: str, words: list[str], params: dict[str, Any]) -> None:
    code = "local w = require('hedgerow.words'); local verb, words = ...; return { w.params(w.command(verb), words) }"
    assert editor.lua(code, verb, words) == [params]


@pytest.mark.parametrize(
    ("verb", "words", "sentence"),
    [
        ("create", ["carry=everything"], "carry is none or copy or move, not 'everything'."),
        ("create", ["keep=perhaps"], "keep is true or false, not 'perhaps'."),
        ("history", ["limit=many"], "limit is a number, not 'many'."),
        ("create", ["nmae=x"], "Create Worktree has no nmae; it takes "),
        ("create", ["one", "two"], "Create Worktree does not take 'two'; it takes "),
        ("create", ["setup=skip"], "setup takes a field"),
    ],
)
def test_bad_params_have_their_sentence(editor: Editor, verb: str, words: list[str], sentence: str) -> None:
    code = """
    local w = require('hedgerow.words')
    local verb, words = ...
    local params, problem = w.params(w.command(verb), words)
    return { params == nil, problem }
    """
    refused, problem = editor.lua(code, verb, words)
    assert refused
    assert problem.startswith(sentence)


NAMES = {"checkouts": ["fix-login", "two words"], "sessions": ["Fix the login", "s1"]}


@pytest.mark.parametrize(
    ("typed", "offers", "hides"),
    [
        ("", ["list", "create", "cleanUp", "undo"], []),
        ("cl", ["cleanUp"], ["create"]),
        ("nonsense ", [], ["list"]),
        ("create ", ["name=", "carry=", "from=", "setup."], ["token="]),
        ("create carry=", ["carry=none", "carry=copy", "carry=move"], ["name="]),
        ("create carry=copy ", ["keep="], ["carry="]),
        ("create keep=", ["keep=true", "keep=false"], []),
        ("cleanUp ", ["fix-login", "two\\ words", "landed="], ["token="]),
        ("cleanUp fix-login ", ["two\\ words"], []),
        ("cleanUp two\\ w", ["two\\ words"], ["fix-login"]),
        ("keep checkout=f", ["checkout=fix-login"], ["checkout=two\\ words"]),
        ("keep fix-login ", ["kept="], ["two\\ words"]),
        ("stop ", ["Fix\\ the\\ login", "s1", "interrupt="], ["fix-login"]),
        ("handOff session=", ["session=s1"], []),
        ("ne", ["next"], []),
    ],
)
def test_completion(editor: Editor, typed: str, offers: list[str], hides: list[str]) -> None:
    found = editor.lua("return require('hedgerow.words').complete(...)", typed, NAMES)
    assert set(offers) <= set(found)
    assert not set(hides) & set(found)


def apply(editor: Editor, before: dict[str, Any], change: dict[str, Any]) -> Any:
    code = """
    local rows_of = require('hedgerow.rows')
    local before, change = ...
    local rows = rows_of.apply(rows_of.from_list(before), change)
    if not rows then
      return 'ask again'
    end
    local labels = vim.tbl_map(function(row) return row.label end, rows_of.of(rows, 'r1'))
    return { rows.revision, labels, rows.order }
    """
    return editor.lua(code, before, change)


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({"revision": 2, "changed": [row("c3", "alpha")]}, [2, ["Local", "alpha", "beta"], ["r1"]]),
        ({"revision": 2, "removed": ["c2"]}, [2, ["Local"], ["r1"]]),
        ({"revision": 2, "changed": [row("c2", "gamma")]}, [2, ["Local", "gamma"], ["r1"]]),
        ({"revision": 2, "repositories": [REPOSITORY | {"id": "r2"}]}, [2, ["Local", "beta"], ["r1", "r2"]]),
        ({"revision": 2, "removed": ["r1"]}, [2, ["Local", "beta"], {}]),
        ({"revision": 1, "removed": ["c2"]}, [1, ["Local", "beta"], ["r1"]]),
        ({"revision": 3, "removed": ["c2"]}, "ask again"),
    ],
    ids=["new", "gone", "renamed", "repository", "repository gone", "already known", "gap"],
)
def test_rows_follow_changes(editor: Editor, change: dict[str, Any], after: Any) -> None:
    found = apply(editor, listed(LOCAL, row("c2", "beta")), change)
    assert found == after or (after[2] == {} and found[2] == [] and found[:2] == after[:2])


def draw(editor: Editor, result: dict[str, Any] | None, directory: str = "/elsewhere") -> list[str]:
    code = """
    local result, directory = ...
    result = require('hedgerow.compat').plain(result)
    local rows = result and require('hedgerow.rows').from_list(result)
    return require('hedgerow.sessions.drawing').draw(rows, { directory = directory }).text.lines
    """
    return list(editor.lua(code, result, directory))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"counts": CLEAN}, "clean"),
        ({"counts": CLEAN | {"staged": 2, "unstaged": 1, "untracked": 3}}, "2 staged, 1 changed, 3 new"),
        ({"counts": CLEAN | {"conflicted": 1}, "operation": "merge"}, "mid-merge, 1 conflicted"),
        ({"counts": CLEAN, "base": {"oid": "1", "ahead": 2, "behind": 1}}, "clean, 2 ahead, 1 behind"),
        ({"counts": CLEAN, "landed": {"state": "landed", "onto": "main", "how": "squashed"}}, "clean, landed on main"),
        ({"counts": CLEAN, "landed": {"state": "landed", "onto": "main", "how": "nothing"}}, "clean"),
        ({"counts": CLEAN, "kind": "kept"}, "clean, kept"),
        ({"counts": CLEAN, "kind": "foreign", "owner": "claude"}, "clean, made by claude"),
        ({"counts": CLEAN, "kind": "foreign", "owner": "user"}, "clean, made by hand"),
        ({"counts": CLEAN, "locked": {"reason": ""}, "setup": "failed"}, "clean, set-up failed, locked"),
        ({"state": "missing"}, "directory is missing"),
        ({"pending": True, "counts": None, "base": None, "locked": None}, "…"),
        ({"state": "unreadable", "problem": "its index\nis broken"}, "cannot be read, its index?is broken"),
    ],
)
def test_state_in_words(editor: Editor, facts: dict[str, Any], words: str) -> None:
    assert draw(editor, listed(row("c2", "beta", **facts)))[-1] == f"  beta  at 1a2b3c4  {words}"


def test_list_marks_where_the_person_is_and_lines_up(editor: Editor) -> None:
    inner = row("c2", "梨の木", path="/src/orchard/.inner", head={"kind": "unborn", "branch": "new"}, counts=CLEAN)
    lines = draw(editor, listed(inner, LOCAL, row("c3", "x" * 40, counts=CLEAN)), "/src/orchard/.inner/deep")
    assert lines[2:] == [
        "orchard  /src/orchard",
        "  Local                     trunk            clean",
        "  " + "x" * 23 + "…  at 1a2b3c4       clean",
        "* 梨の木                    new (no commit)  clean",
    ]


def test_list_says_when_there_is_nothing(editor: Editor) -> None:
    assert draw(editor, None)[1] == "Reading …"
    empty = {"revision": 1, "repositories": [], "checkouts": []}
    assert draw(editor, empty)[1].startswith("No repository is open")


def test_highlights_lie_within_their_lines(editor: Editor) -> None:
    code = """
    local rows = require('hedgerow.rows').from_list(...)
    local text = require('hedgerow.sessions.drawing').draw(rows, { directory = '/src/orchard' }).text
    local bufnr = vim.api.nvim_create_buf(false, true)
    require('hedgerow.text').put(bufnr, text)
    local shown = {}
    for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(bufnr, -1, 0, -1, { details = true })) do
      local line = text.lines[mark[2] + 1]
      shown[#shown + 1] = { mark[4].hl_group, line:sub(mark[3] + 1, mark[4].end_col) }
    end
    return shown
    """
    shown = editor.lua(code, listed(LOCAL, row("c2", "beta", counts=CLEAN | {"unstaged": 1}, pending=True)))
    assert ["HedgerowRepository", "orchard"] in shown
    assert ["HedgerowChanges", "1 changed"] in shown
    assert ["HedgerowPending", "…"] in shown


PLAN = {
    "token": "t",
    "command": "cleanUp",
    "title": "Clean up fix-login.",
    "effects": [{"text": "Move /src/fix-login into the trash."}],
    "losses": [
        {
            "kind": "untracked",
            "text": "102 untracked files",
            "count": 102,
            "paths": ["a b.txt", "c\td"],
            "kept": "snapshot",
        },
        {"kind": "modified", "text": "1 modified file", "count": 1, "paths": ["pear.txt"], "kept": "snapshot"},
        {"kind": "rebuildable", "text": "node_modules", "count": 1, "paths": [], "kept": "no"},
    ],
    "kept": [{"name": "Local", "reason": "it is Local"}],
    "needsAgreement": True,
}


def test_plan_names_everything(editor: Editor) -> None:
    assert editor.lua("return require('hedgerow.plan').draw(...).lines", PLAN) == [
        "Clean up fix-login.",
        "",
        "What happens",
        "  Move /src/fix-login into the trash.",
        "",
        "What is not kept",
        "  node_modules",
        "",
        "What leaves its place (restorable from the snapshot)",
        "  102 untracked files  (listed below)",
        "  1 modified file",
        "      pear.txt",
        "",
        "What is left alone",
        "  Local: it is Local",
        "",
        "102 untracked files",
        "  a b.txt",
        "  c    d",
        "  and 100 more",
    ]


def test_plan_shows_the_script_that_would_run(editor: Editor) -> None:
    script = {"path": ".hedgerow/setup.sh", "sha256": "0123456789abcdef", "text": "npm ci\nmake\n", "allowed": False}
    plan = PLAN | {"losses": [], "kept": [], "setup": script}
    lines = editor.lua("return require('hedgerow.plan').draw(...).lines", plan)
    assert lines[-4:] == [
        "Set-up script that runs if you allow it",
        "  .hedgerow/setup.sh  sha256 0123456789ab",
        "    npm ci",
        "    make",
    ]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ({"server": "starting", "known": False, "worktrees": 0}, "Hedgerow starting"),
        ({"server": "stopped", "known": True, "worktrees": 2}, "Hedgerow stopped"),
        ({"server": "running", "known": True, "worktrees": 1, "current": "Local"}, "Local: 1 worktree"),
        ({"server": "running", "known": True, "worktrees": 3, "message": "set-up"}, "Hedgerow: set-up"),
        ({"server": "running", "known": False, "worktrees": 0}, "Hedgerow"),
    ],
)
def test_statusline(editor: Editor, status: dict[str, Any], text: str) -> None:
    assert editor.lua("return require('hedgerow.status').text(...)", status) == text


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("{}", None),
        ("{ cmd = { 'x' }, settings = { retention = 3 } }", None),
        ("3", "must be a table"),
        ("{ cmd = 'hedgerow serve' }", "vim.g.hedgerow.cmd must be a list of words"),
        ("{ settings = { 'a' } }", "vim.g.hedgerow.settings must be a table of names"),
        ("{ command = {} }", 'no option "command"'),
    ],
)
def test_options_are_checked(editor: Editor, options: str, problem: str | None) -> None:
    config, problems = editor.lua(f"return {{ require('hedgerow.config').merge({options}) }}")
    assert config["cmd"] in (["x"], ["hedgerow", "serve"])
    assert (problem is None and not problems) or (problem is not None and problem in problems[0])

"""Emacs 30 with eglot, which knows nothing of Hedgerow, and the configuration that the documentation gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.other_editors.conftest import NEW, OLD, Orchard
from tests.other_editors.emacs import Emacs, EmacsError

pytestmark = pytest.mark.other_editors


def visit(emacs: Emacs, file: Path) -> None:
    """Open a file in its window, with the server, the buffer following the disk."""
    emacs.lisp(
        "(progn (switch-to-buffer (find-file-noselect %s)) (text-mode) (auto-revert-mode 1) "
        "(call-interactively #'eglot) t)",
        file,
    )


def here(file: Path, code: str) -> str:
    """An expression evaluated where the file is shown."""
    return f'(with-current-buffer (get-file-buffer "{file}") {code})'


def asked(emacs: Emacs) -> list[tuple[str, list[str]]]:
    """What the person was asked, oldest first: prompt and options."""
    return [(prompt, options) for prompt, options in reversed(emacs.lisp("(vconcat test-asked)"))]


def answer(emacs: Emacs, *words: str) -> None:
    emacs.lisp("(progn (setq test-asked nil test-answers (list " + " ".join(["%s"] * len(words)) + ")) t)", *words)


def actions(emacs: Emacs, file: Path, line: int) -> list[str]:
    code = f"""(save-excursion (goto-char (point-min)) (forward-line {line - 1})
      (vconcat (mapcar (lambda (one) (plist-get one :title)) (eglot-code-actions (point) nil nil nil))))"""
    return list(emacs.lisp(here(file, code)))


def take(emacs: Emacs, file: Path, line: int, title: str) -> None:
    """`M-x eglot-code-actions` on a line, and the choice of one."""
    answer(emacs, title)
    code = (
        f"(save-excursion (goto-char (point-min)) (forward-line {line - 1}) (eglot-code-actions (point) nil nil t) t)"
    )
    emacs.lisp(here(file, code))


def text(emacs: Emacs, file: Path) -> str:
    return str(emacs.lisp(here(file, "(buffer-substring-no-properties (point-min) (point-max))")))


def test_it_lists(emacs: Emacs, orchard: Orchard) -> None:
    visit(emacs, orchard.local / "pear.txt")
    emacs.lisp(here(orchard.local / "pear.txt", "(progn (hedgerow-list) t)"))
    shown = emacs.lisp('(with-current-buffer "*hedgerow*" (buffer-string))')
    rows = [line.split() for line in shown.splitlines()]
    assert rows[:2] == [
        ["Local", "local", str(orchard.local)],
        [orchard.worktree.name, "foreign", str(orchard.worktree)],
    ]


def test_it_creates(emacs: Emacs, orchard: Orchard) -> None:
    file = orchard.local / "pear.txt"
    visit(emacs, file)
    emacs.lisp(here(file, """(hedgerow "create" '(:name "fix-login"))"""))
    made = orchard.local.parent / "orchard.worktrees" / "fix-login"
    assert (made / "pear.txt").read_text() == "a pear\n"
    answer(emacs, "list")
    emacs.lisp(here(file, "(call-interactively #'hedgerow)"))
    ((prompt, verbs),) = asked(emacs)
    assert prompt == "Hedgerow: "
    assert {"create", "cleanUp", "accept", "comment", "follow"} <= set(verbs)


def test_it_cleans_up_once_it_was_asked(emacs: Emacs, orchard: Orchard) -> None:
    file = orchard.local / "pear.txt"
    visit(emacs, file)
    emacs.lisp(here(file, """(hedgerow "create" '(:name "fix-login"))"""))
    made = orchard.local.parent / "orchard.worktrees" / "fix-login"
    (made / "precious.txt").write_text("precious\n")

    answer(emacs, "fix-login", "Cancel")
    declined = emacs.lisp(here(file, '(plist-get (hedgerow "cleanUp") :message)'))
    assert declined == "Nothing was changed."
    assert (made / "precious.txt").exists()

    answer(emacs, "fix-login", "Carry out")
    emacs.lisp(here(file, '(hedgerow "cleanUp")'))
    (which, worktrees), (plan, buttons) = asked(emacs)
    assert "which one" in which
    assert "fix-login" in worktrees
    assert "precious.txt" in plan or "1 untracked" in plan, plan
    assert set(buttons) == {"Carry out", "Cancel"}
    assert not made.exists()

    emacs.lisp(here(file, '(hedgerow "undo")'))
    assert (made / "precious.txt").read_text() == "precious\n"


def test_no_answer_is_a_no(emacs: Emacs, orchard: Orchard) -> None:
    file = orchard.local / "pear.txt"
    visit(emacs, file)
    emacs.lisp(here(file, """(hedgerow "create" '(:name "fix-login"))"""))
    made = orchard.local.parent / "orchard.worktrees" / "fix-login"
    (made / "precious.txt").write_text("precious\n")
    answer(emacs, "fix-login")
    try:
        emacs.lisp(here(file, '(hedgerow "cleanUp")'))
    except EmacsError as error:
        assert "quit" in str(error).lower()
    assert (made / "precious.txt").exists()


def test_code_actions_on_a_hunk(emacs: Emacs, orchard: Orchard) -> None:
    visit(emacs, orchard.file)
    assert "Accept this hunk" not in actions(emacs, orchard.file, 3)
    assert {"Accept this hunk", "Reject this hunk"} <= set(actions(emacs, orchard.file, 2))
    take(emacs, orchard.file, 2, "Accept this hunk")
    assert "Accept this hunk" not in actions(emacs, orchard.file, 2)
    assert orchard.file.read_text() == NEW
    take(emacs, orchard.file, 6, "Reject this hunk")
    assert orchard.file.read_text() == NEW.replace("six\n", "")
    emacs.until(here(orchard.file, '(not (string-search "six" (buffer-string)))'))
    assert not any(title.startswith("Accept") for title in actions(emacs, orchard.file, 2))


def test_an_action_of_a_version_gone_by(emacs: Emacs, orchard: Orchard) -> None:
    visit(emacs, orchard.file)
    emacs.lisp(here(orchard.file, "(progn (setq test-kept (eglot-code-actions (point-min) (point-max) nil nil)) t)"))
    orchard.file.write_text("an agent was here\n" + OLD)
    with pytest.raises(EmacsError, match=r"numbers\.txt"):
        emacs.lisp(
            here(
                orchard.file,
                """(eglot-execute (eglot-current-server)
                 (seq-find (lambda (one) (string-prefix-p "Reject" (plist-get one :title))) test-kept))""",
            )
        )
    assert orchard.file.read_text() == "an agent was here\n" + OLD


def test_comments_are_diagnostics(emacs: Emacs, orchard: Orchard) -> None:
    visit(emacs, orchard.file)
    comment = '(progn (goto-char (point-min)) (forward-line 1) (hedgerow-comment "Why so loud? 木") t)'
    emacs.lisp(here(orchard.file, comment))
    shown = """(vconcat (mapcar (lambda (one) (vector (flymake-diagnostic-text one)
        (line-number-at-pos (flymake-diagnostic-beg one)))) (flymake-diagnostics)))"""
    found = emacs.until(here(orchard.file, f"(and (flymake-diagnostics) {shown})"))
    ((words, line),) = found
    assert "Why so loud? 木" in words
    assert line == 2
    take(emacs, orchard.file, 2, "Resolve comment")
    emacs.until(here(orchard.file, "(null (flymake-diagnostics))"))


def test_a_followed_file_is_shown(emacs: Emacs, orchard: Orchard) -> None:
    file = orchard.local / "pear.txt"
    visit(emacs, file)
    answer(emacs, orchard.worktree.name)
    emacs.lisp(here(file, '(hedgerow "follow")'))
    orchard.file.write_text(NEW + "seven\n")
    emacs.until("(and (get-file-buffer %s) (get-buffer-window (get-file-buffer %s)) t)", orchard.file, orchard.file)
    assert emacs.lisp("(buffer-file-name (window-buffer (selected-window)))") == str(file), "the cursor stays"
    assert "seven" in text(emacs, orchard.file)

"""What differs, as the shell shows it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cli.pages import HOSTILE, Page

from hedgerow.cli.terminal import Terminal
from hedgerow.cli.views.review import show_diff, show_document, show_hunks
from hedgerow.protocol.review import (
    BaseContentResult,
    DiffResult,
    DiffTotals,
    FileChange,
    FileKind,
    FileStatus,
    Hunk,
    HunksResult,
    HunkState,
)


def change(path: str, status: FileStatus = FileStatus.MODIFIED, **fields: Any) -> FileChange:
    usual = {"added": 3, "removed": 1, "pending": True, "pending_added": 3, "pending_removed": 1}
    return FileChange(**{"path": path, "status": status, **usual, **fields})


def diff(*files: FileChange, **fields: Any) -> DiffResult:
    totals = DiffTotals(files=len(files), added=9, removed=4, pending=2)
    usual = {"checkout": "w1", "between": "base", "base": "1" * 40, "version": "v", "totals": totals}
    return DiffResult(**{**usual, "files": list(files), **fields})


def hunk(text: str, state: HunkState = HunkState.PENDING) -> Hunk:
    return Hunk(id="h1", old_start=4, old_count=1, new_start=4, new_count=2, text=text, state=state)


def hunks(*found: Hunk, **fields: Any) -> HunksResult:
    usual = {"checkout": "w1", "path": "a.py", "between": "base", "status": FileStatus.MODIFIED, "version": "v",
             "base_uri": "hedgerow-base:/w1/base/a.py", "reviewed_uri": "hedgerow-base:/w1/reviewed/a.py"}  # fmt: skip
    return HunksResult(**{**usual, "hunks": list(found), **fields})


def words(page: Page) -> list[str]:
    return [" ".join(line.split()) for line in page.lines]


def test_a_line_for_each_file_and_what_of_it_is_still_to_review() -> None:
    page = Page(100)
    none = {"added": None, "removed": None, "pending_added": None, "pending_removed": None}
    show_diff(
        diff(
            change("all.py"),
            change("some.py", pending_added=2, pending_removed=0),
            change("none.py", pending=False, pending_added=0, pending_removed=0),
            change("new.py", FileStatus.RENAMED, old_path="old.py"),
            change("waits.py", queued=True),
            change("logo.png", FileStatus.ADDED, kind=FileKind.BINARY, **none),
            cursor="next",
            totals=DiffTotals(files=1200, added=9, removed=4, pending=2),
        ),
        page.console,
    )
    assert words(page) == [
        "status file lines review",
        "modified all.py +3 -1",
        "modified some.py +3 -1 +2 -0 pending",
        "modified none.py +3 -1 accepted",
        "renamed old.py -> new.py +3 -1",
        "modified waits.py +3 -1 a rejection waits",
        "added logo.png binary",
        "6 of 1200 files, +9 -4; 2 pending.",
        "The next ones: --cursor next",
    ]


@pytest.mark.parametrize(("between", "said"), [("base", "Nothing differs."), ("reviewed", "Nothing is pending.")])
def test_no_difference_is_said(between: str, said: str) -> None:
    page = Page()
    show_diff(diff(between=between), page.console)
    assert page.lines == [said]


def test_hunks_read_as_a_patch_with_their_ids_and_states() -> None:
    page = Page()
    last = "-old\n+new\n\\ No newline at end of file\n"
    show_hunks(
        hunks(hunk("-was\n+is\n+more\n", HunkState.ACCEPTED), hunk(last, HunkState.QUEUED), pending=True), page.console
    )
    assert page.lines == [
        "a.py: modified",
        "@@ -4,1 +4,2 @@ h1, accepted",
        "-was",
        "+is",
        "+more",
        "@@ -4,1 +4,2 @@ h1, its rejection waits",
        "-old",
        "+new",
        "\\ No newline at end of file",
    ]


def test_what_has_no_hunks_says_what_it_is() -> None:
    page = Page()
    show_hunks(hunks(status=None), page.console)
    show_hunks(hunks(status=FileStatus.MODE, old_mode="100644", new_mode="100755"), page.console)
    show_hunks(hunks(kind=FileKind.BINARY, pending=True), page.console)
    assert page.lines == [
        "a.py does not differ.",
        "a.py: mode, mode 100644 -> 100755, accepted",
        "a.py: modified binary",
    ]


def test_text_of_files_never_steers_the_terminal() -> None:
    page = Page()
    show_diff(diff(change(HOSTILE)), page.console)
    show_hunks(hunks(hunk(f"+{HOSTILE}\n"), path=HOSTILE), page.console)
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(page.text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "latin-1"])
def test_a_document_that_goes_elsewhere_keeps_its_bytes(encoding: str, capfdbinary: Any) -> None:
    bom = encoding != "latin-1"
    shown = BaseContentResult(uri="u", exists=True, text="caf\xe9\r\nno end", encoding=encoding, bom=bom)
    show_document(shown, Terminal())
    assert capfdbinary.readouterr().out == ("\ufeff" if bom else "").encode(encoding) + "caf\xe9\r\nno end".encode(
        encoding
    )


def test_a_document_on_a_terminal_is_harmless(monkeypatch: pytest.MonkeyPatch, capfdbinary: Any) -> None:
    monkeypatch.setattr(Terminal, "prints_to_person", staticmethod(lambda: True))
    show_document(BaseContentResult(uri="u", exists=True, text="a\x1b[2J\nb\n", encoding="utf-8"), Terminal())
    out = capfdbinary.readouterr().out
    assert b"\x1b" not in out
    assert out.endswith(b"\nb\n")

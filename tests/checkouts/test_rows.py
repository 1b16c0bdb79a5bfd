"""Facts to rows: nothing in a row can move a cursor, forge a line, or break JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.checkouts.room import Room
from tests.support.repositories import Playground

from hedgerow.checkouts.rows import plain, wire_path
from hedgerow.protocol.checkouts import HeadKind


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("fix login", "fix login"),
        ("木 ünï", "木 ünï"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("bell\x07 and \x9b1m", "bell and 1m"),
        ("right\u202eto left", "rightto left"),
        (os.fsdecode(b"not \xff utf-8"), "not \ufffd utf-8"),
        ("  spaces  ", "spaces"),
        ("", ""),
    ],
)
def test_words_for_a_person(given: str, shown: str) -> None:
    assert plain(given) == shown


@pytest.mark.parametrize("raw", [b"/a b", b"/new\nline", b"/not-\xff-utf8", "/木".encode(), b"/esc\x1b"])
def test_a_path_survives_json(raw: bytes) -> None:
    text = wire_path(Path(os.fsdecode(raw)))
    assert json.loads(json.dumps(text)) == text
    text.encode()
    if b"\xff" not in raw:
        assert text.encode() == raw


@pytest.mark.parametrize(
    ("message", "subject"),
    [
        (b"plain\n", "plain"),
        (b"two\nlines of one paragraph\n\nbody\n", "two lines of one paragraph"),
        (b"\n\nafter empty lines\n", "after empty lines"),
        (b"\x1b]0;title\x07gone", "]0;titlegone"),
        (b"", ""),
        (b"latin \xe9\n", "latin \ufffd"),
    ],
)
async def test_subjects(room: Room, playground: Playground, message: bytes, subject: str) -> None:
    project = playground.repository()
    tree = playground.text("rev-parse", "HEAD^{tree}", cwd=project)
    raw = f"tree {tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 86400 +0000\n\n".encode() + message
    oid = playground.git("hash-object", "-w", "-t", "commit", "--stdin", cwd=project, input=raw).decode().strip()
    playground.git("checkout", "--quiet", "--detach", oid, cwd=project)
    head = (await room.row(project)).head
    assert (head.kind, head.subject, head.committed) == (HeadKind.DETACHED, subject, 86400)


async def test_a_subject_in_the_encoding_its_commit_names(room: Room, playground: Playground) -> None:
    project = playground.repository()
    playground.git("config", "i18n.commitEncoding", "ISO-8859-1", cwd=project)
    playground.git("commit", "--quiet", "--allow-empty", "--file=-", cwd=project, input="café".encode("latin-1"))
    assert (await room.row(project)).head.subject == "café"

"""What files held, within bounds; and that looking at one never hangs, follows a link, or reads too much."""

from __future__ import annotations

import os
from pathlib import Path

from hedgerow.watch.seen import LARGEST, MISSING, Content, Seen, count_lines, look


def test_the_longest_unused_goes_first() -> None:
    everything = Seen(limit=10)
    seen, other = everything.of("one"), everything.of("two")
    for name in (b"a", b"b"):
        seen.put(name, Content(b"12345"))
    seen.get(b"a")
    seen.put(b"c", Content(b"123"))

    assert seen.get(b"b") is None
    assert seen.get(b"a") == Content(b"12345")
    seen.put(b"a", Content(b""))
    seen.put(b"d", Content(b"1234567"))
    assert len(everything) == 3
    other.put(b"a", Content(b""))
    assert seen.get(b"a") is not other.get(b"a")
    seen.forget()
    assert len(everything) == 1
    seen.put(b"e", Content(b"more than ten"))
    assert len(everything) == 0


def test_looking(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text\n")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * (LARGEST + 1))
    place = os.fsencode(tmp_path) + b"/"

    assert look(place + b"file").data == b"text\n"
    link = look(place + b"link")
    assert (link.data, link.link) == (b"file", True)
    assert look(place + b"large").data is None
    for name in (b"directory", b"pipe", b"nothing", b"file/below"):
        assert look(place + name) is MISSING


def test_counting_lines_of_large_files(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"line\n" * 3_000_000)
    (tmp_path / "binary").write_bytes(b"\0" * 100)
    place = os.fsencode(tmp_path) + b"/"

    assert count_lines(place + b"large") == 3_000_000
    assert count_lines(place + b"binary") is None
    assert count_lines(place + b"nothing") is None
    with (tmp_path / "huge").open("wb") as file:
        file.write(b"x\n")
        file.truncate(2**27)
    assert count_lines(place + b"huge") is None

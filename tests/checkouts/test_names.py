"""Names that may mean something else to git than to the file system are never asked for alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hedgerow.checkouts import names
from hedgerow.checkouts.names import mean_the_same


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "src" / "deep").mkdir(parents=True)
    for name in ("a.txt", "src/b.txt", "src/deep/c.txt"):
        (tmp_path / name).write_text("x\n")
    return tmp_path


def asked(root: Path, *paths: bytes) -> bool:
    return mean_the_same(os.fsencode(root), paths)


def test_files_that_are_there_or_gone(root: Path) -> None:
    (root / "link").symlink_to("nowhere")
    assert asked(root, b"a.txt", b"src/b.txt", b"src/deep/c.txt", b"src/gone", b"link", b"-x", b":(top)x")


@pytest.mark.parametrize("path", ["ü.txt".encode(), b"\xff", b".gitignore", b"src/.gitattributes", b"src/.GITmodules"])
def test_names_that_say_more_than_they_seem_to(root: Path, path: bytes) -> None:
    assert not asked(root, b"a.txt", path)


def test_no_directory_no_pipe_and_no_second_name(root: Path) -> None:
    os.mkfifo(root / "pipe")
    os.link(root / "a.txt", root / "src" / "second")
    for path in (b"src", b"pipe", b"a.txt", b"src/second"):
        assert not asked(root, path)
    assert not asked(root, b"src/deep/no-directory/x")
    assert not asked(root, b"src/b.txt/x")


def test_nothing_in_another_repository(root: Path) -> None:
    (root / "src" / ".git").write_text("gitdir: elsewhere\n")
    assert not asked(root, b"src/b.txt")
    assert not asked(root, b"src/deep/c.txt")


def test_nothing_where_capitals_do_not_count(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tried as such a disk answers: the other name is the same file. There is none where tests run."""
    folded = os.fsencode(root / "src")
    real = os.lstat

    def lstat(path: bytes) -> os.stat_result:
        directory, name = os.path.split(path)
        return real(os.path.join(directory, name.lower()) if directory == folded else path)

    monkeypatch.setattr(names.os, "lstat", lstat)
    assert asked(root, b"a.txt")
    assert not asked(root, b"src/b.txt")
    assert not asked(root, b"src/deep/c.txt")


def test_where_no_name_has_letters_it_cannot_be_told(root: Path) -> None:
    (root / "digits").mkdir()
    (root / "digits" / "123").write_text("x\n")
    assert not asked(root, b"digits/123")
    (root / "digits" / "x").write_text("x\n")
    assert asked(root, b"digits/123")

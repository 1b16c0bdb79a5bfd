"""A home of Codex for one worktree alone."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.sessions.agents.codex.separate import separate_home


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """One whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="hr-") as made:
        yield Path(made)


@pytest.fixture
def usual(tmp_path: Path) -> Path:
    home = tmp_path / "usual"
    (home / "sessions").mkdir(parents=True)
    (home / "config.toml").write_text('model = "gpt-6"\n')
    (home / "auth.json").write_text("{}")
    return home


def test_it_has_the_person_s_settings_and_login_and_nothing_else(usual: Path, tmp_path: Path) -> None:
    place = separate_home(usual, tmp_path / "state" / "one")
    assert {each.name for each in place.iterdir()} == {"config.toml", "auth.json"}
    assert not (place / "config.toml").is_symlink(), "Codex would write through a link into the person's own"
    assert (place / "auth.json").readlink() == usual / "auth.json"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_what_it_has_by_now_stays(usual: Path, tmp_path: Path) -> None:
    place = separate_home(usual, tmp_path / "one")
    (place / "config.toml").write_text("its own\n")
    (place / "auth.json").unlink()
    (place / "auth.json").write_text("another login")
    assert separate_home(usual, tmp_path / "one") == place
    assert (place / "config.toml").read_text() == "its own\n"
    assert (place / "auth.json").read_text() == "another login"


def test_one_of_somebody_who_never_ran_codex_is_empty(tmp_path: Path) -> None:
    assert list(separate_home(tmp_path / "nothing", tmp_path / "one").iterdir()) == []


def test_a_path_that_no_socket_could_have_is_refused(usual: Path, tmp_path: Path) -> None:
    place = tmp_path / ("x" * 100)
    with pytest.raises(HedgerowError, match="107 bytes") as caught:
        separate_home(usual, place)
    assert caught.value.code is ErrorCode.UNSUPPORTED
    assert not place.exists()

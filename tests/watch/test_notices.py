"""What we rely on inside watchdog, held; and the limits of the system, met."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent, InotifyFD

from hedgerow.watch.changes import NoWatchesLeftError
from hedgerow.watch.systems.notices import MASK, Notices, system_limit


class Heard:
    """A listener that keeps everything, under the lock that Python's lists have."""

    def __init__(self) -> None:
        self.events: list[InotifyEvent] = []
        self.gone: list[int] = []
        self.overflows = 0

    def on_event(self, event: InotifyEvent) -> None:
        self.events.append(event)

    def on_watch_deleted(self, wd: int) -> None:
        self.gone.append(wd)

    def on_queue_overflow(self) -> None:
        self.overflows += 1

    def names(self) -> set[bytes]:
        return {event.name for event in self.events}


@pytest.fixture
async def notices() -> AsyncIterator[Notices]:
    made = Notices()
    yield made
    made.close()


async def test_events_come_in_order_and_with_all_that_we_read_of_them(notices: Notices, tmp_path: Path) -> None:
    heard = Heard()
    wd = notices.add(os.fsencode(tmp_path), heard)
    (tmp_path / "a").write_text("x")
    os.rename(tmp_path / "a", tmp_path / "b")
    (tmp_path / "b").unlink()
    (tmp_path / "directory").mkdir()
    assert await notices.caught_up()

    kinds = [(event.name, [kind for kind in ("create", "modify", "close_write", "moved_from", "moved_to", "delete")
                           if getattr(event, f"is_{kind}")]) for event in heard.events]  # fmt: skip
    assert kinds == [
        (b"a", ["create"]),
        (b"a", ["modify"]),
        (b"a", ["close_write"]),
        (b"a", ["moved_from"]),
        (b"b", ["moved_to"]),
        (b"b", ["delete"]),
        (b"directory", ["create"]),
    ]
    assert {event.wd for event in heard.events} == {wd}
    assert heard.events[3].cookie == heard.events[4].cookie != 0
    assert heard.events[-1].mask & InotifyConstants.IN_ISDIR


async def test_reading_is_no_event(notices: Notices, tmp_path: Path) -> None:
    """With these events watchdog 7.1 spins for ever on its own reads."""
    assert not MASK & (InotifyConstants.IN_OPEN | InotifyConstants.IN_CLOSE_NOWRITE | InotifyConstants.IN_ACCESS)
    (tmp_path / "a").write_text("x")
    heard = Heard()
    notices.add(os.fsencode(tmp_path), heard)

    (tmp_path / "a").read_text()
    list(tmp_path.iterdir())

    assert await notices.caught_up()
    assert heard.events == []


async def test_many_may_ask_at_once_whether_all_was_seen(notices: Notices, tmp_path: Path) -> None:
    heard = Heard()
    notices.add(os.fsencode(tmp_path), heard)

    async def write(number: int) -> None:
        (tmp_path / str(number)).write_text("x")
        assert await notices.caught_up()
        assert str(number).encode() in heard.names()

    await asyncio.gather(*(write(number) for number in range(100)))


async def test_what_is_not_there_is_not_watched(notices: Notices, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path)

    for name in ("nothing", "file", "link"):
        assert notices.add(os.fsencode(tmp_path / name), Heard()) is None
    assert notices.watches == 0


async def test_our_own_limit(tmp_path: Path) -> None:
    notices = Notices(limit=1)
    heard = Heard()
    (tmp_path / "one").mkdir()
    wd = notices.add(os.fsencode(tmp_path), heard)
    assert wd is not None
    with pytest.raises(NoWatchesLeftError):
        notices.add(os.fsencode(tmp_path / "one"), heard)

    notices.remove([wd], heard)
    assert notices.add(os.fsencode(tmp_path / "one"), heard) is not None
    notices.close()


async def test_the_systems_limit_is_met_with_the_same_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    notices = Notices()
    monkeypatch.setattr(InotifyFD, "_get_or_create_watch", full)
    with pytest.raises(NoWatchesLeftError):
        notices.add(os.fsencode(tmp_path), Heard())
    assert notices.watches == 0
    notices.close()


def test_the_systems_limit_is_read() -> None:
    assert system_limit() == int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())


async def test_a_directory_that_is_added_twice_warns_nobody(notices: Notices, tmp_path: Path) -> None:
    heard = Heard()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Notices().close()  # which filters it
        notices.add(os.fsencode(tmp_path), heard)
        notices.add(os.fsencode(tmp_path), heard)
    assert [str(warning.message)[:80] for warning in caught] == []


async def test_an_overflow_reaches_every_listener(notices: Notices, tmp_path: Path) -> None:
    one, two = Heard(), Heard()
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    notices.add(os.fsencode(tmp_path / "one"), one)
    notices.add(os.fsencode(tmp_path / "two"), two)

    # As the kernel reports it, handed to watchdog's own reader.
    notices._reader.handle_event(InotifyEvent(-1, InotifyConstants.IN_Q_OVERFLOW, 0, b""))  # type: ignore[arg-type]

    assert (one.overflows, two.overflows) == (1, 1)


async def test_closing_gives_everything_back(tmp_path: Path) -> None:
    notices = Notices()
    notices.add(os.fsencode(tmp_path), Heard())
    reader = notices._reader
    assert reader is not None
    place = f"/proc/self/fd/{reader._inotify_fd}"
    identity = os.stat(place)
    assert "inotify" in os.readlink(place)
    notices.close()
    assert not reader.is_alive()
    assert not os.path.exists(place) or os.stat(place) != identity or "inotify" not in os.readlink(place)
    assert not await notices.caught_up()


def test_watchdog_is_no_part_of_a_start() -> None:
    program = "import sys, hedgerow.app, hedgerow.lsp.server; print('watchdog' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert out == "False\n"

"""The id of a repository is made once, whoever comes at the same moment."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from hedgerow.journal.identity import ID_FILE, ensure_identity
from hedgerow.journal.records import Records


class Remembered(Records):
    """Records that keep the ids they were told of in memory."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def remember_repository(self, identity: str, common_dir: Path) -> None:
        self.ids.append(identity)


def test_of_many_at_once_all_get_the_same_id(tmp_path: Path) -> None:
    records = Remembered()
    for number in range(20):
        place = tmp_path / str(number)
        place.mkdir()
        ready = threading.Barrier(4)

        def make(place: Path = place, ready: threading.Barrier = ready) -> None:
            ready.wait()
            ensure_identity(place, records, "path-0")

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        made = set(records.ids)
        records.ids.clear()
        assert made == {(place / ID_FILE).read_text().strip()}
        assert [each.name for each in (place / ID_FILE).parent.iterdir()] == [ID_FILE.name]


@pytest.mark.parametrize("damaged", [b"", b"../../evil\n", b"\xff" * 16])
def test_an_id_that_is_none_gives_way(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / ID_FILE).parent.mkdir()
    (tmp_path / ID_FILE).write_bytes(damaged)

    made = ensure_identity(tmp_path, Remembered(), "path-0")

    assert (tmp_path / ID_FILE).read_text() == f"{made}\n"

"""What was done and what is held: rows for people, across repositories, and each shown by its id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground
from tests.support.hedgerow import Hedgerow

from hedgerow.journal.operations import as_operation
from hedgerow.protocol.errors import HedgerowError

ROW: dict[str, Any] = {
    "id": "o1", "repository": "r", "command": "keep", "title": "Kept work", "state": "done",
    "started": 1.0, "ended": 2.0,
    "undo": '{"how": "invert"}', "undoes": None, "undone_by": None, "snapshots": "[]", "checkouts": '["w1"]',
    "error": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "undoable"),
    [
        ({}, True),
        ({"undo": None}, False),
        ({"undo": '{"how": "none", "why": "pushed"}'}, False),
        ({"undo": '{"how": "retire", "worktrees": ["w1"]}'}, True),
        ({"state": "running", "ended": None}, False),
        ({"state": "rolledBack"}, False),
        ({"state": "undone", "undone_by": "o2"}, False),
        ({"state": "failed", "error": "no room"}, False),
    ],
)
def test_as_operation(changes: dict[str, Any], undoable: bool) -> None:
    operation = as_operation({**ROW, **changes})
    assert operation.undoable is undoable
    assert operation.checkouts == ["w1"]
    assert operation.error == changes.get("error")


async def test_each_repository_has_its_own_and_all_are_shown_together(ground: Ground) -> None:
    other = ground.playground.repository("other")
    made = await ground.call("create", name="work")
    elsewhere = await ground.hedgerow.call("create", other, name="there")
    for where, expected in ((ground.repository, made), (other, elsewhere)):
        history = await ground.hedgerow.call("history", where)
        assert [one.id for one in history.operations] == [expected.operation.id]
    everything = await ground.call("history", all=True)
    assert [one.id for one in everything.operations] == [elsewhere.operation.id, made.operation.id]
    limited = await ground.call("history", all=True, limit=1)
    assert [one.id for one in limited.operations] == [elsewhere.operation.id]
    named = await ground.call("history", repository="../other")
    assert [one.id for one in named.operations] == [elsewhere.operation.id]


async def test_everything_is_shown(ground: Ground) -> None:
    made = await ground.call("create", name="work", branch="topic")
    worktree = Path(made.paths[0])
    ground.playground.dirty(worktree)
    gone = await ground.clean_up(worktree)
    assert gone.operation is not None
    for operation in (made.operation.id, gone.operation.id):
        shown = await ground.call("show", id=operation)
        assert shown.operation.id == operation and shown.text
    (snapshot,) = gone.operation.snapshots
    by_id, by_name = await ground.call("show", id=snapshot), await ground.call("show", id="work")
    assert by_id.snapshot.id == by_name.snapshot.id == snapshot
    assert {"a.txt", "untracked.txt"} <= {file.path for file in by_id.files}
    assert any(line.startswith("git ") for line in by_id.recover)
    for text in ("Local", "main", str(ground.repository), "."):
        assert str(ground.repository) in (await ground.call("show", id=text)).text
    for text in ("", "nothing", "o000000000", "s000000000", "-x", "a\nb", "../other", "\0"):
        with pytest.raises(HedgerowError) as refusal:
            await ground.call("show", id=text)
        assert refusal.value.message.isprintable()


async def test_the_recipe_with_plain_git_works(ground: Ground) -> None:
    worktree = await ground.create("work")
    (worktree / "a.txt").write_text("edited\n")
    (worktree / "new.txt").write_text("new\n")
    gone = await ground.clean_up(worktree)
    assert gone.operation is not None
    shown = await ground.call("show", id=gone.operation.snapshots[0])
    place = ground.repository.parent / "by hand"
    for line in shown.recover:
        if line.startswith("git "):
            words = [str(place) if word == "<new directory>" else word for word in _words(line)]
            ground.git(*words[1:])
    assert (place / "a.txt").read_text() == "edited\n"
    assert (place / "new.txt").read_text() == "new\n"


def _words(line: str) -> list[str]:
    import shlex  # noqa: PLC0415

    return shlex.split(line.replace("<new directory>", "'<new directory>'"))


async def test_undo_without_a_name_takes_back_what_the_person_did(ground: Ground) -> None:
    """Not what retention did after it."""
    old = await ground.create("old")
    async with Hedgerow.opened(ground.home, retention=1) as hedgerow:
        made = await hedgerow.agree("create", ground.repository, name="new")
        assert not old.exists()
        await hedgerow.agree("undo", ground.repository)
    assert not Path(made.paths[0]).exists()
    assert not old.exists()


async def test_odd_names_of_rebuildable_directories_lose_nothing(ground: Ground) -> None:
    ground.playground.commit(ground.repository, "ignore", {".gitignore": "secret/\n*.ignored\n"})
    odd = ["", ".", "..", "/", "*", "secret/", "./secret", "SECRET", "x.ignored", "sub/secret"]
    async with Hedgerow.opened(ground.home, rebuildable=odd) as hedgerow:
        worktree = Path((await hedgerow.agree("create", ground.repository, name="work")).paths[0])
        ground.playground.write(worktree, {"secret/key": "k", "x.ignored": "x", "sub/secret/key": "k"})
        before = ground.observe().files(worktree)
        gone = await hedgerow.agree("cleanUp", ground.repository, checkouts=["work"])
        assert gone.operation is not None
        restored = await hedgerow.agree("restore", ground.repository, snapshot=gone.operation.snapshots[0], name="back")
    after = ground.observe().files(Path(restored.paths[0]))
    assert after.keys() == before.keys()
    assert {k: v for k, v in after.items() if k != b".git"} == {k: v for k, v in before.items() if k != b".git"}

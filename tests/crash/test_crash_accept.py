"""P4 for what a person has accepted: an acceptance that is stopped anywhere has happened, or has not; nothing between.

It changes no file and nothing of the person's, so what is looked at is what a review says.
"""

# ruff: noqa: N802 - named by the properties

from __future__ import annotations

from typing import Any

import pytest
from tests.crash.interruption import EVERY_STOP, Gate, Stop
from tests.crash.scene import Scene, changed, make_scene
from tests.support.hedgerow import Hedgerow
from tests.support.home import Home

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def pending(scene: Scene) -> list[str]:
    """What is not accepted yet, as a process says that knows only what is on disk."""

    async def ask(hedgerow: Hedgerow, _: Gate) -> list[str]:
        await hedgerow.call("create", scene.repository, name="unused", dryRun=True)  # a change recovers first
        answer = await hedgerow.call("diff", scene.repository, checkout="session", between="reviewed")
        return [file.path for file in answer.files]

    asked = scene.run(ask)
    assert asked.crash is None, asked.crash
    assert asked.error is None, asked.error
    assert isinstance(asked.value, list)
    return asked.value


@pytest.mark.parametrize("how", ["fail", "kill before", "kill during", "kill after"])
def test_P4_of_accepting(how: str, home: Home) -> None:
    scene = make_scene(home)

    async def accept(hedgerow: Hedgerow, gate: Gate) -> str:
        gate.open = True
        done = await hedgerow.call("accept", scene.repository, checkout="session", paths=["a.txt", "c.txt"])
        gate.open = False
        return str(done.operation.id)

    async def undo(hedgerow: Hedgerow, _: Gate) -> Any:
        return (await hedgerow.agree("undo", scene.repository)).operation is not None

    before, told_before = scene.observe(), pending(scene)
    reference = scene.run(accept)
    assert reference.crash is None, reference.crash
    assert reference.error is None, reference.error
    told_after = pending(scene)
    assert told_after != told_before
    assert scene.run(undo).value is True
    assert pending(scene) == told_before
    seen = set()
    for at in range(1, len(reference.calls) + 1):
        if not EVERY_STOP and at % 3 and "update-ref" not in reference.calls[at - 1]:
            continue
        outcome = scene.run(accept, Stop(how, at))
        assert outcome.crash is None, outcome.crash
        told = pending(scene)
        assert told in (told_before, told_after), (at, reference.calls[at - 1])
        assert changed(before, scene.observe()) == []
        seen.add(told == told_after)
        if told == told_after:
            assert scene.run(undo).value is True
            assert pending(scene) == told_before
    assert seen, "it was never stopped"

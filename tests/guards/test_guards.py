"""Every guard does something: with it the scenario ends well, without it the same scenario ends in harm.

A guard is switched off here, in this process; no setting can do it.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from tests.guards.scenarios import SCENARIOS
from tests.support.ground import Ground

from hedgerow.checkouts import repositories
from hedgerow.git import environment, runner
from hedgerow.journal import agreement, guards
from hedgerow.journal.snapshots import taking, transitions
from hedgerow.journal.steps import registration
from hedgerow.transfer import hand_off
from hedgerow.worktrees import consent, protections, retire, trash

SwitchOff = Callable[[pytest.MonkeyPatch], None]


def _protection(name: str) -> SwitchOff:
    async def nothing(*_: object) -> None:
        return None

    return lambda patch: patch.setitem(protections.PROTECTIONS, name, nothing)


def _guard(kind: type[guards.Guard]) -> SwitchOff:
    async def nothing(*_: object) -> None:
        return None

    return lambda patch: patch.setattr(kind, "check", nothing)


def _attribute(owner: object, name: str, value: object) -> SwitchOff:
    return lambda patch: patch.setattr(owner, name, value)


async def _none(*_: object, **__: object) -> None:
    return None


async def _true(*_: object) -> bool:
    return True


def _leaky(**_: object) -> dict[str, str]:
    return dict(os.environ)


def _losses_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(retire.Taking, "losses", lambda _self, **_: [])


GUARDS: dict[str, SwitchOff] = {
    **{f"protection {name}": _protection(name) for name in protections.PROTECTIONS},
    **{
        f"guard {kind.model_fields['kind'].default}": _guard(kind)
        for kind in (
            guards.Unchanged,
            guards.RefIs,
            guards.Absent,
            guards.NotLocked,
            guards.NotCheckedOut,
            guards.NotHosted,
            guards.NotInUse,
            guards.Broken,
            guards.FileIs,
            guards.StillWaits,
        )
    },
    "a plan that is out of date stops nobody": _attribute(agreement.Agreement, "refuse_outdated", _none),
    "unsaved text at the token": _attribute(agreement, "refuse_unsaved", lambda *_: None),
    "the pair points at each other": _attribute(registration, "_prove_pair", lambda *_: None),
    "the directory is the one that was meant": _attribute(
        registration.Move, "_is", lambda _self, path: os.path.isdir(path)
    ),
    "a script runs only when its bytes were allowed": _attribute(consent, "may_run", lambda *_, **__: True),
    "an untrusted repository is only listed": _attribute(repositories, "_refusal", lambda *_: None),
    "what cannot be held blocks": _attribute(taking, "refuse", lambda *_: None),
    "the trash is emptied only while the snapshot is there": _attribute(trash, "_snapshots_hold", _true),
    "automatic clean-up takes nothing that names a loss": _losses_ignored,
    "what is staged is what the plan saw": _attribute(transitions._Transition, "refuse_changed", _none),
    "nothing of others' is overwritten": _attribute(transitions, "refuse_in_the_way", lambda *_: None),
    "a branch is handed off from one place only": _attribute(hand_off, "refuse_elsewhere", _none),
    "no inherited GIT_*": _attribute(runner, "environment", _leaky),
    "no hooks": _attribute(runner, "NO_HOOKS", ()),
    "no fsmonitor": _attribute(
        runner, "ALWAYS", tuple(one for one in environment.ALWAYS if not one.startswith("core.fsmonitor"))
    ),
}


def test_every_guard_has_its_scenario() -> None:
    assert set(GUARDS) == set(SCENARIOS)


@pytest.mark.parametrize("name", sorted(GUARDS))
async def test_with_the_guard_all_is_well(name: str, ground: Ground) -> None:
    await SCENARIOS[name](ground)


@pytest.mark.parametrize("name", sorted(GUARDS))
async def test_without_the_guard_there_is_harm(name: str, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    GUARDS[name](monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await SCENARIOS[name](ground)

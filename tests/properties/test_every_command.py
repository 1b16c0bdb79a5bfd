"""P1, P2, P5 and P6 around every command: only what was declared changes, and undo takes it back."""

# ruff: noqa: N802 - named by the properties

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground
from tests.support.oracle import Except, Fact, of_checkout, of_ref

from hedgerow.protocol.commands import COMMANDS


@dataclass
class Scene:
    """Local, a worktree `session` that a command acts on, and a sibling; all of them full of work."""

    ground: Ground
    session: Path
    sibling: Path
    new: Path = field(init=False)

    def __post_init__(self) -> None:
        self.new = self.session.parent / "made"

    @property
    def local(self) -> Path:
        return self.ground.repository


@dataclass(frozen=True)
class Case:
    """A command, and what it may change.

    Attributes:
        before: commands that lead up to it.
        grows: whether a ref moves, so that an undo leaves reflogs longer than they were.
    """

    verb: str
    params: dict[str, Any]
    changes: Callable[[Scene], list[Except]] = lambda _: []
    before: tuple[tuple[str, dict[str, Any]], ...] = ()
    undoable: bool = True
    grows: bool = False


def _session(scene: Scene) -> list[Except]:
    return [of_checkout(scene.session)]


def _new(scene: Scene) -> list[Except]:
    return [of_checkout(scene.new)]


def _new_with_branch(scene: Scene) -> list[Except]:
    return [of_checkout(scene.new), of_ref("refs/heads/made")]


def _moved(scene: Scene) -> list[Except]:
    local = str(scene.local)
    return [of_checkout(scene.new), lambda fact: fact.where == local and fact.area in ("file", "index")]


def _session_with_branch(scene: Scene) -> list[Except]:
    return [of_checkout(scene.session), of_ref("refs/heads/session")]


def _head_of_session(scene: Scene) -> list[Except]:
    def head(fact: Fact) -> bool:
        return fact.where == str(scene.session) and fact.name == b"HEAD"

    return [head, of_ref("refs/heads/here")]


def _session_and_local(scene: Scene) -> list[Except]:
    """Files, index and HEAD of both ends; neither their `.git` nor anything that all share."""
    ends = {str(scene.session), str(scene.local)}

    def laid_down(fact: Fact) -> bool:
        if fact.where == str(scene.local / ".git"):
            return fact.name == b"HEAD"
        return fact.where in ends and (fact.area in ("file", "index", "reflog") or fact.name == b"HEAD")

    return [laid_down]


def _local_files(scene: Scene) -> list[Except]:
    local = str(scene.local)
    return [lambda fact: fact.where == local and fact.area == "file"]


def _files_of_session(scene: Scene) -> list[Except]:
    session = str(scene.session)
    return [lambda fact: fact.where == session and fact.area == "file"]


def _commit(scene: Scene) -> list[Except]:
    session = str(scene.session)
    return [lambda fact: fact.where == session and fact.area in ("index", "reflog"), of_ref("refs/heads/session")]


def _pushed(_: Scene) -> list[Except]:
    return [
        of_ref("refs/remotes/origin/session"),
        lambda fact: fact.area == "config" and fact.name.startswith(b"branch.session."),
        lambda fact: fact.area == "admin" and fact.name == b"config",
    ]


_COMMITTED = (
    ("create", {"name": "made", "branch": "made"}),
    ("commit", {"checkout": "session", "message": "all of it"}),
)
_GONE = (("cleanUp", {"checkouts": ["session"]}),)

CASES: dict[str, Case] = {
    "list": Case("list", {"wait": True, "sizes": True}, undoable=False),
    "list all": Case("list", {"all": True}, undoable=False),
    "history": Case("history", {}, undoable=False),
    "show": Case("show", {"id": "session"}, undoable=False),
    "doctor": Case("doctor", {}, undoable=False),
    "create": Case("create", {"name": "made"}, _new),
    "create with a branch": Case("create", {"name": "made", "branch": "made"}, _new_with_branch, grows=True),
    "create from a branch": Case("create", {"name": "made", "from": "session", "keep": True}, _new),
    "create carrying a copy": Case("create", {"name": "made", "carry": "copy"}, _new),
    "create moving": Case("create", {"name": "made", "carry": "move"}, _moved),
    "keep": Case("keep", {"checkout": "session"}),
    "adopt": Case("adopt", {"checkout": "by-hand-sibling"}),
    "setBase": Case("setBase", {"checkout": "session", "base": "main"}),
    "branchHere": Case("branchHere", {"checkout": "session", "branch": "here"}, _head_of_session, grows=True),
    "rename": Case("rename", {"checkout": "session", "label": "Another label"}),
    "cleanUp": Case("cleanUp", {"checkouts": ["session"]}, _session),
    "cleanUp with the branch": Case(
        "cleanUp", {"checkouts": ["session"], "deleteBranch": True}, _session_with_branch, grows=True
    ),
    "cleanUp by landed": Case("cleanUp", {"landed": True}, undoable=False),
    "cleanUp by retention": Case("cleanUp", {"retention": True}, undoable=False),
    "cleanUp of a snapshot": Case("cleanUp", {"snapshots": "its"}, before=_GONE, undoable=False),
    "restore as new": Case("restore", {"snapshot": "session", "name": "made"}, _new, _GONE),
    "restore in the old place": Case("restore", {"snapshot": "session", "place": "old"}, _session, _GONE),
    "repair": Case("repair", {}, undoable=False),
    "handOff": Case("handOff", {"checkout": "session"}, _session_and_local, grows=True),
    "handOff home": Case(
        "handOff", {"checkout": "Local"}, _session_and_local, (("handOff", {"checkout": "session"}),), grows=True
    ),
    "sync": Case("sync", {"from": "session"}, _local_files),
    "commit": Case("commit", {"checkout": "session", "message": "all of it"}, _commit, grows=True),
    "land": Case("land", {"checkout": "session", "onto": "made"}, _new_with_branch, _COMMITTED, grows=True),
    "push": Case("push", {"checkout": "session"}, _pushed, undoable=False),
    "diff": Case("diff", {"checkout": "session", "between": "local"}, undoable=False),
    "hunks": Case("hunks", {"checkout": "session", "path": "a.txt", "words": True}, undoable=False),
    "baseContent": Case("baseContent", {"checkout": "session", "path": "a.txt"}, undoable=False),
    "accept": Case("accept", {"checkout": "session", "all": True}),
    "accept a file": Case("accept", {"checkout": "session", "paths": ["c.txt"]}),
    "reject": Case("reject", {"checkout": "session", "all": True}, _files_of_session),
    "reject a file": Case("reject", {"checkout": "session", "paths": ["c.txt"]}, _files_of_session),
    "comment": Case("comment", {"checkout": "session", "path": "a.txt", "text": "why?"}, undoable=False),
    "editComment": Case(
        "editComment",
        {"id": "its", "resolved": True},
        undoable=False,
        before=(("comment", {"checkout": "session", "path": "a.txt", "text": "why?"}),),
    ),
    "comments": Case("comments", {}, undoable=False),
    "sendComments": Case("sendComments", {"checkout": "session", "delivered": True}, undoable=False),
    "follow": Case("follow", {"checkout": "session"}, undoable=False),
    "undo of a cleanUp": Case("undo", {}, _session, _GONE),
    "undo of an undo": Case("undo", {}, _session, (*_GONE, ("undo", {}))),
    "undo of a create": Case("undo", {}, _new, (("create", {"name": "made", "carry": "copy"}),)),
}


@pytest.fixture
async def scene(ground: Ground) -> Scene:
    session = await ground.create("session", branch="session")
    sibling = ground.playground.worktree(ground.repository, "sibling")
    for checkout in (session, sibling):
        ground.playground.commit(checkout, "only here", {"c.txt": str(checkout)})
    (sibling / "a.txt").write_text("stashed by the person\n")
    ground.git("stash", "push", "--quiet", cwd=sibling)
    for checkout in (session, sibling, ground.repository):
        ground.playground.dirty(checkout)
    return Scene(ground, session, sibling)


NEED_AN_AGENT = {"start", "stop", "resume", "fork", "send", "answer", "attach", "logs", "pin", "archive", "markSeen"}
"""They are held to the same in `tests/flows/sessions`, where one runs."""


def test_every_command_is_here() -> None:
    assert {case.verb for case in CASES.values()} == {command.verb for command in COMMANDS} - NEED_AN_AGENT


@pytest.mark.parametrize("name", CASES)
async def test_P2_P5_P6(scene: Scene, name: str) -> None:
    case, ground = CASES[name], scene.ground
    params = dict(case.params)
    if case.verb == "follow":  # which is for servers
        ground.hedgerow.app.on_list_changed(lambda _news: None)
    if case.verb == "adopt":
        params["checkout"] = str(scene.sibling)
    if case.verb == "branchHere":
        ground.git("checkout", "--quiet", "--detach", cwd=scene.session)
    if case.verb == "push":
        ground.git("init", "--quiet", "--bare", ground.repository.parent / "remote.git")
        ground.git("remote", "add", "origin", ground.repository.parent / "remote.git")
    for verb, leading in case.before:
        if verb == "comment":
            params["id"] = (await ground.call(verb, **leading)).comment.id
            continue
        led = await ground.agree(verb, **leading)
        assert led.operation is not None
        if params.get("snapshots") == "its":
            params["snapshots"] = led.operation.snapshots
        if name == "undo of an undo":
            params["operation"] = led.operation.id
    before = ground.observe()
    # P1 of the question: to be shown a plan changes nothing.
    if "token" in _fields(case.verb):
        await ground.call(case.verb, **params, dryRun=True)
        assert ground.difference(before) == []

    result = await (ground.agree if "token" in _fields(case.verb) else ground.call)(case.verb, **params)
    allowed = case.changes(scene)
    # P2 and P6: nothing else, anywhere: not the sibling, not Local, not the configuration.
    assert ground.difference(before, except_for=allowed) == []
    if allowed:
        assert ground.difference(before) != [], "it did nothing"
        assert result.operation is not None
    if not case.undoable:
        return

    # P5: and back.
    after = ground.observe()
    undone = await ground.agree("undo", operation=result.operation.id)
    assert undone.operation is not None
    grown: list[Except] = [lambda fact: fact.area == "reflog"] if case.grows else []
    assert ground.difference(before, except_for=grown) == []
    # And forth again.
    await ground.agree("undo", operation=undone.operation.id)
    moved: list[Except] = [lambda fact: fact.area == "reflog"] if case.grows else []
    assert ground.difference(after, except_for=moved) == []
    assert ground.oracle.fsck(ground.repository) == []


def _fields(verb: str) -> set[str]:
    (command,) = [command for command in COMMANDS if command.verb == verb]
    return set(command.params.model_fields)

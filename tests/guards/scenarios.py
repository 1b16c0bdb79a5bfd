"""For each guard a scenario that must end well, and would not without it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.ground import Ground, program_inside
from tests.support.oracle import of_checkout
from tests.support.until import LIMIT

from hedgerow.git.diffs import FilePatch
from hedgerow.journal.bench import Bench
from hedgerow.journal.steps import Hold, Move
from hedgerow.protocol.errors import HedgerowError
from hedgerow.protocol.review import RejectParams
from hedgerow.protocol.sessions import SessionRow
from hedgerow.protocol.settings import Settings
from hedgerow.review.deciding import rejecting
from hedgerow.review.deciding.rejecting import reject
from hedgerow.review.deciding.waiting import Waiting
from hedgerow.review.seeing.looking import patch_of
from hedgerow.review.seeing.working import Working
from hedgerow.watch.bus import Topic
from hedgerow.worktrees import protections
from hedgerow.worktrees.trash import empty_trash


class InTurn:
    """An agent that is at work until told otherwise."""

    def __init__(self) -> None:
        self.ends: Topic[str] = Topic("ends of turns")
        self.busy = True

    def in_turn(self, _checkout: str) -> bool:
        return self.busy


Scenario = Callable[[Ground], Awaitable[None]]

SCENARIOS: dict[str, Scenario] = {}


def scenario(name: str) -> Callable[[Scenario], Scenario]:
    def register(function: Scenario) -> Scenario:
        SCENARIOS[name] = function
        return function

    return register


async def refuses(ground: Ground, verb: str, **params: object) -> None:
    """The very call is refused: no plan, nothing done."""
    caller = params.pop("caller", None)
    with pytest.raises(HedgerowError):
        await ground.hedgerow.call(verb, ground.repository, caller=caller, **params)  # type: ignore[arg-type]


async def refuses_its_token(ground: Ground, worktree: Path, between: Callable[[], object], **fields: object) -> None:
    """A plan is made, something happens, and the token is refused with nothing changed."""
    plan = await ground.plan("cleanUp", checkouts=[str(worktree)])
    between()
    caller = ground.hedgerow.caller(ground.repository, **fields)
    with ground.nothing_changes(), pytest.raises(HedgerowError):
        await ground.hedgerow.call("cleanUp", ground.repository, caller=caller, token=plan.token)


async def dirty(ground: Ground, name: str = "work") -> Path:
    worktree = await ground.create(name)
    (worktree / "note.txt").write_text("only here\n")
    return worktree


# -- when a plan is made


@scenario("protection local")
async def _local(ground: Ground) -> None:
    """Its identity protects Local too; here the person is told which it is."""
    with pytest.raises(HedgerowError, match="where you work"):
        await ground.call("cleanUp", checkouts=[str(ground.repository)])


@scenario("protection foreign")
async def _foreign(ground: Ground) -> None:
    """Something automatic never takes what someone else made."""
    worktree = ground.playground.worktree(ground.repository, "theirs")
    await _not_wanted_unnamed(ground, worktree)


@scenario("protection kept")
async def _kept(ground: Ground) -> None:
    worktree = await ground.create("mine", keep=True)
    await _not_wanted_unnamed(ground, worktree)


async def _not_wanted_unnamed(ground: Ground, worktree: Path) -> None:
    tools = ground.hedgerow.app._tools
    caller = ground.hedgerow.caller(ground.repository)
    checkout = await tools.discovery.find(str(worktree), caller)
    assert await protections.protection(tools, protections.Wanted(checkout, named=False), caller) is not None


@scenario("protection state")
async def _state(ground: Ground) -> None:
    worktree = await ground.create("gone")
    shutil.move(worktree, worktree.with_name("elsewhere"))
    with pytest.raises(HedgerowError, match="missing"):
        await ground.call("cleanUp", checkouts=["gone"])


@scenario("protection locked")
async def _locked(ground: Ground) -> None:
    worktree = await dirty(ground)
    ground.git("worktree", "lock", str(worktree))
    await refuses(ground, "cleanUp", checkouts=["work"])


@scenario("protection hosted")
async def _(ground: Ground) -> None:
    worktree = await dirty(ground)
    await ground.agree("handOff", checkout=str(worktree))
    await refuses(ground, "cleanUp", checkouts=[str(worktree)], dryRun=True)


@scenario("protection identity")
async def _identity(ground: Ground) -> None:
    """The token of another worktree's record in the administrative directory: it is no longer ours to take."""
    worktree = await dirty(ground)
    tools = ground.hedgerow.app._tools
    caller = ground.hedgerow.caller(ground.repository)
    checkout = await tools.discovery.find(str(worktree), caller)
    (checkout.admin / "hedgerow-worktree").write_text("{}")
    assert await protections.protection(tools, protections.Wanted(checkout, named=True), caller) is not None


@scenario("protection operation")
async def _operation(ground: Ground) -> None:
    worktree = await ground.create("work")
    ground.playground.merge_in_progress(worktree)
    await refuses(ground, "cleanUp", checkouts=["work"])


@asynccontextmanager
async def agent_in(ground: Ground, name: str, line: str, *, at_rest: bool = False) -> AsyncIterator[SessionRow]:
    """A session of ours in a new worktree of that name, its agent any program in real tmux."""
    lines = {"agent": ["/bin/sh", "-c", line]}
    before = ground.hedgerow
    async with type(before).opened(ground.home, launch_lines=lines) as hedgerow:
        ground.hedgerow = hedgerow
        session = (await ground.call("start", agent="agent", name=name)).session
        end = time.monotonic() + LIMIT
        while at_rest and session.phase.value != "idle":
            assert time.monotonic() < end, session
            (session,) = (await ground.call("list", wait=True)).sessions
        try:
            yield session
        finally:
            ground.hedgerow = before


@scenario("protection session")
async def _session(ground: Ground) -> None:
    """Its program works somewhere else at this moment, and nobody can tell what it does."""
    async with agent_in(ground, "work", "cd /; exec sleep 600") as session:
        (Path(session.path) / "note.txt").write_text("only here\n")
        await refuses(ground, "cleanUp", checkouts=["work"])


@scenario("a plan that is out of date stops nobody")
async def _outdated(ground: Ground) -> None:
    between_turns = 'echo \'{"hook_event_name": "SessionStart"}\' | eval "$HEDGEROW_HOOK"; exec sleep 600'
    async with agent_in(ground, "work", between_turns, at_rest=True) as session:
        note = Path(session.path) / "note.txt"
        note.write_text("only here\n")
        await refuses_its_token(ground, note.parent, lambda: note.write_text("since\n"))
        (now,) = (await ground.call("list", wait=True)).sessions
        assert now.pid == session.pid, "its agent was stopped for nothing"


@scenario("protection inUse")
async def _in_use(ground: Ground) -> None:
    worktree = await dirty(ground)
    with program_inside(worktree):
        await refuses(ground, "cleanUp", checkouts=["work"])


@scenario("protection unsaved")
async def _unsaved(ground: Ground) -> None:
    worktree = await dirty(ground)
    caller = ground.hedgerow.caller(ground.repository, unsaved=lambda _directory: [worktree / "note.txt"])
    await refuses(ground, "cleanUp", caller=caller, checkouts=["work"])


# -- when its token comes back


@scenario("guard unchanged")
async def _unchanged(ground: Ground) -> None:
    worktree = await dirty(ground)
    await refuses_its_token(ground, worktree, lambda: (worktree / "later.txt").write_text("written since\n"))


@scenario("guard notLocked")
async def _not_locked(ground: Ground) -> None:
    worktree = await dirty(ground)
    admin = ground.playground.admin(worktree)
    await refuses_its_token_leaving(ground, worktree, admin / "locked")


@scenario("guard notHosted")
async def _not_hosted(ground: Ground) -> None:
    """Handed off after the plan: a clean worktree looks the same before and after."""
    worktree = await ground.create("work")
    ground.playground.commit(worktree, "mine", {"c.txt": "c\n"})
    plan = await ground.plan("cleanUp", checkouts=["work"])
    await ground.agree("handOff", checkout="work")
    with ground.nothing_changes(), pytest.raises(HedgerowError, match="in Local now"):
        await ground.call("cleanUp", token=plan.token)


@scenario("guard broken")
async def _broken(ground: Ground) -> None:
    """A directory that came back before its mend was agreed to stays on git's list."""
    worktree = await dirty(ground)
    aside = ground.repository.parent / "aside" / "work"
    aside.parent.mkdir()
    worktree.rename(aside)
    plan = await ground.plan("repair")
    aside.rename(worktree)
    with ground.nothing_changes(), pytest.raises(HedgerowError):
        await ground.call("repair", token=plan.token)


async def refuses_its_token_leaving(ground: Ground, worktree: Path, file: Path) -> None:
    """Like `refuses_its_token`, where what happens between is itself seen by the witness."""
    plan = await ground.plan("cleanUp", checkouts=[str(worktree)])
    file.write_text("somebody's")
    with pytest.raises(HedgerowError):
        await ground.call("cleanUp", token=plan.token)
    assert worktree.is_dir()


@scenario("guard notCheckedOut")
async def _(ground: Ground) -> None:
    """A branch that was nowhere when the plan was made is not moved under the checkout that has it by now."""
    worktree = await ground.create("work")
    ground.playground.commit(worktree, "work", {"work.txt": "w\n"})
    ground.git("branch", "target", "main")
    planned = await ground.call("land", checkout="work", onto="target", dryRun=True)
    other = ground.playground.worktree(ground.repository, "elsewhere")
    ground.git("switch", "--quiet", "target", cwd=other)
    with ground.nothing_changes(), pytest.raises(HedgerowError):
        await ground.call("land", checkout="work", onto="target", token=planned.plan.token)


@scenario("guard notInUse")
async def _not_in_use(ground: Ground) -> None:
    worktree = await dirty(ground)
    plan = await ground.plan("cleanUp", checkouts=["work"])
    with program_inside(worktree), pytest.raises(HedgerowError):
        await ground.call("cleanUp", token=plan.token)


@scenario("guard refIs")
async def _ref_is(ground: Ground) -> None:
    """A branch made by someone else since: the create that would have made it is refused before its first step."""
    plan = (await ground.call("create", name="work", branch="topic", dryRun=True)).plan
    ground.git("branch", "topic")
    with pytest.raises(HedgerowError):
        await ground.call("create", token=plan.token)
    trash = ground.repository.with_name(f"{ground.repository.name}.worktrees") / ".trash"
    assert not trash.exists(), "a worktree was made and thrown away before the branch was looked at"


@scenario("guard absent")
async def _absent(ground: Ground) -> None:
    plan = (await ground.call("create", name="work", dryRun=True)).plan
    place = ground.repository.with_name(f"{ground.repository.name}.worktrees") / "work"
    place.mkdir(parents=True)  # git fills an empty directory without a word
    with pytest.raises(HedgerowError):
        await ground.call("create", token=plan.token)


@scenario("guard fileIs")
async def _file_is(ground: Ground) -> None:
    """Two files are to be rejected, and one of them was written since: nothing is done, to neither of them."""
    worktree = await dirty(ground)
    (worktree / "zz.txt").write_text("first\n")
    plan = (await ground.call("reject", checkout="work", all=True, dryRun=True)).plan
    (worktree / "zz.txt").write_text("written since\n")
    with pytest.raises(HedgerowError):
        await ground.call("reject", checkout="work", token=plan.token)
    history = await ground.call("history")
    assert [one.command for one in history.operations] == ["create"], "it was begun, and had to be taken back"


@scenario("guard stillWaits")
async def _still_waits(ground: Ground) -> None:
    """Two servers hear of the end of a turn, and the person has withdrawn meanwhile."""
    worktree = await dirty(ground)
    tools = ground.hedgerow.app._tools
    caller = ground.hedgerow.caller(ground.repository)
    checkout = await tools.discovery.find("work", caller)
    turns = InTurn()
    busy = replace(tools, turns=turns)
    await reject(busy, RejectParams(checkout="work", paths=["note.txt"]), caller)
    turns.busy = False

    async def meanwhile(_work: Working, _tree: str, path: bytes) -> FilePatch | None:
        found = await patch_of(_work, _tree, path)
        Waiting(tools.journal.database).forget(Waiting(tools.journal.database).of(checkout.id)[0].id)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rejecting, "patch_of", meanwhile)
        await rejecting.carry_out_waiting(busy, checkout.id, caller)
    assert (worktree / "note.txt").exists()


@scenario("unsaved text at the token")
async def _unsaved_later(ground: Ground) -> None:
    worktree = await dirty(ground)
    await refuses_its_token(ground, worktree, lambda: None, unsaved=lambda _directory: [worktree / "note.txt"])


# -- at the move itself


@scenario("the pair points at each other")
async def _pair(ground: Ground) -> None:
    worktree, other = await dirty(ground), await dirty(ground, "other")
    tools = ground.hedgerow.app._tools
    repository = await tools.repositories.open(ground.repository, ground.hedgerow.caller(ground.repository))
    step = Move.of(worktree, worktree.with_name("taken"), partner=ground.playground.admin(other))
    with pytest.raises(HedgerowError):
        await step.apply(Bench(tools.journal, repository.git, "o"))
    assert worktree.is_dir()


@scenario("the directory is the one that was meant")
async def _inode(ground: Ground) -> None:
    place = ground.repository.with_name("place")
    place.mkdir()
    step = Move.of(place, place.with_name("taken"))
    os.rename(place, place.with_name("old"))
    place.mkdir()
    (place / "other.txt").write_text("another's\n")
    tools = ground.hedgerow.app._tools
    repository = await tools.repositories.open(ground.repository, ground.hedgerow.caller(ground.repository))
    with pytest.raises(HedgerowError):
        await step.apply(Bench(tools.journal, repository.git, "o"))
    assert (place / "other.txt").exists()


# -- scripts, trust, shapes


@scenario("a script runs only when its bytes were allowed")
async def _script(ground: Ground) -> None:
    ground.playground.commit(ground.repository, "set-up", {".hedgerow/setup.sh": "#!/bin/sh\ntouch ran\n"})
    result = await ground.call("create", name="work")
    assert result.plan is not None, "a script that nobody allowed was not asked about"
    result = await ground.call("create", name="work", token=result.plan.token)
    assert not (Path(result.paths[0]) / "ran").exists()


@scenario("an untrusted repository is only listed")
async def _untrusted(ground: Ground) -> None:
    caller = ground.hedgerow.caller(ground.repository, trusted_folders=())
    await refuses(ground, "create", caller=caller, name="work")


@scenario("what cannot be held blocks")
async def _obstacle(ground: Ground) -> None:
    worktree = await dirty(ground)
    os.mkfifo(worktree / "pipe")
    await refuses(ground, "cleanUp", checkouts=["work"])


@scenario("the trash is emptied only while the snapshot is there")
async def _trash(ground: Ground) -> None:
    worktree = await dirty(ground)
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    ground.git("update-ref", "-d", f"refs/hedgerow/snapshots/{result.operation.snapshots[0]}")
    tools = ground.hedgerow.app._tools
    time.sleep(0.01)
    await empty_trash(tools.journal, tools.agreement.operations, 0)
    trash = worktree.parent / ".trash" / result.operation.id / "work" / "note.txt"
    assert trash.exists(), "the last place of that work was deleted"


@scenario("automatic clean-up takes nothing that names a loss")
async def _automatic(ground: Ground) -> None:
    worktree = await ground.create("work")
    ground.playground.commit(worktree, "on no branch", {"b.txt": "b\n"})
    await ground.create("newer")
    settings = Settings(retention=1)
    caller = replace(ground.hedgerow.caller(ground.repository), automatic=True, settings=settings)
    result = await ground.hedgerow.call("cleanUp", ground.repository, caller=caller, retention=True)
    assert result.plan is None
    assert worktree.is_dir()


# -- running git


async def hands_off_while(ground: Ground, interfere: Callable[[], object]) -> None:
    """After the last guard was checked, and before the first file is touched, somebody does something."""
    apply = Hold.apply

    async def and_then(step: Hold, bench: Bench) -> None:
        await apply(step, bench)
        interfere()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Hold, "apply", and_then)
        with pytest.raises(HedgerowError):
            await ground.agree("handOff", checkout="session")


@scenario("what is staged is what the plan saw")
async def _(ground: Ground) -> None:
    worktree = await ground.create("session", branch="work")

    def stage() -> None:
        ground.playground.write(worktree, {"late.txt": "only the index has this\n"})
        ground.git("add", "late.txt", cwd=worktree)
        ground.playground.write(worktree, {"late.txt": "on top\n"})

    await hands_off_while(ground, stage)
    assert ground.git("show", ":late.txt", cwd=worktree) == b"only the index has this\n"


@scenario("nothing of others' is overwritten")
async def _(ground: Ground) -> None:
    worktree = await ground.create("session", branch="work")
    ground.playground.write(worktree, {"new.txt": "the agent's\n"})
    await hands_off_while(ground, lambda: ground.playground.write(ground.repository, {"new.txt": "the person's\n"}))
    assert (ground.repository / "new.txt").exists()
    assert (ground.repository / "new.txt").read_text() == "the person's\n"
    assert (worktree / "new.txt").read_text() == "the agent's\n"


@scenario("a branch is handed off from one place only")
async def _(ground: Ground) -> None:
    await ground.create("session", branch="work")
    third = ground.playground.worktree(ground.repository, "third")
    ground.git("symbolic-ref", "HEAD", "refs/heads/work", cwd=third)
    await refuses(ground, "handOff", checkout="session")


@scenario("no inherited GIT_*")
async def _environment(ground: Ground) -> None:
    """A leaked GIT_INDEX_FILE makes `worktree add` overwrite the caller's index, with exit code 0."""
    (ground.repository / "staged.txt").write_text("staged\n")
    ground.git("add", "staged.txt")
    before = ground.observe()
    os.environ["GIT_INDEX_FILE"] = str(ground.repository / ".git" / "index")
    try:
        worktree = await ground.create("work")
    finally:
        del os.environ["GIT_INDEX_FILE"]
    assert ground.difference(before, except_for=[of_checkout(worktree)]) == []


@scenario("no hooks")
async def _hooks(ground: Ground) -> None:
    hook = ground.repository / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\necho fired >>"$(git rev-parse --git-common-dir)/../../canary"\n')
    hook.chmod(0o755)
    await ground.create("work", branch="topic")
    assert not (ground.repository.parent / "canary").exists()


@scenario("no fsmonitor")
async def _fsmonitor(ground: Ground) -> None:
    canary = ground.repository.parent / "canary"
    program = ground.repository.parent / "monitor.sh"
    program.write_text(f"#!/bin/sh\ntouch '{canary}'\n")
    program.chmod(0o755)
    ground.git("config", "core.fsmonitor", str(program))
    await ground.hedgerow.rows(ground.repository)
    assert not canary.exists()

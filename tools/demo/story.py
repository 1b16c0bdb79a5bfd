"""The story that the demo tells, step by step; each ends with what was found to be true."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.client import Client, RefusedError

from hedgerow.protocol.plans import ChangeResult, Plan

from . import agent, sessions
from .ground import SCRIPTED, Ground
from .moving import foresee, hand_off, land
from .reviewing import follow, review
from .screen import Screen
from .witness import REBUILT, Seen, Witness, differences

CARRIED, PULL, RISKY = "fix-login", "pr-7", "try-cache"
EDITS = 15


@dataclass
class Story:
    ground: Ground
    screen: Screen
    client: Client
    witness: Witness
    paths: dict[str, Path] = field(default_factory=dict)
    snapshot: str = ""
    agent: str = SCRIPTED

    async def tell(self) -> None:
        """All of it.

        Raises:
            UntrueError: a promise was not kept.
            RefusedError: the server did not do what a person may ask of it.
        """
        self.local_before = self.witness.look(self.ground.local)
        self.refs_before = self.witness.refs(self.ground.local)
        await self.create_with_local_changes()
        await self.create_from_pull_request()
        await self.create_detached()
        await self.agents_work()
        await self.show_list()
        await self.clean_up()
        await self.restore()
        await follow(self, 8, RISKY)
        await review(self, 9, RISKY)
        await hand_off(self, 10, CARRIED)
        await foresee(self, 11, RISKY, CARRIED)
        await land(self, 12, PULL)
        lack = sessions.lacks()
        if lack is None:
            session = await sessions.start(self, 13)
            session = await sessions.hand_off(self, 14, session)
            await sessions.archive(self, 15, session)
        else:
            self.screen.say(f"\n{lack}.", "bold yellow")
        await self.undo_everything(16 if lack is None else 13)

    async def create_with_local_changes(self) -> None:
        await self.screen.step(
            1,
            "A worktree that takes your uncommitted changes along",
            "You are in the middle of something in Local, and want an agent to go on from\n"
            f"there: `hedgerow create {CARRIED} --carry copy`. The repository has a set-up\n"
            "script; it does not run before you have seen and allowed its exact bytes.",
        )
        result = await self.create("y", "the demo answers for you", name=CARRIED, carry="copy")
        there = self.witness.look(self.paths[CARRIED], without=[REBUILT])
        local = self.witness.shared_files(self.ground.local, self.local_before)
        copied = self.witness.shared_files(self.paths[CARRIED], there)
        names = sorted(local.keys() | copied.keys())
        other = [f"file {name!a}" for name in names if local.get(name) != copied.get(name)]
        self.screen.true(f"{len(copied)} files there, byte for byte as in Local", other)
        index = [] if there.index == self.local_before.index else ["the index differs"]
        self.screen.true(f"what was staged is staged, what was not is not ({len(there.index)} entries)", index)
        env = (self.paths[CARRIED] / ".env").read_bytes() == (self.ground.local / ".env").read_bytes()
        self.screen.true("its .env came along, because .worktreeinclude names it", [] if env else ["it is another"])
        ran = (self.paths[CARRIED] / "node_modules/quinces/9.js").exists() and result.setup is not None
        self.screen.true("the set-up script ran, in the worktree", [] if ran else ["node_modules is not there"])
        self.local_untouched()

    async def create_from_pull_request(self) -> None:
        await self.screen.step(
            2,
            "A worktree from pull request #7",
            "`hedgerow create --from '#7'`. It comes from a stranger, so its set-up script is\n"
            "always asked about. Look at its last line.",
        )
        await self.create("s", "the demo answers: skip it", **{"from": "#7"})
        wanted = self.witness.git(self.ground.folder / "remote.git", "rev-parse", "refs/pull/7/head").decode().strip()
        there = self.witness.look(self.paths[PULL])
        self.screen.true(
            f"{there.count} files of the pull request's commit {wanted[:9]}, nothing changed in them",
            [] if there.head == ("", wanted) and not there.status else [f"{there.head}, {there.status!r}"],
        )
        stranger = self.ground.home / "a-stranger-was-here"
        self.screen.true("the stranger's script did not run", [str(stranger)] if stranger.exists() else [])
        self.local_untouched()

    async def create_detached(self) -> None:
        await self.screen.step(
            3,
            "A third one, detached, for something risky",
            "The same script as in step 1, byte for byte: it was allowed, so it runs unasked.\n"
            "No branch is made until you want one.",
        )
        result = await self.create("", "", name=RISKY)
        there = self.witness.look(self.paths[RISKY], without=[REBUILT])
        self.screen.true(
            f"{there.count} files, HEAD {there.head_words}, no changes",
            [] if there.head == ("", self.local_before.head[1]) and not there.status else [repr(there.status)],
        )
        ran = result.setup is not None and result.setup.state == "done"
        self.screen.true("the set-up script ran", [] if ran else [f"{result.setup}"])
        self.local_untouched()

    async def agents_work(self) -> None:
        await self.screen.step(
            4,
            "Three agents work at once",
            "Plain processes that edit files and commit, as any agent would, each in its own\n"
            "worktree. The list follows: + staged, ~ changed, ? new files.",
        )
        agents = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-I", agent.__file__, name, str(EDITS), *(["commit"] if name == RISKY else []),
                cwd=self.paths[name], env=self.ground.env,
            )
            for name in (CARRIED, PULL, RISKY)
        ]  # fmt: skip
        try:
            refusal = await self._watch(agents)
        finally:
            for process in agents:
                if process.returncode is None:
                    process.kill()
        ended = [f"{process.pid} ended with {process.returncode}" for process in agents if process.returncode]
        self.screen.true(f"{len(agents)} agents finished {EDITS} edits each, in their own directories", ended)
        self.screen.true("meanwhile a clean-up of one was refused:", [] if refusal else ["it was not"])
        self.screen.say(f"      “{refusal}”", "dim")
        await self.client.list(wait=True)
        wrong = [line for path in self.paths.values() for line in self._against_git(path)]
        self.screen.true("the list counts the paths that plain `git status --no-renames` names", wrong)
        self.local_untouched()

    async def show_list(self) -> None:
        await self.screen.step(5, "One list of everything", "`hedgerow list`, the same in every editor:")
        self.screen.console.print(self.screen.listed(self.client))
        self.screen.say("  base: commits since it was started   changes: + staged, ~ changed, ? new", "dim")

    async def clean_up(self) -> None:
        await self.screen.step(
            6,
            f"Cleaning up {RISKY}, where there is something to lose",
            "It has an edited .env, new files, and commits on no branch at all:\n"
            "what `git worktree remove --force` destroys without a word.",
        )
        path = self.paths[RISKY]
        self.risky_before = self.witness.look(path, without=[REBUILT])
        self.others_before = {name: self.witness.look(self.paths[name]) for name in (CARRIED, PULL)}
        async with self.screen.working(self.client, "looking"):
            planned = await self.call("cleanUp", checkouts=[RISKY])
        plan = self.plan(planned)
        untouched = differences(self.risky_before, self.witness.look(path, without=[REBUILT]))
        await self.screen.agree(plan, "Go ahead? [y/N]", "y", "the demo agrees for you")
        self.screen.true("before the answer, nothing had changed", untouched)
        async with self.screen.working(self.client, "cleaning up"):
            done = await self.call("cleanUp", checkouts=[RISKY], token=plan.token)
        assert done.operation is not None
        self.snapshot = done.operation.snapshots[0]
        gone = not path.exists() and str(path).encode() not in self._worktree_list()
        self.screen.true(f"{RISKY} is gone from the disk and from `git worktree list`", [] if gone else [str(path)])
        self._others_untouched()
        self.local_untouched()

    async def restore(self) -> None:
        await self.screen.step(
            7,
            "Everything that could rescue it by luck is destroyed; then it is restored",
            "The trash is deleted by hand, all reflogs expire, and git throws away every\n"
            "object that nothing holds. What is left is Hedgerow's snapshot.",
        )
        commit = self.risky_before.head[1]
        trash = self.paths[RISKY].parent / ".trash"
        self.screen.say(f"  $ rm -r {self.screen.short(str(trash))}", "yellow")
        shutil.rmtree(trash)
        for args in (["reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all"],
                     ["gc", "--quiet", "--prune=now"]):  # fmt: skip
            self.screen.say(f"  $ git {' '.join(args)}", "yellow")
            await asyncio.to_thread(
                subprocess.run, ["git", *args], cwd=self.ground.local, env=self.ground.env, check=True
            )
        held = self.witness.git(self.ground.local, "for-each-ref", "--contains", commit, "--format=%(refname)").decode()
        only = [line for line in held.split() if not line.startswith("refs/hedgerow/")]
        self.screen.true(f"its commit {commit[:9]} is on no branch; only a snapshot holds it", only)
        async with self.screen.working(self.client, "restoring"):
            result = await self.call("restore", snapshot=self.snapshot, place="old")
        self.screen.say(f"  {self.screen.short(result.message)}")
        back = self.witness.look(self.paths[RISKY], without=[REBUILT])
        self.screen.true(
            f"{back.count} files with the same bytes and modes, .env and “empty directory” too;",
            differences(self.risky_before, back),
        )
        self.screen.say(f"    the same {len(back.index)} index entries, the same HEAD ({back.head_words})")
        self._others_untouched()
        self.local_untouched()

    async def undo_everything(self, number: int) -> None:
        await self.screen.step(
            number,
            "All of it undone",
            "Every change is an operation that can be taken back, newest first. Where that\n"
            "takes work away, it is planned, shown and kept in a snapshot like any clean-up.",
        )
        while (message := await self._undo_newest()) is not None:
            self.screen.say(f"  {self.screen.short(message)}")
        listed = self._worktree_list().count(b"worktree ")
        self.screen.true("`git worktree list` names Local alone", [] if listed == 1 else [f"{listed} worktrees"])
        refs = self.witness.refs(self.ground.local)
        self.screen.true(
            f"the {len(refs)} refs that there were at the beginning, unmoved",
            [] if refs == self.refs_before else [f"{sorted(refs.items() ^ self.refs_before.items())}"],
        )
        self.local_untouched()

    # The pieces

    async def create(self, answer: str, why: str, **params: Any) -> ChangeResult:
        async with self.screen.working(self.client, "planning"):
            result = await self.call("create", **params)
        if answer:
            before = self._worktree_list()
            plan = self.plan(result)
            assert plan.setup is not None
            await self.screen.agree(plan, "Run this script? [y]es, [s]kip it, [N]o:", answer, why)
            made = self._worktree_list() != before or any(Path(one.path or "/").exists() for one in plan.effects[:1])
            self.screen.true("before the answer, nothing had been made", ["there is a worktree"] if made else [])
            setup = {"sha256": plan.setup.sha256} if answer == "y" else {"skip": True}
            async with self.screen.working(self.client, "creating"):
                result = await self.call("create", **params, token=plan.token, setup=setup)
        self.screen.say(f"  {self.screen.short(result.message)}")
        path = Path(result.paths[0])
        self.paths[path.name] = path
        return result

    async def call(self, verb: str, **params: Any) -> ChangeResult:
        return await self.client.call(verb, ChangeResult, **params)

    def plan(self, result: ChangeResult) -> Plan:
        if result.plan is None:
            self.screen.true("it asks first", [f"it was done unasked: {result.message}"])
        assert result.plan is not None
        return result.plan

    async def _watch(self, agents: list[asyncio.subprocess.Process]) -> str:
        """Keep the list true while they work; in the middle, try what must be refused. Answers the refusal."""
        refusal = ""
        self.client.notices = 0
        await self.client.list(wait=True)
        async with self.screen.living_list(self.client) as told:
            ends = asyncio.gather(*(process.wait() for process in agents))
            while not ends.done():
                await self.client.list()
                await asyncio.wait([ends], timeout=agent.PACE_SECONDS * 2)
                if not refusal and any(row.label == RISKY and row.base and row.base.ahead for row in self._rows()):
                    refusal = await self.refused("cleanUp", checkouts=[RISKY])
            await self.client.list(wait=True)
            told()
        self.screen.true(f"the list was told of {self.client.notices} times (hedgerow/listChanged)",
                         [] if self.client.notices else ["never"])  # fmt: skip
        return refusal

    async def refused(self, verb: str, **params: Any) -> str:
        try:
            await self.call(verb, **params)
        except RefusedError as error:
            return str(error)
        return ""

    async def _undo_newest(self) -> str | None:
        """The sentence of what was undone; None when nothing is left."""
        try:
            result = await self.call("undo")
        except RefusedError as error:
            if "nothing to undo" in str(error):
                return None
            raise
        if result.plan is None:
            return _said(result)
        plan = result.plan
        count = sum(loss.count for loss in plan.losses if loss.kept == "snapshot")
        result = await self.call("undo", token=plan.token)
        return f"{_said(result)}\n    (planned, agreed to; {count} files and commits are in a snapshot)"

    def _rows(self) -> list[Any]:
        return list(self.client.rows.values())

    def _against_git(self, path: Path) -> list[str]:
        """Where the list's counts are not those of `git status`."""
        row = next(row for row in self._rows() if row.path == str(path))
        fields = [
            line
            for line in self.witness.git(path, "status", "--porcelain=v2", "--no-renames", "-z").split(b"\0")
            if line
        ]
        lines = [line for line in fields if line.startswith(b"1 ")]
        staged = sum(line[2:3] != b"." for line in lines)
        unstaged = sum(line[3:4] != b"." for line in lines)
        untracked = sum(line.startswith(b"? ") for line in fields)
        found, told = (staged, unstaged, untracked), row.counts
        if told is not None and found == (told.staged, told.unstaged, told.untracked):
            return []
        return [f"{row.label}: git says {found}, the list {told}"]

    def _worktree_list(self) -> bytes:
        return self.witness.git(self.ground.local, "worktree", "list", "--porcelain")

    def _others_untouched(self) -> None:
        found: list[str] = []
        for name, before in self.others_before.items():
            found += differences(before, self.witness.look(self.paths[name]))
        self.screen.true(f"{' and '.join(self.others_before)} untouched", found)

    def look_at_local(self) -> Seen:
        return self.witness.look(self.ground.local)

    def local_untouched(self) -> None:
        now = self.look_at_local()
        self.screen.true(
            f"Local untouched: {now.count} files, {len(now.index)} index entries, HEAD on {now.head_words}",
            differences(self.local_before, now),
        )


def _said(undone: ChangeResult) -> str:
    """What was undone; bringing a worktree back says only that."""
    return undone.message if undone.message.startswith("Undone") else f"Undone: the clean-up. {undone.message}"

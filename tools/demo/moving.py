"""The part of the story in which work moves: to Local and home again, into another worktree, onto a branch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .witness import REBUILT, differences

if TYPE_CHECKING:
    from .story import Story

BRANCH = "harvest"


async def hand_off(story: Story, number: int, name: str) -> None:
    await story.screen.step(
        number,
        f"{name} comes to Local, and goes home again",
        "You want to try its work where you are: `hedgerow hand-off`. What you have in\n"
        "Local yourself is put aside until it goes home.",
    )
    path, local = story.paths[name], story.ground.local
    home_before = story.witness.look(path, without=[REBUILT])
    travelling = story.witness.shared_files(path, home_before)
    async with story.screen.working(story.client, "planning"):
        plan = story.plan(await story.call("handOff", checkout=name))
    await story.screen.agree(plan, "Go ahead? [y/N]", "y", "the demo agrees for you")
    story.screen.true("before the answer, nothing had changed", differences(story.local_before, story.look_at_local()))
    async with story.screen.working(story.client, "handing off"):
        done = await story.call("handOff", checkout=name, token=plan.token)
    story.screen.say(f"  {story.screen.short(done.message)}")
    now = story.look_at_local()
    here = story.witness.shared_files(local, now)
    other = [f"file {one!a}" for one in sorted(here.keys() | travelling.keys()) if here.get(one) != travelling.get(one)]
    story.screen.true(f"Local has the {len(here)} files of {name}, byte for byte", other)
    index = [] if now.index == home_before.index else ["the index differs"]
    story.screen.true(f"what was staged there is staged here ({len(now.index)} entries)", index)
    waits = story.witness.look(path).status
    story.screen.true(f"{name} waits, clean", [repr(waits)] if waits else [])
    async with story.screen.working(story.client, "going home"):
        await story.call("handOff", checkout="Local")
    home = story.witness.look(path, without=[REBUILT])
    # Not its status: git shows a file with line endings of its own as changed until it has compared the bytes once.
    same = replace(home, status=home_before.status)
    story.screen.true(f"{name} is home as it was: {home.count} files", differences(home_before, same))
    story.local_untouched()


async def foresee(story: Story, number: int, source: str, destination: str) -> None:
    await story.screen.step(
        number,
        f"A conflict is foreseen: {source} into {destination}",
        "Both agents edited the same files. That is found out in the object database:\n"
        f"`hedgerow sync {source} {destination}`.",
    )
    before = {name: story.witness.look(story.paths[name]) for name in (source, destination)}
    async with story.screen.working(story.client, "merging"):
        plan = story.plan(await story.call("sync", **{"from": source, "to": destination}))
    for line in plan.conflicts[:3]:
        story.screen.say(f"      {line}", "dim")
    story.screen.true(f"{len(plan.conflicts)} conflicts are named", [] if plan.conflicts else ["there are none"])
    for name, was in before.items():
        story.screen.true(f"{name} untouched", differences(was, story.witness.look(story.paths[name])))
    story.local_untouched()


async def land(story: Story, number: int, name: str) -> None:
    await story.screen.step(
        number,
        f"{name} lands on the branch {BRANCH}",
        f"Its work is committed, and put onto {BRANCH} as one commit. That branch is checked\n"
        "out in another worktree, which is brought along.",
    )
    await story.create("", "", name=BRANCH, branch=BRANCH)
    async with story.screen.working(story.client, "committing"):
        committed = await story.call("commit", checkout=name, message="What the agent did")
    story.screen.say(f"  {story.screen.short(committed.message)}")
    before = story.witness.look(story.paths[name])
    async with story.screen.working(story.client, "landing"):
        landed = await story.call("land", checkout=name, onto=BRANCH, how="squash")
    story.screen.say(f"  {story.screen.short(landed.message)}")
    there = story.witness.look(story.paths[BRANCH])
    head = story.witness.git(story.ground.local, "rev-parse", BRANCH).decode().strip()
    there_too = [] if there.head == (BRANCH, head) and not there.status else [f"{there.head}, {there.status!r}"]
    story.screen.true(f"{BRANCH} is at {head[:9]}, and its worktree too, with no changes", there_too)
    count = story.witness.git(story.ground.local, "rev-list", "--count", f"{BRANCH}~1..{BRANCH}").decode().strip()
    story.screen.true("one commit was added", [] if count == "1" else [f"{count} commits"])
    story.screen.true(f"{name} untouched", differences(before, story.witness.look(story.paths[name])))
    story.local_untouched()

"""The part of the story in which a person follows an agent, and reviews what it did."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from hedgerow.protocol.follow import Edited, FollowResult
from hedgerow.protocol.review import DiffResult, HunksResult

from . import agent
from .witness import REBUILT, differences

if TYPE_CHECKING:
    from .story import Story

EDITS = 4
_LIMIT_SECONDS = 30.0


async def follow(story: Story, number: int, name: str) -> None:
    await story.screen.step(
        number,
        f"Following an agent in {name}",
        "The editor is told of each file as it is edited, with the lines that changed.\nThe agent knows nothing of it.",
    )
    path, client = story.paths[name], story.client
    before = story.witness.look(path, without=[REBUILT]).files
    told: list[Edited] = []

    def edited(news: Edited) -> None:
        told.append(news)
        story.screen.say(f"  {_file(news, path)}  {_lines(news)}", "cyan")

    await client.call("follow", FollowResult, checkout=name)
    client.edited = edited
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", agent.__file__, f"{name} again", str(EDITS), cwd=path, env=story.ground.env
    )
    await process.wait()
    after = story.witness.look(path, without=[REBUILT]).files
    changed = {os.fsdecode(one) for one in before.keys() | after.keys() if before.get(one) != after.get(one)}
    waited = 0.0
    while {_file(news, path) for news in told} != changed and waited < _LIMIT_SECONDS:
        await asyncio.sleep(0.1)
        waited += 0.1
    client.edited = lambda _news: None
    await client.call("follow", FollowResult, checkout=name, on=False)
    named = sorted(_file(news, path) for news in told)
    story.screen.true(
        f"{len(changed)} files were edited, and each was told once",
        [] if named == sorted(changed) else [f"told of {named}, edited were {sorted(changed)}"],
    )
    story.local_untouched()


async def review(story: Story, number: int, name: str) -> None:
    await story.screen.step(
        number,
        f"Reviewing {name}: one hunk rejected, the rest accepted, both undone",
        "What you accept is remembered beside the work, and what you reject goes back to\n"
        "what you accepted last. Neither the index nor any other file is touched.",
    )
    path, client = story.paths[name], story.client
    before = story.witness.look(path, without=[REBUILT])
    pending = await client.call("diff", DiffResult, checkout=name, between="reviewed")
    counts = pending.totals
    story.screen.say(f"  {counts.files} files to review: {counts.added} lines added, {counts.removed} removed")
    file = next(one.path for one in pending.files if one.path.startswith("beds/") and one.removed and one.added)
    hunks = await client.call("hunks", HunksResult, checkout=name, path=file, between="reviewed")
    for line in hunks.hunks[0].text.splitlines():
        story.screen.say(f"      {line}", "green" if line.startswith("+") else "red")
    rejected = await story.call("reject", checkout=name, paths=[file], hunks=[hunks.hunks[0].id])
    story.screen.say(f"  {story.screen.short(rejected.message)}")
    base = story.witness.git(path, "show", f"{pending.base}:{file}")
    now = (path / file).read_bytes()
    story.screen.true(f"{file} has the bytes of the base again", [] if now == base else [f"{now!r}"])
    there = story.witness.look(path, without=[REBUILT])
    touched = {one for one in before.files.keys() | there.files.keys() if before.files.get(one) != there.files.get(one)}
    others = sorted(touched - {os.fsencode(file)})
    index = [] if there.index == before.index else ["the index differs"]
    story.screen.true("no other file was touched, nor the index", [*map(str, others), *index])

    accepted = await story.call("accept", checkout=name, all=True)
    story.screen.say(f"  {story.screen.short(accepted.message)}")
    left = await client.call("diff", DiffResult, checkout=name, between="reviewed")
    story.screen.true("nothing is pending any more", [one.path for one in left.files])

    for _ in range(2):
        undone = await story.call("undo")
        story.screen.say(f"  {story.screen.short(undone.message)}")
    again = await client.call("diff", DiffResult, checkout=name, between="reviewed")
    same = [] if again.totals == counts else [f"{again.totals}"]
    story.screen.true(f"undone: {counts.files} files are pending as before", same)
    after = story.witness.look(path, without=[REBUILT])
    story.screen.true(f"{name} as it was before the review: {after.count} files", differences(before, after))
    story.local_untouched()


def _file(news: Edited, checkout: Path) -> str:
    return os.path.relpath(unquote(urlsplit(news.uri).path), checkout)


def _lines(news: Edited) -> str:
    if news.range is None:
        return news.kind.value
    first, last = news.range.start.line + 1, news.range.end.line
    return f"{news.kind.value}: line {first}" if last <= first else f"{news.kind.value}: lines {first} to {last}"

"""Set-up scripts that do what scripts do, and whether they are asked about."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground
from tests.support.hedgerow import Hedgerow
from tests.support.repositories import Program

from hedgerow.protocol.errors import HedgerowError


def script(ground: Ground, text: str, name: str = ".hedgerow/setup.sh") -> None:
    ground.playground.commit(ground.repository, "set-up", {name: Program(text)})


async def allowed(ground: Ground, **params: Any) -> Any:
    plan = await ground.plan("create", name="work", **params)
    assert plan.setup is not None
    return await ground.call("create", token=plan.token, setup={"sha256": plan.setup.sha256})


async def test_a_program_that_is_not_there_fails_the_set_up_only(ground: Ground) -> None:
    script(ground, "#!/nowhere/interpreter\n")
    made = await allowed(ground)
    assert made.setup.state == "failed"
    assert Path(made.paths[0]).is_dir()
    assert "/nowhere/interpreter" in Path(made.setup.log).read_text()


async def test_a_script_that_deletes_its_worktree_is_told(ground: Ground) -> None:
    script(ground, '#!/bin/sh\nrm -rf "$HEDGEROW_WORKTREE"\n')
    made = await allowed(ground)
    assert not Path(made.paths[0]).exists()
    assert made.setup.state == "failed"
    assert any("gone" in warning for warning in made.warnings)


async def test_a_script_reads_nothing_and_may_leave_a_server_behind(ground: Ground) -> None:
    script(ground, '#!/bin/sh\ncat\nsleep 600 &\necho $! > "$HEDGEROW_LOCAL/../pid"\n')
    async with asyncio.timeout(60):
        made = await allowed(ground)
    pid = int((ground.repository.parent / "pid").read_text())
    os.kill(pid, signal.SIGKILL)
    assert made.setup.state == "done"


async def test_a_flood_of_output_is_kept_in_the_log_and_told_in_part(ground: Ground) -> None:
    script(ground, "#!/bin/sh\nyes line | head -n 500000\necho last\n")
    told: list[str] = []
    plan = await ground.plan("create", name="work")
    caller = ground.hedgerow.caller(ground.repository, progress=lambda text, _: told.append(text))
    made = await ground.hedgerow.call(
        "create",
        ground.repository,
        caller=caller,
        token=plan.token,
        setup={"sha256": plan.setup.sha256},  # type: ignore[union-attr]
    )
    assert made.setup.state == "done"
    assert Path(made.setup.log).read_text().endswith("line\nlast\n")
    assert all(len(text) < 300 for text in told)


async def test_a_script_that_moves_head(ground: Ground) -> None:
    script(ground, "#!/bin/sh\ngit checkout -q -b made-by-script && git commit -q --allow-empty -m from-script\n")
    made = await allowed(ground)
    assert made.setup.state == "done"
    assert ground.playground.text("branch", "--show-current", cwd=Path(made.paths[0])) == "made-by-script"
    await ground.survives(Path(made.paths[0]))


async def test_cancelling_ends_the_script_and_all_it_started(ground: Ground) -> None:
    script(ground, '#!/bin/sh\ntrap "" TERM\nsleep 600 &\necho $! > "$HEDGEROW_LOCAL/../pid.new"\n'
           'mv "$HEDGEROW_LOCAL/../pid.new" "$HEDGEROW_LOCAL/../pid"\nwait\n')  # fmt: skip
    plan = await ground.plan("create", name="work", branch="topic")
    before = ground.observe()
    params = {"token": plan.token, "setup": {"sha256": plan.setup.sha256}}  # type: ignore[union-attr]
    task = asyncio.ensure_future(ground.call("create", **params))
    pid = ground.repository.parent / "pid"
    async with asyncio.timeout(60):
        while not pid.exists():
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ground.difference(before) == []
    async with asyncio.timeout(60):
        while _runs(int(pid.read_text())):
            await asyncio.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_a_chosen_script_is_asked_about_too(ground: Ground) -> None:
    script(ground, "#!/bin/sh\ntouch ran\n", ".hedgerow/setup/fast.sh")
    plan = await ground.plan("create", name="work", setup={"choice": "fast"})
    assert plan.setup is not None and plan.setup.path == ".hedgerow/setup/fast.sh"
    made = await ground.call("create", token=plan.token, setup={"choice": "fast", "sha256": plan.setup.sha256})
    assert (Path(made.paths[0]) / "ran").exists()


async def test_other_bytes_are_asked_about_again_and_another_repository_too(ground: Ground) -> None:
    script(ground, "#!/bin/sh\ntouch ran\n")
    await allowed(ground)
    made = await ground.call("create", name="again")
    assert made.setup.state == "done"
    script(ground, "#!/bin/sh\ntouch ran \n")
    assert (await ground.plan("create", name="changed")).setup is not None
    other = ground.playground.repository("other")
    ground.playground.commit(other, "set-up", {".hedgerow/setup.sh": Program("#!/bin/sh\ntouch ran\n")})
    planned = await ground.hedgerow.call("create", other, name="work")
    assert planned.plan is not None and not planned.plan.setup.allowed


async def test_a_pull_request_is_always_asked_about(ground: Ground) -> None:
    remote = ground.playground.remote(ground.repository)
    script(ground, "#!/bin/sh\ntouch ran\n")
    await allowed(ground)
    ground.playground.pull_request(remote, 7, {".hedgerow/setup.sh": Program("#!/bin/sh\ntouch ran\n")})
    plan = await ground.plan("create", **{"from": "#7"})
    assert plan.setup is not None and not plan.setup.allowed


async def test_scripts_switched_off_by_the_setting(ground: Ground) -> None:
    script(ground, "#!/bin/sh\ntouch ran\n")
    async with Hedgerow.opened(ground.home, setup=False) as hedgerow:
        made = await hedgerow.call("create", ground.repository, name="work")
    assert made.plan is None and made.setup is None
    assert not (Path(made.paths[0]) / "ran").exists()


async def test_ignored_files_that_go_while_they_are_copied(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds come and go in Local; that is no reason to make no worktree."""
    ground.playground.write(
        ground.repository, {".worktreeinclude": "*.ignored\n.env\n", "x.ignored": "x", ".env": "S=1\n"}
    )
    planned = await ground.call("create", name="work", dryRun=True)
    (ground.repository / "x.ignored").unlink()
    made = await ground.call("create", token=planned.plan.token)
    assert (Path(made.paths[0]) / ".env").read_text() == "S=1\n"


async def test_a_start_point_whose_remote_is_an_option(ground: Ground) -> None:
    canary = ground.repository.parent / "canary"
    ground.git("config", f"remote.--upload-pack=touch {canary};.url", str(ground.repository))
    with pytest.raises(HedgerowError):
        await ground.call("create", **{"from": "#7"})
    assert not canary.exists()

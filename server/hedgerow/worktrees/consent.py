"""Whether a set-up script runs: offered in the plan, decided by the person, carried out at the end of a create."""

from __future__ import annotations

from pathlib import Path

from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.journal.plans import Draft
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.plans import SetupReport, SetupScript
from hedgerow.protocol.worktrees import SetupChoice

from .setup import Script, find_script, may_run, run_script
from .start_points import StartPoint


async def offered_script(
    tools: Tools, repository: KnownRepository, start: StartPoint, setup: SetupChoice | None, caller: Caller
) -> tuple[Script | None, SetupScript | None]:
    if not caller.settings.setup:
        return None, None
    script = await find_script(tools.git, repository.common_dir, start.oid, setup.choice if setup else None)
    if script is None:
        return None, None
    allowed = may_run(
        script, setup, remembered=tools.records.allowed(repository.id, script.sha256), pull=start.pull is not None
    )
    return script, SetupScript(path=script.path, sha256=script.sha256, text=script.text, allowed=allowed)


def decided(draft: Draft, setup: SetupChoice | None) -> tuple[Script | None, bool]:
    kept = draft.extra.get("script")
    if kept is None:
        return None, False
    script = Script(kept["path"], kept["content"].encode("latin-1"))
    assert draft.shown.setup is not None
    if setup is not None and (setup.skip or setup.sha256 is not None):
        return script, may_run(script, setup, remembered=False, pull=draft.extra["pull"])
    return script, draft.shown.setup.allowed


async def set_up(
    tools: Tools, repository: KnownRepository, draft: Draft, script: Script, runs: bool, skipped: bool, caller: Caller
) -> SetupReport:
    worktree = draft.extra["worktree"]
    if not runs:
        state = "skipped" if skipped else "notAllowed"
        tools.journal.database.change("worktrees", {"id": worktree}, {"setup": state})
        return SetupReport(state=state, path=script.path, sha256=script.sha256)
    tools.journal.database.change("worktrees", {"id": worktree}, {"setup": "running"})
    if not draft.extra["pull"]:
        tools.records.allow(repository.id, script.sha256)
    log = tools.journal.state.logs / f"setup-{worktree}.log"
    caller.progress(f"running {script.path}", None)
    code = await run_script(
        script, local=repository.local, worktree=Path(draft.paths[0]), name=draft.extra["name"], log=log, caller=caller
    )
    state = "done" if code == 0 and Path(draft.paths[0]).is_dir() else "failed"
    tools.journal.database.change("worktrees", {"id": worktree}, {"setup": state})
    return SetupReport(state=state, path=script.path, sha256=script.sha256, log=str(log), exit_code=code)

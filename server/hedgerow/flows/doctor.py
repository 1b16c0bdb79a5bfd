"""`doctor`: is everything there that Hedgerow needs, and is everything well."""

from __future__ import annotations

import os
import re
import shutil

from hedgerow import __version__
from hedgerow.git.repository import SUPPORTED_GIT
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import HedgerowError
from hedgerow.protocol.worktrees import Check, DoctorParams, DoctorResult
from hedgerow.worktrees.findings import findings
from hedgerow.worktrees.places import worktrees_directory


async def doctor(tools: Tools, params: DoctorParams, caller: Caller) -> DoctorResult:
    checks = [await _git(tools), _state(tools), _tmux()]
    try:
        repository = (
            await tools.repositories.open(caller.directories[0] / params.repository, caller)
            if params.repository
            else (await tools.repositories.open_all(caller))[0]
        )
    except (HedgerowError, IndexError) as error:
        text = error.message if isinstance(error, HedgerowError) else "no folder is open"
        return DoctorResult(version=__version__, checks=[*checks, Check(name="repository", ok=False, text=text)])
    checks.append(
        Check(
            name="repository", ok=repository.refusal is None, text=repository.refusal or f"{repository.path} is ready"
        )
    )
    try:
        text, ok = f"new worktrees go to {worktrees_directory(repository, caller.settings)}", True
    except HedgerowError as error:
        text, ok = error.message, False
    checks.append(Check(name="worktrees directory", ok=ok, text=text))
    found = await findings(tools, repository, caller)
    text = "nothing to mend" if not found else "; ".join(one.text for one in found[:5]) + " (hedgerow repair)"
    checks.append(Check(name="worktrees", ok=not found, text=text))
    return DoctorResult(version=__version__, checks=checks)


async def _git(tools: Tools) -> Check:
    out = (await tools.git.read("version", cwd=tools.journal.state.root)).decode("utf-8", "replace").strip()
    match = re.search(r"(\d+)\.(\d+)", out)
    version = (int(match[1]), int(match[2])) if match else (0, 0)
    wanted = ".".join(str(part) for part in SUPPORTED_GIT)
    return Check(
        name="git",
        ok=version >= SUPPORTED_GIT,
        text=out if version >= SUPPORTED_GIT else f"{out}; Hedgerow needs {wanted} or newer",
    )


def _state(tools: Tools) -> Check:
    root = tools.journal.state.root
    free = shutil.disk_usage(root).free
    ok = os.access(root, os.W_OK) and free > 100 * 2**20
    return Check(name="state directory", ok=ok, text=f"{root}, {free // 2**20} MiB free")


def _tmux() -> Check:
    found = shutil.which("tmux")
    return Check(
        name="tmux",
        ok=found is not None,
        text=found or "not found; agents will need the editor's terminal (apt install tmux)",
    )

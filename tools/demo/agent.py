"""A make-believe agent: edits files where it was started, at a steady pace. Knows nothing of Hedgerow.

With `--session` it talks in a terminal, as real agents do: it reads prompts, asks before it runs something, and tells
what it does with the command line in `HEDGEROW_HOOK`, which any program may use.

Usage: python agent.py NAME EDITS [commit]
       python agent.py --session PROMPT
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

PACE_SECONDS = 0.35
SHORT, LONG = 4, 900
"""How many times it writes in a turn; long ones are for watching it at work."""
FILE = "roses.md"
"""What it writes as a session."""


def main(name: str, edits: int, commits: bool) -> None:
    for number in range(1, edits + 1):
        time.sleep(PACE_SECONDS)
        plant = Path(f"beds/bed_{number % 12:02}/plant_{(number % 12) * 25 + 7:03}.py")
        plant.write_text(f"# {name} was here\nheight = {number}\n")
        if number % 3 == 0:
            Path(f"{name} note {number}.md").write_text(f"what {name} thinks, part {number}\n")
        if commits and number % 5 == 0:
            subprocess.run(["git", "add", "beds"], check=True)
            subprocess.run(["git", "commit", "--quiet", "--message", f"{name}: part {number // 5}"], check=True)
    if commits:
        Path(".env").write_text(f"TOKEN=changed-by-{name}\n")
        Path("beds/bed_11/plant_299.py").write_text("height = 'staged by an agent'\n")
        subprocess.run(["git", "add", "beds/bed_11/plant_299.py"], check=True)
        Path("beds/bed_11/plant_298.py").unlink()
        Path("empty directory").mkdir()
        Path("a note\nin two lines.md").write_text("untracked\n")


def talk(prompt: str) -> None:
    """A conversation: this prompt first, then each line that is typed."""
    tell("SessionStart")
    turn(prompt)
    for line in sys.stdin:
        if line.strip():
            turn(line.strip())


def turn(prompt: str) -> None:
    tell("UserPromptSubmit")
    print(f"> {prompt}", flush=True)
    said = f"I am in {Path.cwd()}."
    if not prompt.startswith("Your working directory"):  # which says only where it is now
        for number in range(1, 1 + (LONG if "all summer" in prompt else SHORT)):
            time.sleep(PACE_SECONDS)
            with Path(FILE).open("a") as file:
                file.write(f"{prompt}: part {number}\n")
        if "ask" in prompt:
            print("May I run bin/prune? [y/N] ", end="", flush=True)
            tell("PermissionRequest", tool_name="bin/prune")
            allowed = sys.stdin.readline().strip() == "y"
            tell("PostToolUse")
            if allowed:
                subprocess.run(["bin/prune"], check=True)
        said = f"{FILE} is written."
    print(said, flush=True)
    tell("Stop", last_assistant_message=said)


def tell(event: str, **fields: str) -> None:
    told = json.dumps({"hook_event_name": event, "cwd": os.getcwd(), **fields}).encode()
    subprocess.run(shlex.split(os.environ["HEDGEROW_HOOK"]), input=told, check=True)


if __name__ == "__main__":
    if sys.argv[1] == "--session":
        talk(sys.argv[2])
    else:
        main(sys.argv[1], int(sys.argv[2]), "commit" in sys.argv[3:])

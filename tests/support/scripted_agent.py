"""An agent that does what its prompts say, and tells of it with Hedgerow's hook program, as any agent may.

A program of its own, run in a terminal; knows nothing of Hedgerow but `HEDGEROW_HOOK`. A prompt is steps between
semicolons: `write NAME TEXT`, `ask TOOL` (waits for a line), `hold FILE` (waits until it is there), `say WORDS`,
`fail`, `mute` (nobody tells of the end of this turn), `title WORDS`, `flood LINES`, `garble`, `exit STATUS`, `die`.
Anything else is only read. It notes how it was started in `$HOME/started/`, one file for each time.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path


def tell(event: str, **fields: object) -> None:
    hook = os.environ.get("HEDGEROW_HOOK")
    if hook:
        told = json.dumps({"hook_event_name": event, "cwd": os.getcwd(), **fields})
        subprocess.run(shlex.split(hook), input=told.encode(), check=False)


def note_the_start() -> None:
    folder = Path(os.environ["HOME"]) / "started"
    folder.mkdir(exist_ok=True)
    noted = {"argv": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ), "pid": os.getpid()}
    file = folder / f"{time.time_ns()}-{os.environ.get('HEDGEROW_SESSION', '')}"
    file.with_suffix(".part").write_text(json.dumps(noted))
    file.with_suffix(".part").rename(file)


def turn(prompt: str) -> None:
    tell("UserPromptSubmit")
    said, ends = f"read: {prompt}", "Stop"
    for step in prompt.split(";"):
        word, _, rest = step.strip().partition(" ")
        if word == "write":
            name, _, text = rest.partition(" ")
            Path(name).write_text(text + "\n")
        elif word == "ask":
            print(f"May I use {rest}?", flush=True)
            tell("PermissionRequest", tool_name=rest)
            print(f"answered {sys.stdin.readline().strip()}", flush=True)
            tell("PostToolUse")
        elif word == "hold":
            while not os.path.exists(rest):
                time.sleep(0.01)
        elif word == "say":
            said = rest
        elif word == "fail":
            said, ends = "overloaded", "StopFailure"
        elif word == "mute":
            ends = ""
        elif word == "title":
            print(f"\033]2;{rest}\033[31m\007", end="", flush=True)
        elif word == "flood":
            for number in range(int(rest)):
                print(f"\033[3{number % 8}mline {number} of a flood\033[0m")
        elif word == "garble":
            subprocess.run(shlex.split(os.environ["HEDGEROW_HOOK"]), input=b"\xff\x00{not json", check=False)
        elif word == "exit":
            print("something is wrong", flush=True)
            sys.exit(int(rest))
        elif word == "die":
            os.kill(os.getpid(), signal.SIGKILL)
    print(said, flush=True)
    if ends:
        tell(ends, last_assistant_message=said)


def first_prompt(arguments: list[str]) -> str:
    """The first plain argument; or what comes with `--interactive`, as the program that it stands in for has it."""
    for argument in arguments:
        if argument.startswith("--interactive="):
            return argument.partition("=")[2]
    plain = [argument for argument in arguments if not argument.startswith("-")]
    return "" if "--session-id" in arguments else " ".join(plain[:1])


def main() -> None:
    note_the_start()
    tell("SessionStart")
    prompt = first_prompt(sys.argv[1:])
    if prompt:
        turn(prompt)
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip():
            turn(line.strip())


if __name__ == "__main__":
    main()

"""The command line that an order becomes. Works it out and runs nothing; no file of the person's is written.

Facts of Claude Code 2.1.197: of two `--settings` only the last one counts, so the person's are merged with ours; a
conversation is found by its id only while the worktree that it began in is there, so it is resumed by its file.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sentence import harmless

from ..agent import Order, Prepared
from .hooks import settings

_OURS = {
    "--session-id": "Hedgerow chooses the id of a new conversation",
    "--resume": "say which session to resume or fork instead",
    "-r": "say which session to resume or fork instead",
    "--continue": "say which session to resume instead",
    "-c": "say which session to resume instead",
    "--from-pr": "start from the pull request instead (`from`), or resume the session",
    "--fork-session": "fork the session instead",
    "--print": "it leaves no session that could be followed or answered",
    "-p": "it leaves no session that could be followed or answered",
    "--bg": "Hedgerow keeps the session running by itself",
    "--background": "Hedgerow keeps the session running by itself",
    "--worktree": "Hedgerow makes the worktree",
    "-w": "Hedgerow makes the worktree",
    "--tmux": "Hedgerow chooses the terminal",
    "--no-session-persistence": "there would be no conversation to go on with",
    "--help": "nothing would be started",
    "-h": "nothing would be started",
    "--version": "nothing would be started",
    "-v": "nothing would be started",
}
_LONGEST = 100_000
"""Linux takes 131,072 bytes for one argument."""
_LABEL = 80
_NESTED = ("CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SESSION_ID", "CLAUDE_CODE_SSE_PORT")
"""What Claude Code leaves in the environment of the programs that it starts; with it, it takes itself for nested."""


def program(environment: Mapping[str, str]) -> Path | None:
    found = shutil.which("claude", path=environment.get("PATH") or os.defpath)
    return Path(found) if found is not None else None


def home(environment: Mapping[str, str]) -> Path:
    configured = environment.get("CLAUDE_CONFIG_DIR")
    if configured:
        return Path(configured).expanduser()
    own = environment.get("HOME")
    return (Path(own) if own else Path.home()) / ".claude"


def launch(order: Order) -> Prepared:
    """The launch of an order.

    Raises:
        HedgerowError: no Claude Code on the path, an argument that takes over what Hedgerow does, or a conversation
            whose record is gone.
    """
    executable = program(order.environment)
    if executable is None:
        raise HedgerowError(
            ErrorCode.NO_AGENT,
            "there is no `claude` on the PATH: install Claude Code, or add its directory to the PATH",
        )
    arguments, theirs = _arguments(order)
    adds = ["hooks of this run alone, by --settings, tell Hedgerow what Claude Code asks, writes and ends with"]
    argv = [str(executable)]
    conversation = order.resume
    if order.resume is None or order.fork:
        conversation = str(uuid.uuid4())
        adds.append(f"--session-id {conversation} says beforehand which conversation it will be")
    if order.resume is not None:
        argv += ["--resume", _record(order)]
        adds.append("--resume goes on with the conversation, wherever it began")
        if order.fork:
            argv.append("--fork-session")
            adds.append("--fork-session copies it first")
    if conversation != order.resume:
        argv += ["--session-id", str(conversation)]
    if order.label and not _given(arguments, "--name", "-n"):
        label = " ".join(harmless(order.label).split())[:_LABEL]
        argv.append(f"--name={label}")
        adds.append(f"--name calls it {label!r} there, too")
    argv += ["--settings", json.dumps(_merged(theirs, settings((*order.hook, order.session))), ensure_ascii=True)]
    if theirs is not None:
        adds.append("the settings that were given are merged with these hooks: Claude Code takes --settings once")
    argv += arguments
    if order.prompt:
        prompt = harmless(order.prompt)
        if len(prompt.encode()) > _LONGEST:
            size = f"{_LONGEST:,} bytes"
            raise HedgerowError(ErrorCode.BAD_PARAMS, f"the first prompt is longer than {size}: put it into a file")
        argv += ["--", prompt]  # some options take every word that follows them
    env = {name: "" for name in _NESTED if order.environment.get(name)}
    if env:
        adds.append(
            "what another Claude Code left in the environment is emptied, so that this one does not count as nested"
        )
    if order.agent_home is not None:
        env["CLAUDE_CONFIG_DIR"] = str(order.agent_home)
        adds.append(f"CLAUDE_CONFIG_DIR is {order.agent_home}")
    return Prepared(tuple(argv), env, conversation, tuple(adds))


def _arguments(order: Order) -> tuple[list[str], Mapping[str, object] | None]:
    """The person's arguments, without their settings, and those."""
    kept: list[str] = []
    theirs: Mapping[str, object] | None = None
    words = iter(order.arguments)
    for word in words:
        option, has_value, value = word.partition("=")
        if "\0" in word:
            raise HedgerowError(ErrorCode.BAD_PARAMS, "an argument holds a NUL character")
        if word == "--":
            raise HedgerowError(ErrorCode.BAD_PARAMS, "leave out `--`: what is to be said goes into the prompt")
        if option in _OURS and option.startswith("-"):
            raise HedgerowError(ErrorCode.BAD_PARAMS, f"leave out {option}: {_OURS[option]}")
        if option != "--settings":
            kept.append(word)
            continue
        text = value if has_value else next(words, None)
        if text is None:
            raise HedgerowError(ErrorCode.BAD_PARAMS, "--settings lacks its file or its JSON")
        theirs = _settings(text, order.cwd)
    return kept, theirs


def _settings(text: str, cwd: Path) -> Mapping[str, object]:
    """What was given as a file or as JSON."""
    content = text
    if not text.lstrip().startswith("{"):
        try:
            content = (cwd / Path(text).expanduser()).read_text("utf-8")
        except (OSError, ValueError) as error:
            raise HedgerowError(ErrorCode.BAD_PARAMS, f"--settings {text[:200]!r} cannot be read: {error}") from error
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise HedgerowError(ErrorCode.BAD_PARAMS, f"--settings is no JSON: {error}") from error
    if not isinstance(told, dict):
        raise HedgerowError(ErrorCode.BAD_PARAMS, "--settings is no JSON object")
    return told


def _merged(theirs: Mapping[str, object] | None, ours: Mapping[str, object]) -> Mapping[str, object]:
    """Their settings with our hooks behind theirs."""
    if theirs is None:
        return ours
    given, added = theirs.get("hooks", {}), ours["hooks"]
    if not isinstance(given, dict) or not isinstance(added, dict):
        raise HedgerowError(ErrorCode.BAD_PARAMS, "the hooks in --settings are no JSON object")
    hooks = dict(given)
    for event, groups in added.items():
        before = hooks.get(event, [])
        if not isinstance(before, list):
            raise HedgerowError(ErrorCode.BAD_PARAMS, f"the hooks for {event} in --settings are no list")
        hooks[event] = [*before, *groups]
    return {**theirs, "hooks": hooks}


def _record(order: Order) -> str:
    """What to resume by: the file, which is found from anywhere; else the id, which is looked for by Claude Code."""
    if order.transcript is None:
        return str(order.resume)
    if not order.transcript.is_file():
        raise HedgerowError(
            ErrorCode.NO_SUCH_SESSION,
            f"the record of that conversation is gone: {order.transcript}; start a new session instead",
        )
    return str(order.transcript)


def _given(arguments: list[str], *options: str) -> bool:
    return any(word.partition("=")[0] in options for word in arguments)

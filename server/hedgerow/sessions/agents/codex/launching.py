"""How Codex is launched: as a plain `codex` on a conversation that was opened beforehand.

Writes nothing of the person's configuration and trusts nothing. The conversation is opened through Codex' own daemon,
so that it is known for certain which one the window has, also of two that are launched at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import tomllib
from collections.abc import Mapping
from pathlib import Path

from hedgerow import processes
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from ..agent import Order, Prepared
from .app_server import AppServer, Json, LostServerError, RefusedError
from .arguments import embedding, thread_params
from .home import Home
from .writers import daemon_pid, writers

_START_SECONDS = 60.0
"""For a daemon to come up; the first time Codex copies itself into its home."""
_NAME = 60


async def prepare(home: Home, program: Path, order: Order) -> Prepared:
    """The launch of an order.

    Raises:
        HedgerowError: an argument that cannot be passed on, a conversation that is open elsewhere, or a Codex that does
            not do its part.
    """
    alone = embedding(order.arguments)
    _make(home.path, order)
    env = {"CODEX_HOME": str(order.agent_home)} if order.agent_home is not None else {}
    if alone is None and not _may_start_a_daemon(home.path):
        alone = "daemon_auto_start = false"
    if order.resume is not None and not order.fork:
        await home.daemon.reach()
        _refuse_second_writer(home, order.resume, alone=alone is not None)
    if alone is not None:
        return Prepared(_plain(program, order), env, None if order.fork else order.resume, (_adds_alone(alone),))
    if order.resume is not None and not order.fork:
        await _free(home, order.resume, order.cwd)
        return Prepared(_resuming(program, order, order.resume), env, order.resume)
    started = await _daemon(home, program, order)
    params = thread_params(order.arguments) if _is_trusted(home.path, order) and not order.fork else None
    conversation, name = await _open(home, order, params)
    adds = [f"The conversation is opened through Codex' app-server, and named {name!r} there."]
    if started:
        adds.append("Codex' app-server daemon was started, as a plain `codex` does; it stays until it is stopped.")
    argv = _resuming(program, order, conversation)
    if params is None:
        return Prepared(argv, env, conversation, tuple(adds))
    return Prepared(argv, env, conversation, tuple(adds), arrived=lambda: home.daemon.followed.arrived(conversation))


def _refuse_second_writer(home: Home, conversation: str, *, alone: bool) -> None:
    """A window that shares the daemon may open what the daemon has; nobody opens what another process has."""
    held = writers(home.path)
    if conversation not in held:
        return
    pid = held[conversation]
    in_daemon = conversation in home.daemon.followed.threads or (pid is not None and pid == daemon_pid(home.path))
    if in_daemon and not alone:
        return
    if in_daemon:
        raise HedgerowError(
            ErrorCode.BUSY, "Codex' daemon has this conversation open, for up to a minute after its window was closed"
        )
    who = "another process" if pid is None else f"process {pid}"
    raise HedgerowError(
        ErrorCode.BUSY, f"{who} has this conversation open, and Codex lets only one write it: close it there first"
    )


def _make(path: Path, order: Order) -> None:
    """A home of the session's own is made when it is missing: Codex takes no directory that is not there."""
    if order.agent_home is None:
        return
    if order.agent_home.is_relative_to(order.cwd):
        raise HedgerowError(ErrorCode.BAD_PARAMS, f"Codex' home {path} must not lie in the worktree it works in")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise HedgerowError(ErrorCode.READ_ONLY, f"Codex' home {path} cannot be made: {error.strerror}") from error


def _may_start_a_daemon(home: Path) -> bool:
    """Whether a plain `codex` would start one: the person may have switched that off."""
    with contextlib.suppress(OSError, ValueError):
        features = tomllib.loads((home / "config.toml").read_text("utf-8")).get("features")
        return not (isinstance(features, dict) and features.get("daemon_auto_start") is False)
    return True


def _is_trusted(home: Path, order: Order) -> bool:
    """Whether the person has told Codex to trust the repository, or the checkout."""
    with contextlib.suppress(OSError, ValueError):
        projects = tomllib.loads((home / "config.toml").read_text("utf-8")).get("projects")
        for root in (order.trusted_root, order.cwd):
            project = projects.get(str(root)) if isinstance(projects, dict) else None
            if isinstance(project, dict) and project.get("trust_level") == "trusted":
                return True
    return False


def _adds_alone(why: str) -> str:
    return (
        f"Nothing. With {why} Codex may serve the session from its own window: then it ends with that window, and what "
        "it asks is read from the screen."
    )


def _plain(program: Path, order: Order) -> tuple[str, ...]:
    verb = () if order.resume is None else ("fork" if order.fork else "resume",)
    words = [*((order.resume,) if order.resume is not None else ()), *((order.prompt,) if order.prompt else ())]
    return (str(program), *verb, "-C", str(order.cwd), *order.arguments, *(("--", *words) if words else ()))


def _resuming(program: Path, order: Order, conversation: str) -> tuple[str, ...]:
    prompt = (order.prompt,) if order.prompt else ()
    # Without -C a picker of directories would block the window.
    return (str(program), "resume", "-C", str(order.cwd), *order.arguments, "--", conversation, *prompt)


async def _daemon(home: Home, program: Path, order: Order) -> bool:
    """See that the daemon runs; answers whether it was started for this."""
    if await home.daemon.reach():
        return False
    # Only where it was said: Codex makes its usual home, and no other, when that is missing.
    env = dict(order.environment) | ({"CODEX_HOME": str(home.path)} if order.agent_home is not None else {})
    # Not where it is to work: a daemon that stands in a worktree would keep that from ever being cleaned up.
    cwd = home.path if home.path.is_dir() else Path("/")
    argv = [str(program), "app-server", "daemon", "start"]
    try:
        await _run(argv, cwd, env)
    except HedgerowError:
        # Seen once in a hundred starts on a busy machine, while it was installing itself.
        await _run(argv, cwd, env)
    home.daemon.try_again()
    if not await home.daemon.reach():
        raise HedgerowError(
            ErrorCode.NO_AGENT, "Codex' app-server daemon was started and does not answer at its socket"
        )
    return True


async def _run(argv: list[str], cwd: Path, env: Mapping[str, str]) -> None:
    try:
        process = await processes.start(argv, cwd=cwd, env=env)
    except OSError as error:
        raise HedgerowError(ErrorCode.NO_AGENT, f"codex cannot be started: {error.strerror or error}") from error
    try:
        async with asyncio.timeout(_START_SECONDS):
            _, stderr = await process.communicate()
    except TimeoutError as error:
        await processes.end(process)
        raise HedgerowError(ErrorCode.NO_AGENT, "Codex' app-server daemon does not come up") from error
    except asyncio.CancelledError:
        await processes.end(process)
        raise
    if process.returncode != 0:
        why = next((line for line in reversed(stderr.decode("utf-8", "replace").splitlines()) if line.strip()), "")
        raise HedgerowError(
            ErrorCode.NO_AGENT, f"Codex' app-server daemon cannot be started (is Codex older than 0.160?): {why[:300]}"
        )


async def _open(home: Home, order: Order, kept: Mapping[str, str] | None) -> tuple[str, str]:
    """A new conversation, or the copy of one, with its name.

    Args:
        kept: the person's wishes, with which it stays open until its window shows it. Opened anew before its first
            turn, Codex takes a conversation for one of an older version, and gives it no sub-agents; but only opened
            anew it takes other wishes, from the window, and what a folder that is trusted only then may do.
    """
    name = _name(order)
    try:
        server = await home.daemon.server()
        if order.resume is not None:
            params: Json = {"threadId": order.resume, "cwd": str(order.cwd), "excludeTurns": True}
            answer = await server.call("thread/fork", params, seconds=_START_SECONDS)
        else:
            wishes = {"cwd": str(order.cwd), "threadSource": "user", **(kept or {})}
            answer = await server.call("thread/start", wishes)
        thread = answer.get("thread")
        conversation = thread.get("id") if isinstance(thread, dict) else None
        if not isinstance(conversation, str):
            raise HedgerowError(ErrorCode.NO_AGENT, "Codex does not say which conversation it has opened")
        # Codex only writes a conversation down, so that a window can open it, once it has a turn or a name.
        try:
            await server.call("thread/name/set", {"threadId": conversation, "name": name})
        except BaseException:
            kept = None
            raise
        finally:
            if kept is None:
                await _stop_listening(server, conversation)
            else:
                home.daemon.followed.expect(conversation)
    except RefusedError as error:
        raise HedgerowError(ErrorCode.NO_AGENT, f"Codex does not open a conversation: {error}") from error
    except LostServerError as error:
        raise HedgerowError(ErrorCode.NO_AGENT, f"Codex' app-server cannot be reached: {error}") from error
    return conversation, name


def _name(order: Order) -> str:
    words = order.label or order.prompt or order.cwd.name or "a session"
    return " ".join(words.split())[:_NAME] or "a session"


async def _free(home: Home, conversation: str, cwd: Path) -> None:
    """See that the daemon opens a loaded conversation in its new directory.

    As long as a window shows it there, Codex would open it where it was, without a word. So it is opened there by us
    first: the answer tells where it is.
    """
    if not await home.daemon.reach() or conversation not in home.daemon.followed.threads:
        return
    try:
        await home.daemon.followed.let_go(conversation)
        server = await home.daemon.server()
        await _stop_listening(server, conversation)
        opened = await server.call(
            "thread/resume", {"threadId": conversation, "cwd": str(cwd), "excludeTurns": True}, seconds=_START_SECONDS
        )
        await _stop_listening(server, conversation)
    except (RefusedError, LostServerError) as error:
        raise HedgerowError(ErrorCode.NO_AGENT, f"Codex does not open the conversation: {error}") from error
    where = opened.get("cwd")
    if isinstance(where, str) and Path(where) != cwd:
        raise HedgerowError(
            ErrorCode.BUSY,
            f"a window of Codex has this conversation open in {where}: close it there first, else it would stay there",
            cwd=where,
        )


async def _stop_listening(server: AppServer, conversation: str) -> None:
    await server.call("thread/unsubscribe", {"threadId": conversation})

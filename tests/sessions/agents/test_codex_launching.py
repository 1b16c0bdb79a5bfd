"""How Codex is launched; with a daemon that answers as the real one was seen to, and a program that starts none."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.sessions.agents.codex_peer import Peer, command, opened, thread, until

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.sessions.agents.agent import Living, Order, Status
from hedgerow.sessions.agents.codex import Codex
from hedgerow.sessions.agents.codex.arguments import embedding
from hedgerow.sessions.agents.codex.writers import writers

PROGRAM = """#!/bin/sh
echo "$@" >> "$0.calls"
echo "$SECRET" > "$0.secret"
echo "cannot: no such command" >&2
exit 3
"""


@pytest.fixture
def codex() -> Codex:
    return Codex()


@pytest_asyncio.fixture
async def peer(tmp_path: Path) -> AsyncIterator[Peer]:
    async with opened(tmp_path / "codex") as made:
        yield made


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "bin" / "codex"
    path.parent.mkdir()
    path.write_text(PROGRAM)
    path.chmod(0o755)
    return path


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    made = tmp_path / "one"
    made.mkdir()
    return made


def order(home: Path, program: Path, cwd: Path, **more: object) -> Order:
    path = f"{program.parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "CODEX_HOME": str(home), "SECRET": "s3cret"}
    return Order("s", cwd, environment, cwd, ("hook",), **more)  # type: ignore[arg-type]


async def test_a_new_conversation_is_opened_beforehand(codex: Codex, peer: Peer, program: Path, cwd: Path) -> None:
    given = order(peer.home, program, cwd, prompt="-fix\nit", label=" The\nlogin ", arguments=("-m", "gpt-6", "-s=x"))
    prepared = await codex.prepare(given)
    assert prepared.conversation == "made-0"
    assert prepared.argv == (
        str(program), "resume", "-C", str(cwd), "-m", "gpt-6", "-s=x", "--", "made-0", "-fix\nit",
    )  # fmt: skip
    assert prepared.env == {}
    assert ("thread/name/set", {"threadId": "made-0", "name": "The login"}) in peer.calls
    assert peer.listening == set()
    assert len(prepared.adds) == 1
    assert not Path(f"{program}.calls").exists(), "nothing is started where the daemon runs"


async def test_in_a_trusted_repository_it_stays_open_until_its_window_shows_it(
    codex: Codex, peer: Peer, program: Path, cwd: Path
) -> None:
    (peer.home / "config.toml").write_text('[projects."/w/main"]\ntrust_level = "trusted"\n')
    arguments = ("-m", "gpt-6", "--sandbox=read-only", "-a", "never")
    prepared = await codex.prepare(
        order(peer.home, program, cwd, prompt="x", arguments=arguments, trusted_root=Path("/w/main"))
    )
    wishes = {
        "cwd": str(cwd),
        "threadSource": "user",
        "model": "gpt-6",
        "sandbox": "read-only",
        "approvalPolicy": "never",
    }
    assert ("thread/start", wishes) in peer.calls
    assert ("thread/unsubscribe", {"threadId": "made-0"}) not in peer.calls, "Codex would give it no sub-agents"
    assert prepared.arrived is not None
    arriving = asyncio.ensure_future(prepared.arrived())
    await peer.tell("thread/name/updated", threadId="made-0")
    await peer.tell("thread/goal/cleared", threadId="made-0")
    await asyncio.wait_for(arriving, 30)
    await until(lambda: ("thread/unsubscribe", {"threadId": "made-0"}) in peer.calls, "it to stop listening")


async def test_wishes_that_only_a_window_can_have_are_the_windows(
    codex: Codex, peer: Peer, program: Path, cwd: Path
) -> None:
    (peer.home / "config.toml").write_text(f'[projects."{cwd}"]\ntrust_level = "trusted"\n')
    prepared = await codex.prepare(order(peer.home, program, cwd, prompt="x", arguments=("--add-dir", "/w/more")))
    assert prepared.arrived is None
    assert ("thread/unsubscribe", {"threadId": "made-0"}) in peer.calls


async def test_two_at_once_get_one_each(codex: Codex, peer: Peer, program: Path, cwd: Path) -> None:
    both = await asyncio.gather(*(codex.prepare(order(peer.home, program, cwd, prompt="same")) for _ in range(5)))
    assert len({each.conversation for each in both}) == 5


async def test_a_fork_is_opened_beforehand(codex: Codex, peer: Peer, program: Path, cwd: Path) -> None:
    peer.threads["t1"] = thread("t1", "/w/old")
    prepared = await codex.prepare(order(peer.home, program, cwd, prompt="go", resume="t1", fork=True))
    assert prepared.conversation == "fork-1"
    assert prepared.argv[-3:] == ("--", "fork-1", "go")
    assert ("thread/fork", {"threadId": "t1", "cwd": str(cwd), "excludeTurns": True}) in peer.calls


async def test_a_resume_elsewhere_is_refused_while_a_window_keeps_it(
    codex: Codex, peer: Peer, program: Path, cwd: Path
) -> None:
    peer.threads["t1"] = thread("t1", "/w/old")
    peer.stays = "/w/old"
    with pytest.raises(HedgerowError, match="/w/old: close it there") as busy:
        await codex.prepare(order(peer.home, program, cwd, resume="t1"))
    assert busy.value.code is ErrorCode.BUSY
    assert peer.listening == set()
    peer.stays = None
    prepared = await codex.prepare(order(peer.home, program, cwd, resume="t1", prompt="You are in another place now."))
    assert (prepared.conversation, prepared.argv[-2]) == ("t1", "t1")
    assert peer.listening == set(), "else it would stay where it was"


async def test_what_waits_is_not_listened_to_while_it_moves(codex: Codex, peer: Peer, program: Path, cwd: Path) -> None:
    peer.threads["t1"] = thread("t1", "/w/old", "active", "waitingOnApproval")
    peer.pending["t1"] = {1: command("t1", "i")}
    await codex.look(peer.home)
    assert peer.listening == {"t1"}
    await codex.prepare(order(peer.home, program, cwd, resume="t1"))
    assert peer.listening == set()


@pytest.mark.parametrize(
    "argument", ["-c", "-ca=b", "--config=a=b", "-p", "--no-daemon", "--search", "--enable", "--new"]
)
async def test_a_session_that_its_window_may_serve_is_launched_plainly(
    codex: Codex, peer: Peer, program: Path, cwd: Path, argument: str
) -> None:
    given = order(peer.home, program, cwd, prompt="fix it", arguments=("-m", "gpt-6", argument))
    prepared = await codex.prepare(given)
    assert prepared.conversation is None
    assert prepared.argv == (str(program), "-C", str(cwd), "-m", "gpt-6", argument, "--", "fix it")
    assert any(argument.partition("=")[0][:2] in each for each in prepared.adds)
    assert peer.threads == {}


async def test_a_person_who_has_no_daemon_started_gets_none(
    codex: Codex, tmp_path: Path, program: Path, cwd: Path
) -> None:
    home = tmp_path / "codex"
    home.mkdir()
    (home / "config.toml").write_text("[features]\ndaemon_auto_start = false\n")
    prepared = await codex.prepare(order(home, program, cwd))
    assert prepared.argv == (str(program), "-C", str(cwd))
    assert any("daemon_auto_start" in each for each in prepared.adds)
    assert not Path(f"{program}.calls").exists()


@pytest.mark.parametrize(
    "arguments", [("-C", "/w"), ("--cd=/w",), ("-C/w",), ("--worktree",), ("--remote", "ws://x"), ("--",), ("--help",)]
)
def test_arguments_that_cannot_be_passed_on(arguments: tuple[str, ...]) -> None:
    with pytest.raises(HedgerowError, match="cannot be passed on"):
        embedding(arguments)


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ((), None),
        (("-m", "gpt-6", "--sandbox=read-only", "-a", "never", "--add-dir", "-odd", "-mgpt-6"), None),
        (("--dangerously-bypass-approvals-and-sandbox", "--no-alt-screen"), None),
        (("-m", "-c"), None),
        (("--model=x", "-c", "a=b"), "-c"),
        (("--approve-for-me", "--oss"), "--oss"),
    ],
)
def test_arguments_that_leave_a_session_in_the_daemon(arguments: tuple[str, ...], found: str | None) -> None:
    assert embedding(arguments) == found


async def test_a_codex_that_is_missing_or_cannot_do_its_part(
    codex: Codex, tmp_path: Path, program: Path, cwd: Path
) -> None:
    home = tmp_path / "codex"
    with pytest.raises(HedgerowError, match="cannot: no such command") as old:
        await codex.prepare(order(home, program, cwd, prompt="x"))
    assert old.value.code is ErrorCode.NO_AGENT
    assert Path(f"{program}.calls").read_text() == "app-server daemon start\n" * 2
    assert Path(f"{program}.secret").read_text() == "s3cret\n", "the daemon has the person's environment"
    program.write_text("no program")
    with pytest.raises(HedgerowError, match="cannot be started"):
        await codex.prepare(order(home, program, cwd))
    program.unlink()
    with pytest.raises(HedgerowError, match="on the PATH") as missing:
        await codex.prepare(Order("s", cwd, {"PATH": str(program.parent)}, cwd, ("hook",)))
    assert missing.value.code is ErrorCode.NO_AGENT
    assert codex.program({}) is None


HOLDER = "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has a conversation open, as one of Codex does."""
    locks = tmp_path / "codex" / "thread-writer-locks"
    locks.mkdir(parents=True, exist_ok=True)
    (locks / "t9.lock").touch()
    (locks / "free.lock").touch()
    argv = [sys.executable, "-c", HOLDER, str(locks / "t9.lock"), "codex"]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


async def test_a_second_writer_is_never_launched(
    codex: Codex, tmp_path: Path, program: Path, cwd: Path, holder: subprocess.Popen[bytes]
) -> None:
    home = tmp_path / "codex"
    assert writers(home) == {"t9": holder.pid}
    with pytest.raises(HedgerowError, match=f"process {holder.pid} has this conversation open") as busy:
        await codex.prepare(order(home, program, cwd, resume="t9"))
    assert busy.value.code is ErrorCode.BUSY
    assert (await codex.prepare(order(home, program, cwd, resume="free"))).conversation == "free"
    holder.kill()
    await until(lambda: writers(home) == {}, "the lock to be free")
    assert (await codex.prepare(order(home, program, cwd, resume="t9"))).conversation == "t9"


async def test_the_end_of_a_process_that_had_a_conversation_is_noticed(
    codex: Codex, tmp_path: Path, holder: subprocess.Popen[bytes]
) -> None:
    home = tmp_path / "codex"
    day = home / "sessions" / "2026" / "11" / "20"
    day.mkdir(parents=True)
    name = "01a1f75d-878c-7a23-bedf-691158c3d5c2"
    (home / "thread-writer-locks" / "t9.lock").rename(home / "thread-writer-locks" / f"{name}.lock")
    rollout = day / f"rollout-2026-11-20T05-11-04-{name}.jsonl"
    rollout.write_text(
        f'{{"type": "session_meta", "payload": {{"id": "{name}", "cwd": "/w/one", "source": "cli"}}}}\n'
        '{"type": "event_msg", "payload": {"type": "task_started"}}\n'
    )
    changes = asyncio.Event()
    stop = codex.watch(home, changes.set)
    (found,) = await codex.look(home)
    assert (found.living, found.status, found.pid) == (Living.PROCESS, Status.BUSY, holder.pid)
    changes.clear()
    with rollout.open("a") as file:
        call = '"type": "function_call", "call_id": "c", "name": "exec_command", "arguments": "{}"'
        file.write(f'{{"type": "response_item", "payload": {{{call}}}}}\n')
    await asyncio.wait_for(changes.wait(), 30)
    (found,) = await codex.look(home)
    assert found.status is Status.UNKNOWN, "the tool runs, or it asks whether it may"
    await asyncio.sleep(0.5)  # what the file still had to tell
    changes.clear()
    holder.kill()
    await asyncio.wait_for(changes.wait(), 30)
    await until(lambda: _stored(codex, home), "its end")
    stop()


async def _stored(codex: Codex, home: Path) -> bool:
    return [each.living for each in await codex.look(home)] == [Living.STORED]

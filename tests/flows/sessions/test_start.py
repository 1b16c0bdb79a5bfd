"""`start`: a worktree where one is wanted, its set-up, and an agent at work in it, in one step."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.support.ground import assert_sentence
from tests.support.home import Home
from tests.support.oracle import of_checkout
from tests.support.repositories import Playground
from tests.support.scripted import LAUNCH_LINES, Sessions

from hedgerow.flows.sessions import exits
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.settings import RepositorySettings
from hedgerow.sessions.terminals.tmux import Tmux

SETUP = "#!/bin/sh\necho ready >made-by-setup\n"


def worktree(sessions: Sessions, name: str) -> Path:
    return sessions.ground.repository.with_name("project.worktrees") / name


async def refused(sessions: Sessions, code: ErrorCode, **params: Any) -> str:
    """`start` is refused; nothing was made, and nothing runs."""
    known = {row.id for row in await sessions.list(past=True)}
    error = await sessions.ground.refused("start", code.value, **params)
    assert {row.id for row in await sessions.list(past=True)} == known
    return error.message


# -- where


async def test_a_prompt_is_enough(sessions: Sessions) -> None:
    before = sessions.ground.observe()
    row = await sessions.start("Fix the login test, please; write fruit.txt apple; say It is fixed")
    place = worktree(sessions, "fix-the-login-test")
    done = await sessions.until(row.id, "done")
    assert (place / "fruit.txt").read_text() == "apple\n"
    assert done.last_message == "It is fixed"
    assert (done.path, done.agent, done.ours, done.host.value) == (str(place), "scripted", True, "tmux")
    assert done.label.startswith("Fix the login test, please;")
    assert done.checkout == done.home == (await sessions.ground.hedgerow.row(sessions.ground.repository, place)).id
    (started,) = sessions.started(row.id)
    assert started["cwd"] == str(place)
    assert started["argv"] == ["Fix the login test, please; write fruit.txt apple; say It is fixed"]
    assert sessions.ground.difference(before, except_for=[of_checkout(place)]) == []


async def test_two_of_one_prompt_have_a_worktree_each(sessions: Sessions) -> None:
    rows = [await sessions.start("do the same; write a.txt x") for _ in range(2)]
    assert len({row.path for row in rows}) == 2
    assert all(Path(row.path).name.startswith("do-the-same") for row in rows)


async def test_without_a_prompt_it_waits_for_one(sessions: Sessions) -> None:
    row = await sessions.start(agent="quiet", name="later", label="for later")
    there = await sessions.until(row.id, "idle")
    assert there.label == "for later"
    await sessions.call("send", session=row.id, text="write fruit.txt apple; say done")
    await sessions.until(row.id, "done")
    assert (worktree(sessions, "later") / "fruit.txt").exists()


async def test_in_a_worktree_that_is_there(sessions: Sessions) -> None:
    place = await sessions.ground.create("there", keep=True)
    with sessions.ground.nothing_changes():
        row = await sessions.start("say hello", checkout="there")
        await sessions.until(row.id, "done")
        other = await sessions.start("say hello again", checkout="there", label="the second")
        await sessions.until(other.id, "done")
    assert row.path == other.path == str(place)
    assert [each["cwd"] for each in sessions.started()] == [str(place)] * 2


async def test_in_local(sessions: Sessions) -> None:
    with sessions.ground.nothing_changes():
        row = await sessions.start("say hello", checkout="Local")
        done = await sessions.until(row.id, "done")
    assert (done.path, done.home) == (str(sessions.ground.repository), None)


async def test_uncommitted_work_goes_along(sessions: Sessions) -> None:
    ground = sessions.ground
    ground.playground.write(ground.repository, {"a.txt": "mine\n", "new.txt": "mine too\n"})
    ground.git("add", "a.txt")
    with_it = await sessions.start("copy it; hold " + str(sessions.gate()), carry="copy")
    place = Path(with_it.path)
    changed = b"M  a.txt\n?? new.txt\n"
    assert ground.git("status", "--porcelain", cwd=place) == ground.git("status", "--porcelain") == changed
    moved = await sessions.start("move it; say moved", carry="move")
    assert ground.git("status", "--porcelain", cwd=Path(moved.path)) == changed
    assert ground.git("status", "--porcelain") == b""
    sessions.let_go()


async def test_from_a_branch_with_a_branch_of_its_own(sessions: Sessions) -> None:
    ground = sessions.ground
    ground.git("branch", "older", "HEAD")
    ground.playground.commit(ground.repository, "newer", {"newer.txt": "n\n"})
    row = await sessions.start("say hello", **{"from": "older", "branch": "topic", "name": "of-older"})
    assert not (worktree(sessions, "of-older") / "newer.txt").exists()
    assert ground.git("symbolic-ref", "HEAD", cwd=Path(row.path)) == b"refs/heads/topic\n"


# -- set-up


async def test_a_script_is_asked_about_first_and_its_token_carries_on(sessions: Sessions) -> None:
    ground = sessions.ground
    ground.playground.commit(ground.repository, "set-up", {".hedgerow/setup.sh": SETUP})
    wanted = {"agent": "scripted", "prompt": "write built.txt yes; say built", "name": "build-it"}
    with ground.nothing_changes():
        asked = await sessions.call("start", **wanted)
    assert asked.plan is not None
    assert asked.plan.setup is not None
    assert (asked.session, asked.plan.command) == (None, "start")
    assert sessions.started() == []
    made = await sessions.call("start", **wanted, token=asked.plan.token, setup={"sha256": asked.plan.setup.sha256})
    assert made.session is not None
    await sessions.until(made.session.id, "done")
    place = worktree(sessions, "build-it")
    assert (place / "made-by-setup").read_text() == "ready\n"
    assert (place / "built.txt").exists(), "the set-up ran before the agent"


async def test_a_set_up_that_is_not_allowed_does_not_run(sessions: Sessions) -> None:
    ground = sessions.ground
    ground.playground.commit(ground.repository, "set-up", {".hedgerow/setup.sh": SETUP})
    row = await sessions.start("say hello", name="plain", setup={"skip": True})
    assert not (Path(row.path) / "made-by-setup").exists()


# -- what the agent gets


async def test_arguments_and_label_are_passed_on(sessions: Sessions) -> None:
    row = await sessions.start(
        "say hello", agent="copilot", label="my label", arguments=["--model", "gpt-6", "--flag='q' \n;$(x)"]
    )
    await sessions.until(row.id, "done")
    (started,) = sessions.started(row.id)
    assert started["argv"] == [
        "--session-id", row.conversation, "--name=my label", "--model", "gpt-6", "--flag='q' \n;$(x)",
        "--interactive=say hello",
    ]  # fmt: skip


async def test_arguments_of_the_settings_come_first_and_those_of_the_repository_instead(
    home: Home, playground: Playground
) -> None:
    repository = playground.repository()
    own = RepositorySettings(agent="quiet", agent_arguments={"quiet": ["--own"]})
    async with Sessions.opened(
        home, playground, repository, agent="copilot", agent_arguments={"copilot": ["--all"], "quiet": ["--all"]}
    ) as sessions:
        row = await sessions.start(name="one", agent=None, arguments=["--once"])  # type: ignore[arg-type]
        await sessions.until(row.id, "idle")
        assert sessions.started(row.id)[0]["argv"][2:] == ["--all", "--once"]
        sessions.ground.hedgerow.settings = sessions.ground.hedgerow.settings.model_copy(
            update={"repositories": {str(repository): own}}
        )
        row = await sessions.start(name="two", agent=None)  # type: ignore[arg-type]
        assert row.agent == "quiet"
        await sessions.until(row.id, "idle")
        assert sessions.started(row.id)[0]["argv"] == ["--own"]


async def test_the_person_s_environment_and_nothing_of_the_editor_s(sessions: Sessions) -> None:
    os.environ |= {"SSH_AUTH_SOCK": "/run/agent", "GIT_DIR": "/elsewhere", "VSCODE_PID": "1", "NVIM": "x", "TMUX": "y"}
    row = await sessions.start("say hello", name="one")
    del os.environ["GIT_DIR"]
    await sessions.until(row.id, "done")
    env = sessions.started(row.id)[0]["env"]
    assert "SSH_AUTH_SOCK" not in env, "this server was started before it was set"
    assert env["HEDGEROW_SESSION"] == row.id
    assert env["HEDGEROW_WORKTREE"] == row.path
    assert env["HOME"] == str(sessions.home.home)
    assert not [name for name in env if name.startswith(("GIT_", "VSCODE_", "NVIM"))]


# -- what cannot be


async def test_an_agent_that_there_is_not(sessions: Sessions) -> None:
    said = await refused(sessions, ErrorCode.NO_AGENT, agent="\x1b[31mnobody", prompt="x")
    assert all(name in said for name in (*LAUNCH_LINES, "claude", "codex"))
    error = await sessions.ground.refused("start", ErrorCode.NO_AGENT.value, agent="nobody")
    can = error.data["agents"]
    assert set(LAUNCH_LINES) <= set(can), "those that can be started are told as data"
    assert not {"claude", "codex"} & set(can), "not those that are not installed"


@pytest.mark.parametrize("agent", ["claude", "codex", "gemini"])
async def test_an_agent_that_is_not_installed(sessions: Sessions, agent: str) -> None:
    assert "is not on your PATH" in await refused(sessions, ErrorCode.NO_AGENT, agent=agent, prompt="x")


async def test_several_agents_and_none_is_meant(sessions: Sessions) -> None:
    assert "say which agent" in await refused(sessions, ErrorCode.AMBIGUOUS, prompt="x")


async def test_one_that_takes_no_prompt_is_refused_before_anything_is_made(sessions: Sessions) -> None:
    assert "takes no prompt" in await refused(sessions, ErrorCode.UNSUPPORTED, agent="quiet", prompt="x")


@pytest.mark.parametrize(
    "params",
    [{"name": "x"}, {"from": "main"}, {"branch": "b"}, {"keep": True}, {"carry": "copy"}, {"setup": {"skip": True}}],
)
async def test_what_is_for_a_new_worktree_is_refused_for_one_that_is_there(
    sessions: Sessions, params: dict[str, Any]
) -> None:
    said = await refused(sessions, ErrorCode.BAD_PARAMS, agent="scripted", checkout="Local", prompt="x", **params)
    assert next(iter(params)) in said


async def test_a_checkout_that_is_not_there(sessions: Sessions) -> None:
    await refused(sessions, ErrorCode.NO_SUCH_CHECKOUT, agent="scripted", checkout="nowhere", prompt="x")
    shutil.rmtree(await sessions.ground.create("gone"))
    await refused(sessions, ErrorCode.CONFLICT, agent="scripted", checkout="gone", prompt="x")


async def test_an_untrusted_repository(sessions: Sessions) -> None:
    untrusted = sessions.ground.hedgerow.caller(sessions.ground.repository, trusted_folders=())
    for params in ({"checkout": "Local"}, {"name": "x"}):
        with sessions.ground.nothing_changes(), pytest.raises(HedgerowError) as caught:
            await sessions.call("start", caller=untrusted, agent="scripted", prompt="x", **params)
        assert caught.value.code is ErrorCode.UNTRUSTED
    assert sessions.started() == []


async def test_a_dry_run_starts_nothing(sessions: Sessions) -> None:
    with sessions.ground.nothing_changes():
        said = await sessions.call("start", agent="scripted", prompt="x y z", dryRun=True)
        assert said.plan is not None
        said = await sessions.call("start", agent="scripted", prompt="x", checkout="Local", dryRun=True)
        assert said.message == "would start scripted in Local"
    assert sessions.started() == []
    assert await sessions.list(past=True) == []


async def test_without_tmux_the_editor_hosts_it(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    lonely = sessions.home.root / "lonely"
    lonely.mkdir()
    for name in ("git", "sh"):
        (lonely / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setenv("PATH", str(lonely))
    assert "tmux" in await refused(
        sessions, ErrorCode.UNSUPPORTED, agent="scripted", prompt="x", terminal="tmux", name="one"
    )
    made = await sessions.call("start", agent="scripted", prompt="say hello", name="two")
    assert made.launch is not None
    assert made.launch.argv[-1] == "say hello"
    assert made.launch.cwd == str(worktree(sessions, "two"))
    assert made.launch.env["HEDGEROW_SESSION"] == made.session.id
    assert made.session.host.value == "editor"
    assert any("tmux is not installed" in one for one in made.adds)
    assert sessions.started() == []


async def test_what_the_editor_hosts_is_seen_from_its_start_to_its_end(sessions: Sessions) -> None:
    """Also a program that tells nothing of itself."""
    made = await sessions.call("start", agent="deaf", name="work", terminal="editor")
    launch, session = made.launch, made.session.id
    with psutil.Popen(launch.argv, cwd=launch.cwd, env={**os.environ, **launch.env}, stdout=subprocess.PIPE) as started:
        assert started.stdout.readline() == b"ready\n"
        row = await sessions.until(session, "unknown", pid=started.pid)
        assert row.host.value == "editor"
        await sessions.ground.refused("cleanUp", "protected", checkouts=["work"])
        started.terminate()
    gone = await sessions.until(session, "ended")
    assert (gone.pid, gone.host.value) == (None, "nothing")
    await sessions.ground.agree("cleanUp", checkouts=["work"])
    assert not worktree(sessions, "work").exists()


async def test_what_no_editor_starts_is_given_up_and_may_still_come(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await sessions.call("start", agent="scripted", prompt="say hello", name="work", terminal="editor")
    monkeypatch.setattr(exits, "_LAUNCHING_SECONDS", 0.0)
    assert (await sessions.row(made.session.id)).phase.value == "ended"
    assert worktree(sessions, "work").is_dir()
    environment = {**os.environ, **made.launch.env}
    with psutil.Popen(made.launch.argv, cwd=made.launch.cwd, env=environment, stdin=subprocess.PIPE) as started:
        done = await sessions.until(made.session.id, "done", pid=started.pid)
        assert done.last_message == "hello"
        started.terminate()


# -- what goes wrong


async def test_one_that_exits_at_once_has_failed_and_its_last_screen_is_there(sessions: Sessions) -> None:
    row = await sessions.start("exit 7")
    failed = await sessions.until(row.id, "failed")
    assert failed.detail == "the agent ended with exit status 7"
    assert (failed.host.value, failed.pid) == ("nothing", None)
    logs = await sessions.call("logs", session=row.id)
    assert "something is wrong" in logs.text
    await sessions.until_true(lambda: bool(sessions.news), "news of the failure")
    assert [one.message for one in sessions.news] == ["exit 7 has failed: the agent ended with exit status 7"]
    with pytest.raises(HedgerowError, match="does not run"):
        await sessions.call("send", session=row.id, text="hello")
    await sessions.call("markSeen", session=row.id)
    await sessions.until(row.id, "ended")


async def test_one_that_is_killed_has_failed_however_long_ago_somebody_looked(sessions: Sessions) -> None:
    row = await sessions.start("say hello")
    await sessions.until(row.id, "done")
    await sessions.call("markSeen", session=row.id)
    await sessions.until(row.id, "idle")
    await sessions.call("send", session=row.id, text="die")
    failed = await sessions.until(row.id, "failed")
    assert failed.detail == "the agent was ended by SIGKILL"


async def test_one_that_cannot_be_executed_is_said_and_the_worktree_stands(home: Home, playground: Playground) -> None:
    """It was there when it was looked for, and is no program."""
    broken = home.root / "broken"
    broken.write_bytes(b"\x7fELF rubbish")
    broken.chmod(0o755)
    async with Sessions.opened(home, playground) as sessions:
        launch = sessions.ground.hedgerow.app._sessions.desk().roll.agents
        from hedgerow.sessions.agents.command import command_agents  # noqa: PLC0415

        launch |= command_agents({"broken": [str(broken), "{prompt}"]})  # type: ignore[operator]
        row = await sessions.start("say hello", agent="broken", name="one")
        failed = await sessions.until(row.id, "failed")
        assert failed.detail is not None
        assert_sentence(failed.detail)
        assert worktree(sessions, "one").is_dir()


@pytest.mark.parametrize("where", ["a new worktree", "one that is there"])
async def test_cancelled_when_the_agent_has_just_begun_no_agent_is_left(
    sessions: Sessions, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worktree that was made for it stands, and that is told."""
    params = {"name": "work"}
    if where != "a new worktree":
        await sessions.ground.create("work")
        params = {"checkout": "work"}
    run, runs = Tmux._start, asyncio.Event()

    async def and_wait(self: Tmux, words: list[str]) -> str:
        out = await run(self, words)
        runs.set()
        await asyncio.Event().wait()
        return out

    monkeypatch.setattr(Tmux, "_start", and_wait)
    starting = asyncio.create_task(sessions.call("start", agent="quiet", **params))
    await runs.wait()
    await sessions.until_true(lambda: sessions.started() != [], "the agent to run")
    starting.cancel()
    if where == "a new worktree":
        result = await starting
        assert result.operation is not None
        assert any("was cancelled" in warning for warning in result.warnings)
    else:
        with pytest.raises(asyncio.CancelledError):
            await starting
    desk = sessions.ground.hedgerow.app._sessions.desk()
    assert [state for state in await desk.terminals.states() if state.alive] == []
    assert await sessions.list(past=True, all=True) == []


async def test_words_in_a_prompt_are_words(sessions: Sessions) -> None:
    """Nothing in it is an option, a name with a way up, or a command of a shell."""
    nasty = "--help ../../$(touch pwned) `x` \x1b]0;t\x07 {conversation} \u202e"
    row = await sessions.start(nasty, agent="copilot")
    await sessions.until(row.id, "done")
    assert sessions.started(row.id)[0]["argv"][-1] == f"--interactive={nasty}"
    assert Path(row.path).parent == sessions.ground.repository.with_name("project.worktrees")
    assert not list(sessions.home.root.rglob("pwned"))
    assert all(char.isprintable() for char in row.label)

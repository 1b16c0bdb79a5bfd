"""The real programs run here as the rest of these tests need them: no dialog, no network, and a script obeyed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.agent_home import AgentHome
from tests.support.model_script import script
from tests.support.model_server import ModelServer
from tests.support.repositories import Playground
from tests.support.tmux import Tmux
from tests.support.until import until

pytestmark = pytest.mark.agents


def test_both_ask_before_they_act_and_act_when_they_are_allowed(
    agent_home: AgentHome, model: ModelServer, tmux: Tmux, playground: Playground
) -> None:
    repository = playground.repository()
    agent_home.trust(repository)
    one, other = playground.worktree(repository, "one"), playground.worktree(repository, "other")
    env = agent_home.environment()
    command = script({"sh": f"echo apple > {one / 'fruit.txt'}", "escalate": True}, {"say": "Codex is done"})
    tmux.start("codex", ["codex", "--no-daemon", "-C", str(one), command], one, env)
    write = script({"write": str(other / "fruit.txt"), "text": "pear\n"}, {"say": "Claude is done"})
    tmux.start("claude", ["claude", write], other, env)

    tmux.wait_for("codex", "Would you like to run")
    tmux.wait_for("claude", "Do you want to create")
    assert not (one / "fruit.txt").exists()
    assert not (other / "fruit.txt").exists()
    (state,) = agent_home.claude.glob("sessions/*.json")
    until(lambda: json.loads(state.read_text())["status"] == "waiting", "Claude Code to say that it waits")
    until(lambda: "Action Required" in tmux.title("codex"), "Codex to say so in its title")

    def allowed(name: str, asked: str, file: Path) -> bool:
        """A dialog that has only just appeared may take no notice of a key: it is pressed while that is shown."""
        if not file.exists() and asked in tmux.screen(name):
            tmux.send(name, "Enter")
        return file.exists()

    until(lambda: allowed("codex", "Would you like to run", one / "fruit.txt"), "Codex' file")
    until(lambda: allowed("claude", "Do you want to create", other / "fruit.txt"), "Claude Code's file")
    until(lambda: json.loads(state.read_text())["status"] == "idle", "Claude Code to be idle")
    until(lambda: tmux.title("codex") == one.name, "Codex to be idle")
    assert (one / "fruit.txt").read_text() == "apple\n"
    assert (other / "fruit.txt").read_text() == "pear\n"
    assert {asked.path for asked in model.asked} >= {"/v1/responses", "/v1/messages"}


def test_a_daemon_of_codex_is_found_and_ended(
    agent_home: AgentHome, model: ModelServer, tmux: Tmux, playground: Playground
) -> None:
    repository = playground.repository()
    agent_home.trust(repository)
    prompt = script({"hold": "answer", "say": "Codex is done"})
    tmux.start("codex", ["codex", "-C", str(repository), prompt], repository, agent_home.environment())
    socket = agent_home.codex / "app-server-control" / "app-server-control.sock"
    until(socket.exists, "the socket of Codex' daemon")
    until(lambda: any(asked.step.get("hold") for asked in model.asked), "the turn to have begun")
    assert tmux.title("codex") != repository.name, "it works"
    model.let_go("answer")
    until(lambda: tmux.title("codex") == repository.name, "Codex to be idle")
    tmux.run("kill-server")
    until(lambda: not any(process.name() == "tmux: server" for process in agent_home.processes()), "tmux to be gone")
    assert any("pid-update-loop" in process.cmdline() for process in agent_home.processes())
    agent_home.end()
    assert list(agent_home.processes()) == []

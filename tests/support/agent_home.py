"""The real Codex and Claude Code in a throwaway home: their configuration, their environment, and their end.

Both talk to the scripted model on loopback with keys that are worth nothing; what they would ask at a first run is
answered beforehand, except whether a directory is trusted. Owns no process of theirs but sees that each ends.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from tests.support.home import Home
from tests.support.model_server import ModelServer

_KEY = "sk-ant-worthless-key-of-a-test"

CODEX_CONFIG = """\
model = "{model}"
model_provider = "scripted"
check_for_update_on_startup = false
[model_providers.scripted]
name = "scripted"
base_url = "{url}/v1"
wire_api = "responses"
env_key = "SCRIPTED_KEY"
request_max_retries = 0
stream_max_retries = 0
"""
CODEX_MODEL = "gpt-6-astra"
"""Of Codex' own catalogue, and none that its window offers to replace."""


@dataclass
class AgentHome:
    """Attributes:
    bin: the folder of `codex` and `claude`.
    extra: further variables for the agents.
    """

    home: Home
    bin: Path
    model: ModelServer
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def codex(self) -> Path:
        """CODEX_HOME."""
        return self.home.home / ".codex"

    @property
    def claude(self) -> Path:
        """CLAUDE_CONFIG_DIR."""
        return self.home.home / ".claude"

    def make(self) -> AgentHome:
        self.codex.mkdir()
        self.claude.mkdir()
        (self.codex / "config.toml").write_text(CODEX_CONFIG.format(model=CODEX_MODEL, url=self.model.url))
        # In the settings too: what Claude Code runs in the background has no other way to know.
        (self.claude / "settings.json").write_text(json.dumps({"env": {"ANTHROPIC_BASE_URL": self.model.url}}))
        self._remember(
            {
                "hasCompletedOnboarding": True,
                "theme": "dark",
                "customApiKeyResponses": {"approved": [_KEY[-20:]], "rejected": []},
                "projects": {},
            }
        )
        return self

    def trust(self, main_checkout: Path) -> None:
        """Let both agents trust a repository, as if the person had said so in their dialogs."""
        with (self.codex / "config.toml").open("a") as file:
            file.write(f'[projects."{main_checkout}"]\ntrust_level = "trusted"\n')
        known = json.loads((self.claude / ".claude.json").read_text())
        known["projects"][str(main_checkout)] = {"hasTrustDialogAccepted": True}
        self._remember(known)

    def environment(self) -> dict[str, str]:
        """All of the environment that an agent gets."""
        return {
            "PATH": f"{self.bin}:/usr/local/bin:/usr/bin:/bin",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "SHELL": "/bin/sh",
            **self.home.variables(),
            "CODEX_HOME": str(self.codex),
            "SCRIPTED_KEY": "worthless",
            "CLAUDE_CONFIG_DIR": str(self.claude),
            "ANTHROPIC_API_KEY": _KEY,
            "ANTHROPIC_BASE_URL": self.model.url,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            # Nothing listens there: whatever an agent wants from the network, it does not get.
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1,localhost",
            **self.extra,
        }

    def processes(self) -> Iterator[psutil.Process]:
        """Everything that runs with this home, also Codex' daemons, which leave their window behind."""
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.pid != os.getpid() and process.environ().get("HOME") == str(self.home.home):
                    yield process

    def end(self) -> None:
        """End what still runs here, and what it started meanwhile, until nothing is left."""
        for _ in range(20):
            left = list(self.processes())
            if not left:
                return
            for process in left:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(left, timeout=5)
        raise AssertionError(f"agents that do not end: {left}")

    def _remember(self, known: dict[str, object]) -> None:
        (self.claude / ".claude.json").write_text(json.dumps(known))

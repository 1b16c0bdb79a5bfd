"""Sessions in a plain editor: told of, chosen and answered with messages and buttons."""

from __future__ import annotations

import json
from typing import Any

from tests.lsp.framed import Client
from tests.lsp.test_asking import press
from tests.support.home import Home
from tests.support.repositories import Playground

from hedgerow.protocol.sessions import Option, Phase, Question, QuestionKind, SessionRow

PROGRAM = """#!/bin/sh
say() { printf '%s' "$1" | sh -c "$HEDGEROW_HOOK"; }
say '{"hook_event_name": "UserPromptSubmit"}'
say '{"hook_event_name": "PermissionRequest", "tool_name": "Shell"}'
exec sleep 600
"""


async def test_a_session_that_waits_is_told_of_and_offered_by_its_name(
    client: Client, home: Home, playground: Playground
) -> None:
    repository = playground.repository()
    program = home.root / "asker"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    await client.initialize(repository, options={"settings": {"launchLines": {"asker": [str(program)]}}})
    await client.command("list", wait=True)
    started = await client.command("start", agent="asker", checkout="Local", label="ask me")
    told = await client.notification("window/showMessage", lambda params: "waits for you" in params["message"])
    assert told["message"].startswith("Hedgerow: ask me waits for you: wants to use Shell")

    asked = press(client, lambda params: params["actions"][0])
    shown = await client.command("logs")
    assert shown["text"] is not None
    assert [action["title"] for action in asked[0]["actions"]] == ["ask me", "Cancel"]
    assert json.dumps(asked[0]).count("\\u001b") == 0
    assert started["session"]["label"] == "ask me"


def row(question: Question) -> SessionRow:
    return SessionRow(id="a1", agent="codex", path="/w", label="fix", phase=Phase.WAITING, root="a1", question=question)


class Asked:
    """A protocol that answers with a button, and keeps what it was asked."""

    def __init__(self, title: str | None) -> None:
        self.title = title
        self.asked: list[Any] = []

    async def send_request_async(self, _method: str, params: Any, _request: str) -> Any:
        self.asked.append(params)
        return None if self.title is None else type("Item", (), {"title": self.title})()


async def answered(question: Question, title: str | None) -> tuple[Any, Asked]:
    from hedgerow.lsp.sessions import _asked  # noqa: PLC0415

    protocol = Asked(title)
    return await _asked(protocol, row(question), question), protocol  # type: ignore[arg-type]


async def test_an_approval_shows_the_whole_command() -> None:
    question = Question(
        id="q", kind=QuestionKind.APPROVAL, text="wants to run: rm", command="rm -rf build\necho done", answerable=True
    )
    given, protocol = await answered(question, "Approve")
    assert given == {"decision": "approve"}
    assert "rm -rf build\necho done" in protocol.asked[0].message
    assert (await answered(question, "Deny"))[0] == {"decision": "deny"}
    assert (await answered(question, None))[0] is None
    assert (await answered(question, "Cancel"))[0] is None


async def test_a_choice_is_made_with_its_own_words() -> None:
    options = [Option(label="A"), Option(label="B")]
    question = Question(id="q", kind=QuestionKind.CHOICE, text="Which?", options=options, answerable=True)
    assert (await answered(question, "B"))[0] == {"options": ["B"]}

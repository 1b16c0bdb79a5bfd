"""A client that knows nothing of Hedgerow is asked with buttons; no answer is a no."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.lsp.framed import Client, RefusedError
from tests.support.repositories import Playground, Program

SCRIPT = '#!/bin/sh\necho ran > "$HEDGEROW_WORKTREE/ran.txt"\n'


@pytest.fixture
def repository(playground: Playground) -> Path:
    return playground.repository()


@pytest.fixture
async def dirty(client: Client, repository: Path) -> Path:
    """A worktree with work that a clean-up would move."""
    await client.initialize(repository)
    made = await client.command("create", name="fix-login")
    worktree = Path(made["paths"][0])
    (worktree / "draft.txt").write_text("not committed\n")
    return worktree


def press(client: Client, button: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """Answer every question; the questions."""
    asked: list[dict[str, Any]] = []

    def answer(params: Any) -> Any:
        asked.append(params)
        return button(params)

    client.on_request["window/showMessageRequest"] = answer
    return asked


def titled(title: str) -> Callable[[Any], Any]:
    return lambda _params: {"title": title}


async def test_a_plan_is_shown_and_carried_out_when_agreed_to(client: Client, dirty: Path) -> None:
    asked = press(client, titled("Carry out"))

    result = await client.command("cleanUp", checkouts=["fix-login"])

    assert result["plan"] is None
    assert result["operation"]["state"] == "done"
    assert not dirty.exists()
    assert len(asked) == 1
    assert [action["title"] for action in asked[0]["actions"]] == ["Carry out", "Cancel"]
    assert "fix-login" in asked[0]["message"]
    assert "1 untracked file" in asked[0]["message"]
    assert "a snapshot keeps it" in asked[0]["message"]


async def test_anything_but_the_button_is_a_no(client: Client, dirty: Path) -> None:
    answers = [None, {"title": "Cancel"}, {"title": "Something else"}, {"title": ""}, "Carry out", 5, {}]
    left = iter(answers)
    asked = press(client, lambda _: next(left))

    for answer in answers:
        result = await client.command("cleanUp", checkouts=["fix-login"])

        assert result["plan"]["needsAgreement"], answer
        assert result["operation"] is None, answer
        assert result["message"] == "Nothing was changed.", answer
        assert (dirty / "draft.txt").exists(), answer
    assert len(asked) == len(answers)


async def test_a_client_that_cannot_ask_says_no(client: Client, dirty: Path) -> None:
    result = await client.command("cleanUp", checkouts=["fix-login"])

    assert [m for m in client.messages if m.get("method") == "window/showMessageRequest"]
    assert result["operation"] is None
    assert dirty.exists()


async def test_a_question_is_void_when_the_command_is_cancelled(client: Client, dirty: Path) -> None:
    press(client, lambda _: NotImplemented)
    request = await client.ask(
        "workspace/executeCommand", {"command": "hedgerow.cleanUp", "arguments": [{"checkouts": ["fix-login"]}]}
    )
    question = await client.wait_for(lambda m: m.get("method") == "window/showMessageRequest")

    await client.notify("$/cancelRequest", {"id": request})

    taken_back = await client.notification("$/cancelRequest")
    assert taken_back["id"] == question["id"]
    # An answer that comes too late is none.
    await client.send({"jsonrpc": "2.0", "id": question["id"], "result": {"title": "Carry out"}})
    assert (await client.command("doctor"))["version"]
    assert (dirty / "draft.txt").exists()


async def test_a_dry_run_and_a_client_that_shows_plans_are_not_asked(client: Client, dirty: Path) -> None:
    asked = press(client, titled("Carry out"))

    result = await client.command("cleanUp", checkouts=["fix-login"], dryRun=True)
    assert result["plan"]
    await client.notify("workspace/didChangeConfiguration", {"settings": {"hedgerow": {"asks": True}}})
    result = await client.command("cleanUp", checkouts=["fix-login"])

    assert result["plan"]["needsAgreement"]
    assert asked == []
    assert dirty.exists()


class TestSetUpScripts:
    @pytest.fixture
    def repository(self, playground: Playground) -> Path:
        return playground.repository(files={"a.txt": "one\n", ".hedgerow/setup.sh": Program(SCRIPT)})

    async def test_a_script_is_shown_whole_and_runs_when_allowed(self, client: Client, repository: Path) -> None:
        await client.initialize(repository)
        asked = press(client, titled("Carry out"))

        made = await client.command("create", name="with-setup")

        assert [action["title"] for action in asked[0]["actions"]] == ["Carry out", "Run without set-up", "Cancel"]
        assert SCRIPT.rstrip() in asked[0]["message"]
        assert made["setup"]["state"] == "done"
        assert (Path(made["paths"][0]) / "ran.txt").read_text() == "ran\n"

    async def test_it_can_be_left_out(self, client: Client, repository: Path) -> None:
        await client.initialize(repository)
        press(client, titled("Run without set-up"))

        made = await client.command("create", name="without-setup")

        assert made["operation"]["state"] == "done"
        assert not (Path(made["paths"][0]) / "ran.txt").exists()

    async def test_one_that_is_too_long_to_be_read_is_not_offered(self, client: Client, playground: Playground) -> None:
        long = SCRIPT + "# padding\n" * 1000
        repository = playground.repository("long", {".hedgerow/setup.sh": Program(long)})
        await client.initialize(repository)
        asked = press(client, titled("Carry out"))

        result = await client.command("create", name="long-setup")

        assert [action["title"] for action in asked[0]["actions"]] == ["Run without set-up", "Cancel"]
        assert "padding" not in asked[0]["message"]
        assert result["operation"] is None


class TestWhichOne:
    """Commands run without arguments, as a plain editor's palette does."""

    @pytest.mark.parametrize(("verb", "kind"), [("keep", "kept"), ("cleanUp", None)])
    async def test_a_worktree_is_chosen_with_a_button(
        self, client: Client, repository: Path, verb: str, kind: str | None
    ) -> None:
        await client.initialize(repository)
        one = await client.command("create", name="one")
        await client.command("create", name="two")
        asked = press(client, titled("one"))

        await client.command(verb)

        titles = {action["title"] for action in asked[0]["actions"]}
        assert titles == {"one", "two", "Cancel"}, "and Local is never offered"
        rows = {row["id"]: row for row in (await client.command("list"))["checkouts"]}
        if kind is None:
            assert one["checkouts"][0] not in rows
        else:
            assert rows[one["checkouts"][0]]["kind"] == kind
        assert len(rows) == (2 if kind is None else 3)

    async def test_a_snapshot_is_chosen_with_a_button(self, client: Client, dirty: Path) -> None:
        asked = press(client, lambda params: params["actions"][0])
        await client.command("cleanUp", checkouts=["fix-login"])

        restored = await client.command("restore")

        assert "fix-login" in asked[1]["actions"][0]["title"]
        assert (Path(restored["paths"][0]) / "draft.txt").exists()

    async def test_only_foreign_worktrees_are_offered_for_adoption(
        self, client: Client, repository: Path, playground: Playground
    ) -> None:
        by_hand = playground.worktree(repository, "hers")
        await client.initialize(repository)
        await client.command("create", name="ours")
        asked = press(client, titled(by_hand.name))

        await client.command("adopt")

        assert [action["title"] for action in asked[0]["actions"]] == [by_hand.name, "Cancel"]
        rows = (await client.command("list"))["checkouts"]
        assert next(row for row in rows if row["path"] == str(by_hand))["kind"] == "kept"

    async def test_choosing_nothing_changes_nothing(self, client: Client, dirty: Path) -> None:
        press(client, lambda _: None)

        result = await client.command("cleanUp")

        assert result["message"] == "Nothing was changed."
        assert result["operation"] is None
        assert dirty.exists()

    async def test_what_needs_typed_text_says_so(self, client: Client, dirty: Path) -> None:
        asked = press(client, lambda params: params["actions"][0])

        with pytest.raises(RefusedError) as caught:
            await client.command("rename")

        assert caught.value.message.splitlines() == [
            "hedgerow.rename: checkout: is required",
            "hedgerow.rename: label: is required",
        ]
        assert asked == []

    async def test_many_are_counted(self, client: Client, repository: Path) -> None:
        await client.initialize(repository, options={"settings": {"retention": 0}})
        for number in range(13):
            await client.command("create", name=f"tree-{number}")
        asked = press(client, lambda _: None)

        await client.command("cleanUp")

        assert len(asked[0]["actions"]) == 13
        assert "12 most recent of 13" in asked[0]["message"]

    async def test_the_same_label_in_two_repositories_is_told_apart(
        self, client: Client, playground: Playground
    ) -> None:
        repositories = [playground.repository(name) for name in ("first", "second")]
        await client.initialize(*repositories)
        made = [await client.command("create", name="same", repository=str(path)) for path in repositories]
        wanted = made[1]["checkouts"][0]
        asked = press(client, titled(f"same ({wanted})"))

        await client.command("keep")

        assert len({action["title"] for action in asked[0]["actions"]}) == 3
        kinds = {row["id"]: row["kind"] for row in (await client.command("list"))["checkouts"]}
        assert (kinds[made[0]["checkouts"][0]], kinds[wanted]) == ("managed", "kept")

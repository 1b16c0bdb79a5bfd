"""The table of commands holds together: what clients, shell and documentation derive from it can be derived."""

from __future__ import annotations

import re

import pytest

from generate.schema import Protocol
from hedgerow.protocol.commands import BY_VERB, COMMANDS, NOTIFICATIONS, Command
from hedgerow.protocol.plans import ChangeResult

PROTOCOL = Protocol()

# fmt: off
OBVIOUS = frozenset((
    "id", "name", "path", "oid", "kind", "text", "title", "state", "count", "created", "started", "ended", "message",
    "version", "revision", "ok", "staged", "unstaged", "conflicted", "pending", "behind", "ref",
))
# fmt: on
"""Names that say all there is to say, or that the sentence of their neighbour or their model explains."""

each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb)


def test_verbs_and_titles_are_unique() -> None:
    assert len(BY_VERB) == len(COMMANDS)
    assert len({command.title for command in COMMANDS}) == len(COMMANDS)
    assert len({notification.method for notification in NOTIFICATIONS}) == len(NOTIFICATIONS)


@each_command
def test_words(command: Command) -> None:
    assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", command.verb)
    assert command.id == f"hedgerow.{command.verb}"
    assert command.title[0].isupper()
    assert not command.title.endswith(".")
    assert command.summary[0].isupper()
    assert command.summary.endswith(".")
    assert command.example.startswith("hedgerow ")


@each_command
def test_primary_fields_exist_and_every_required_field_can_be_typed(command: Command) -> None:
    fields = {field.name: field for field in PROTOCOL.params(command).fields}
    assert set(command.primary) <= set(fields)
    assert {name for name, field in fields.items() if field.required} <= set(command.primary)
    lists = [name for name in command.primary if fields[name].type.is_list]
    assert not lists or lists == [command.primary[-1]], "only the last primary field can take the rest"
    named = [name for name in command.primary if fields[name].required]
    assert list(command.primary[: len(named)]) == named, "what is required comes first"


@each_command
def test_what_changes_can_be_planned_and_says_so(command: Command) -> None:
    fields = {field.name for field in PROTOCOL.params(command).fields}
    assert "repository" in fields
    assert ({"token", "dryRun"} <= fields) == command.changes
    assert issubclass(command.result, ChangeResult) == command.changes
    assert command.changes or not command.plans


@pytest.mark.parametrize("name", sorted(PROTOCOL.records))
def test_fields_are_documented(name: str) -> None:
    record = PROTOCOL.records[name]
    bare = [
        field.name
        for field in record.fields
        if not field.doc and field.name not in OBVIOUS and not (field.type.name and not record.name.endswith("Params"))
    ]
    assert not bare, f"{name}: {', '.join(bare)} need a sentence"


@pytest.mark.parametrize("name", sorted(PROTOCOL.records))
def test_names_on_the_wire_are_camel_case(name: str) -> None:
    assert all(re.fullmatch(r"[a-z][a-zA-Z0-9]*", field.name) for field in PROTOCOL.records[name].fields)

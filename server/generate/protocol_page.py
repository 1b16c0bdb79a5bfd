"""``docs/protocol.md``: what crosses the wire, for someone who writes a client."""

from __future__ import annotations

from hedgerow.protocol.commands import NOTIFICATIONS, Command
from hedgerow.protocol.errors import ErrorCode
from hedgerow.protocol.model import PROTOCOL_VERSION

from .markdown import HEADER, default_words, table, type_words
from .schema import Enumeration, Protocol, Record, enumeration

_INTRODUCTION = f"""\
# The protocol

Hedgerow's server speaks the Language Server Protocol over stdio (`hedgerow serve`). This page lists what it adds;
version {PROTOCOL_VERSION}. Both sides say so in their capabilities:
`experimental: {{"hedgerow": {{"protocolVersion": {PROTOCOL_VERSION}}}}}`.

Every action is a `workspace/executeCommand` whose command is `hedgerow.<verb>`, with one object as its only argument:

```json
{{"command": "hedgerow.cleanUp", "arguments": [{{"checkouts": ["fix-login"]}}]}}
```

A command that has something to lose answers with a `plan` and changes nothing. Show the plan to the person; when they
agree, send the same command with the plan's `token`. Any other command does its work at once and answers with an
`operation`. Long work reports work-done progress and obeys `$/cancelRequest`.

Fields that the server does not know are refused between equal protocol versions. Times are seconds since the epoch,
paths are absolute unless said otherwise.
"""


def render(protocol: Protocol) -> str:
    parts = [HEADER, _INTRODUCTION, "## Commands\n", _overview(protocol)]
    parts += [_command(protocol, command) for command in protocol.commands]
    parts.append("## Notifications\n")
    parts += [
        f"### `{notification.method}`\n\n{notification.summary} Params: "
        f"[{notification.params.__name__}](#{notification.params.__name__.lower()}).\n"
        for notification in NOTIFICATIONS
    ]
    parts.append(_errors())
    parts.append("## Initialization options\n")
    parts.append(protocol.records["InitializationOptions"].doc + "\n")
    parts.append(_sent(protocol.records["InitializationOptions"]))
    parts.append("## Settings\n\nThe same settings are described with their file in [settings.md](settings.md).\n")
    parts.append(_sent(protocol.records["Settings"]))
    parts.append("## Types\n\nIn an answer every field is present.\n")
    told = {command.params.__name__ for command in protocol.commands} | {"InitializationOptions", "Settings"}
    for name in sorted({*protocol.records, *protocol.enumerations} - told):
        enum = protocol.enumerations.get(name)
        parts.append(f"### {name}\n")
        parts.append(_enumeration(enum) if enum else _record(protocol.records[name]))
    return "\n".join(parts)


def _overview(protocol: Protocol) -> str:
    return table(
        ["command", "title", "changes anything", "may ask with a plan"],
        (
            [
                f"[`{command.id}`](#{command.id.replace('.', '').lower()})",
                command.title,
                "yes" if command.changes else "",
                "yes" if command.plans else "",
            ]
            for command in protocol.commands
        ),
    )


def _command(protocol: Protocol, command: Command) -> str:
    params, result = protocol.params(command), protocol.result(command)
    said = f"**{command.title}.** {command.summary}\n"
    if params.doc and params.doc != command.summary:
        said += f"\n{params.doc}\n"
    answer = f"Answers [{result.name}](#{result.name.lower()}):\n"
    fields = table(["field", "type", "meaning"], ([f"`{f.name}`", type_words(f.type), f.doc] for f in result.fields))
    shell = f"On the shell:\n\n```sh\n{command.example}\n```\n"
    return "\n".join([f"### `{command.id}`\n", said, _sent(params), answer, fields, shell])


def _sent(record: Record) -> str:
    return table(
        ["field", "type", "default", "meaning"],
        ([f"`{f.name}`", type_words(f.type), default_words(f), f.doc] for f in record.fields),
    )


def _record(record: Record) -> str:
    doc = f"{record.doc}\n\n" if record.doc else ""
    return doc + table(
        ["field", "type", "meaning"], ([f"`{f.name}`", type_words(f.type), f.doc] for f in record.fields)
    )


def _enumeration(enum: Enumeration) -> str:
    return table(["value", "meaning"], ([f"`{choice.value}`", choice.doc] for choice in enum.choices))


def _errors() -> str:
    codes = enumeration(ErrorCode)
    return (
        "## Error codes\n\n"
        "Params that do not fit are answered with `InvalidParams` (-32602), one line per field. Any other expected\n"
        "failure is a `RequestFailed` (-32803) whose message is a sentence a person can act on and whose data is\n"
        "`{code, …}` with one of these codes and the facts that the sentence names. Nothing has changed then.\n\n"
        + _enumeration(codes)
    )

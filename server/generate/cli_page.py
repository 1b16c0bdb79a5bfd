"""``docs/cli.md``: the shell's commands and options, how plans are agreed to there, and the exit codes."""

from __future__ import annotations

import typing
from typing import Any, Literal

from hedgerow.cli.exit_codes import ExitCode
from hedgerow.cli.options import Option, kebab, options, without_none
from hedgerow.protocol.commands import Command
from hedgerow.protocol.docstrings import field_docs
from hedgerow.protocol.model import Model

from .markdown import HEADER, table
from .schema import Protocol, enumeration

_INTRODUCTION = """\
# On the shell

`hedgerow COMMAND [OPTIONS]`, in any repository or with `--repository PATH`. Every command of the editors is here too;
`hedgerow COMMAND --help` says what its options mean.

Every command takes

- `--json`: the result on standard output as JSON, as in [protocol.md](protocol.md), and an error as
  `{"error": {"code", "message", "data"}}`;
- `--yes`: agree to the plan. Never allows a script.

## Plans

A command that has something to lose shows its plan on standard error and asks. Only a clear yes counts: anything else,
or the end of input, leaves everything as it is. What is typed before the question appears is thrown away.

Where nobody can be asked (standard input or standard error is no terminal, or with `--json`), the plan is shown,
nothing is changed and the exit code is 3. Then add `--yes`, or take the `token` of the plan from the JSON and pass it
with `--token`. `--dry-run` shows the plan and changes nothing.

A set-up script that you have not allowed yet is shown with its text. `--yes` does not allow it: add
`--setup-sha256 SHA256` to run exactly those bytes (and to be asked no more about them), or `--setup-skip`.

Ctrl-C cancels: what was begun is taken back, and the command ends when that is done. A second Ctrl-C does not hurry it.

## The list

| sign | meaning |
| --- | --- |
| `!` before the label | needs a look: a sentence below the table says why |
| `·` before the label | Local |
| `@1a2b3c4d` as head | a detached HEAD at this commit |
| `+2 -1` as base | two commits over the base, which has one more |
| `!1 +2 ~3 ?4` as changes | paths in conflict, staged, changed and untracked |

Names are shown with control characters spelt out (`\\x1b`), so that no file, branch or commit steers your terminal.

## Completion

```sh
eval "$(hedgerow completion bash)"                                      # in ~/.bashrc
hedgerow completion zsh >"${fpath[1]}/_hedgerow"                        # a directory of your fpath
hedgerow completion fish >~/.config/fish/completions/hedgerow.fish
```

## Exit codes
"""


def render(protocol: Protocol) -> str:
    codes = enumeration(ExitCode)
    parts = [HEADER, _INTRODUCTION]
    parts.append(table(["code", "meaning"], ([f"{choice.value}", choice.doc] for choice in codes.choices)))
    parts.append("## Commands\n")
    parts += [_command(command) for command in protocol.commands]
    parts.append("### `hedgerow serve`\n\nRun the language server on standard input and output, for editors.\n")
    return "\n".join(parts)


def _command(command: Command) -> str:
    name = f"hedgerow {kebab(command.verb)}"
    positional = " ".join(_positional(option) for option in options(command) if option.positional)
    usage = f"```sh\n{name} {positional}".rstrip() + f" [OPTIONS]\n{command.example}\n```\n"
    rows = ([_option(option), _doc(option)] for option in options(command))
    return "\n".join([f"### `{name}`\n", f"{command.summary}\n", usage, table(["option", "meaning"], rows)])


def _positional(option: Option) -> str:
    name = option.flag[2:].upper()
    if typing.get_origin(option.annotation) is list:
        name += "..."
    return name if option.required else f"[{name}]"


def _option(option: Option) -> str:
    value = _value(without_none(option.annotation))
    if option.annotation is bool and option.default is True:
        return f"`--no-{option.flag[2:]}`"
    said = f"`{option.flag}{f' {value}' if value else ''}`"
    return f"{option.flag[2:].upper()} or {said}" if option.positional else said


def _value(annotation: Any) -> str:
    if annotation is bool:
        return ""
    if typing.get_origin(annotation) is Literal:
        return "|".join(map(str, typing.get_args(annotation)))
    return "NUMBER" if annotation is int else "TEXT"


def _doc(option: Option) -> str:
    doc = field_docs(option.model, Model).get(option.path[-1], "")
    plain = option.default in (None, False, True, "", [])
    return doc if option.required or plain else f"{doc} Default: `{option.default}`."

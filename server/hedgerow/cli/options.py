"""How the fields of a command's params stand on a command line, and how what was typed becomes params again.

Pure: derived from the table of commands and its models alone.
"""

from __future__ import annotations

import os
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, Union

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from hedgerow.protocol.commands import Command
from hedgerow.protocol.model import Model

DECIDED: Mapping[str, Mapping[str, object]] = {"list": {"wait": True}}
"""Fields that the shell answers itself: nothing can be shown later, so it waits for complete rows."""


@dataclass(frozen=True)
class Option:
    """One field on the command line.

    Attributes:
        path: names of the fields from the params down; two where the field is in a nested model.
        model: the model that declares it.
        flag: as it is typed.
        annotation: what is accepted.
        default: what it is when it is not typed.
        positional: may be typed without its flag.
    """

    path: tuple[str, ...]
    model: type[Model]
    flag: str
    annotation: Any
    default: object
    required: bool
    positional: bool

    @property
    def key(self) -> str:
        return "_".join(self.path)


def kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda match: "-" + match[0].lower(), name)


def options(command: Command) -> tuple[Option, ...]:
    """Positional ones first, in the order of `Command.primary`; then the others as their model has them."""
    found: list[Option] = []
    for name, info in command.params.model_fields.items():
        wire = info.alias or name
        if name in DECIDED.get(command.verb, {}):
            continue
        nested = _nested(info)
        if nested is None:
            found.append(_option((name,), command.params, kebab(wire), info, positional=wire in command.primary))
        else:
            found += [
                _option((name, inner), nested, f"{kebab(wire)}-{kebab(below.alias or inner)}", below)
                for inner, below in nested.model_fields.items()
            ]
    order = {kebab(name): place for place, name in enumerate(command.primary)}
    return tuple(sorted(found, key=lambda option: order.get(option.flag[2:], len(order))))


def _option(
    path: tuple[str, ...], model: type[Model], flag: str, info: FieldInfo, *, positional: bool = False
) -> Option:
    return Option(
        path=path,
        model=model,
        flag=f"--{flag}",
        annotation=info.annotation,
        default=info.get_default(call_default_factory=True, validated_data={}),
        required=info.is_required(),
        positional=positional,
    )


def _nested(info: FieldInfo) -> type[Model] | None:
    for held in _members(info.annotation):
        if isinstance(held, type) and issubclass(held, Model):
            return held
    return None


def _members(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in (Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def params_of(command: Command, typed: Mapping[str, object], directory: Path) -> Model:
    """The params that were typed; a relative `--repository` is below ``directory``.

    Raises:
        pydantic.ValidationError: a value does not fit its field.
    """
    values: dict[str, Any] = dict(DECIDED.get(command.verb, {}))
    for option in options(command):
        if option.key not in typed:
            continue
        *above, name = option.path
        below = reduce(lambda level, key: level.setdefault(key, {}), above, values)
        below[name] = typed[option.key]
    if isinstance(values.get("repository"), str):
        values["repository"] = str(directory / os.path.expanduser(values["repository"]))
    return command.params.model_validate(values)


_PYDANTICS = "Value error, "
"""Before what one of our own checks says."""


def misfits(command: Command, error: ValidationError) -> str:
    """One line for each value that does not fit, by the option it was typed for."""
    flags = {tuple(part.rstrip("_") for part in option.path): option.flag for option in options(command)}
    lines = []
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        where = tuple(
            kebab(str(part)).replace("-", "_").rstrip("_") for part in detail["loc"] if not isinstance(part, int)
        )
        reason = detail["msg"].removeprefix(_PYDANTICS)
        name = flags.get(where, ".".join(where))  # none where values do not go together
        lines.append(f"{name}{': ' if name else ''}{reason[0].lower()}{reason[1:]}.")
    return "\n".join(lines)


def without_none(annotation: Any) -> Any:
    """``annotation`` less None, which cannot be typed, and less what only the model checks."""
    return reduce(or_, (_plain(held) for held in _members(annotation) if held is not type(None)))


def _plain(annotation: Any) -> Any:
    if typing.get_origin(annotation) is list:
        return list[_plain(typing.get_args(annotation)[0])]  # type: ignore[misc] # known only now
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is typing.Annotated else annotation

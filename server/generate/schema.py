"""The protocol as plain values that every renderer reads: types, fields, enumerations, commands.

Types come from the models' JSON schemas (what is really validated), sentences from their source. Renders nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from hedgerow.protocol import (
    checkouts,
    comments,
    errors,
    follow,
    plans,
    review,
    sessions,
    settings,
    transfer,
    worktrees,
)
from hedgerow.protocol.commands import COMMANDS, NOTIFICATIONS, Command
from hedgerow.protocol.docstrings import class_doc, field_docs, member_docs
from hedgerow.protocol.model import Model

Scalar = Literal["string", "boolean", "integer", "number", "object"]
_HOMES = (checkouts, comments, errors, follow, plans, review, sessions, settings, transfer, worktrees)


@dataclass(frozen=True)
class Type:
    """What a field holds.

    Attributes:
        scalar: the JSON type; ``object`` for another model and for a free-form one.
        name: the model or enumeration, where it is a named one.
        choices: the only values allowed, where there are such.
        is_list: a list of these.
        nullable: null is allowed too.
    """

    scalar: Scalar
    name: str | None = None
    choices: tuple[str, ...] = ()
    is_list: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Field:
    """One field on the wire. ``default`` counts only when it is not required."""

    name: str
    type: Type
    required: bool
    default: object
    doc: str
    schema: dict[str, Any]


@dataclass(frozen=True)
class Record:
    name: str
    doc: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


@dataclass(frozen=True)
class Choice:
    value: str
    doc: str


@dataclass(frozen=True)
class Enumeration:
    name: str
    doc: str
    choices: tuple[Choice, ...]


class Protocol:
    """Every model that the table of commands, the notifications and the settings reach, by name, sorted."""

    def __init__(self) -> None:
        models: list[type[Model]] = []
        for command in COMMANDS:
            models += [command.params, command.result]
        models += [notification.params for notification in NOTIFICATIONS]
        models += [settings.Settings, settings.InitializationOptions]
        unique = list(dict.fromkeys(models))
        _, schema = models_json_schema([(model, "validation") for model in unique], ref_template="{model}")
        self._schemas: dict[str, dict[str, Any]] = schema["$defs"]
        self.records: dict[str, Record] = {}
        self.enumerations: dict[str, Enumeration] = {}
        for name in sorted(self._schemas):
            cls = next(vars(home)[name] for home in _HOMES if name in vars(home))
            if issubclass(cls, Enum):
                self.enumerations[name] = enumeration(cls)
            else:
                self.records[name] = self._record(cls)

    @property
    def commands(self) -> tuple[Command, ...]:
        return COMMANDS

    def params(self, command: Command) -> Record:
        return self.records[command.params.__name__]

    def result(self, command: Command) -> Record:
        return self.records[command.result.__name__]

    def named(self, root: str) -> list[str]:
        """``root`` and every model and enumeration below it, in the order of their first mention."""
        found = [root]
        for name in found:
            record = self.records.get(name)
            for field in record.fields if record else ():
                if field.type.name is not None and field.type.name not in found:
                    found.append(field.type.name)
        return found

    def _record(self, cls: type[Model]) -> Record:
        schema = self._schemas[cls.__name__]
        docs = field_docs(cls, Model)
        required = set(schema.get("required", ()))
        fields = []
        for python_name, info in cls.model_fields.items():
            name = info.alias or python_name
            facts = schema["properties"][name]
            fields.append(
                Field(
                    name=name,
                    type=self._type(facts),
                    required=name in required,
                    default=facts.get("default"),
                    doc=docs.get(python_name, ""),
                    schema=facts,
                )
            )
        return Record(cls.__name__, class_doc(cls), tuple(fields))

    def _type(self, facts: dict[str, Any]) -> Type:
        match facts:
            case {"anyOf": [inner, {"type": "null"}]}:
                held = self._type(inner)
                return Type(held.scalar, held.name, held.choices, held.is_list, nullable=True)
            case {"$ref": str(name)}:
                scalar: Scalar = "string" if "enum" in self._schemas[name] else "object"
                choices = tuple(self._schemas[name].get("enum", ()))
                return Type(scalar, name, choices)
            case {"type": "array", "items": inner}:
                held = self._type(inner)
                return Type(held.scalar, held.name, held.choices, is_list=True)
            case {"enum": [*values], "type": "string"}:
                return Type("string", choices=tuple(values))
            case {"const": str(value)}:
                return Type("string", choices=(value,))
            case {"type": "string" | "boolean" | "integer" | "number" | "object" as scalar}:
                return Type(scalar)
        raise TypeError(f"no renderer knows this JSON schema yet: {facts!r}")


def enumeration(cls: type[Enum]) -> Enumeration:
    docs = member_docs(cls)
    choices = tuple(Choice(str(member.value), docs.get(member.name, "")) for member in cls)
    return Enumeration(cls.__name__, class_doc(cls), choices)

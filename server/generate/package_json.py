"""The parts of ``editors/vscode/package.json`` that follow from the protocol: palette commands and settings.

Owned here: commands whose id starts with ``hedgerow.ui.``, and settings ``hedgerow.<one word>``. Whatever else is
there stays as it is: settings of the client itself have a dot more (``hedgerow.server.path``).

What a person reads of them is in ``package.nls.json`` under the same ids, so that it can be translated.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .schema import Field, Protocol

_COMMAND = "hedgerow.ui."
_SETTING = re.compile(r"hedgerow\.\w+")


def render(protocol: Protocol, current: str) -> str:
    """The manifest with our entries renewed; ``json.dumps`` lays it out as npm and prettier do."""
    manifest: dict[str, Any] = json.loads(current)
    contributes = manifest.setdefault("contributes", {})
    contributes["commands"] = _commands(protocol, contributes.get("commands", []))
    configuration = contributes.setdefault("configuration", {"title": "Hedgerow"})
    configuration["properties"] = _settings(protocol, configuration.get("properties", {}))
    return _laid_out(manifest)


def render_strings(protocol: Protocol, current: str) -> str:
    """``package.nls.json`` with our strings renewed; an empty text stands for a file that is not there."""
    existing: dict[str, Any] = json.loads(current or "{}")
    ours = {_COMMAND + command.verb: command.title for command in protocol.commands}
    ours |= {f"hedgerow.{field.name}": field.doc for field in protocol.records["Settings"].fields}
    theirs = {
        key: text for key, text in existing.items() if not key.startswith(_COMMAND) and not _SETTING.fullmatch(key)
    }
    return _laid_out(ours | theirs)


def _laid_out(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _commands(protocol: Protocol, existing: list[dict[str, Any]]) -> list[dict[str, Any]]:
    before = {entry["command"]: entry for entry in existing}
    ours = []
    for command in protocol.commands:
        name = _COMMAND + command.verb
        # An icon that the client's author added to one of our entries stays.
        entry = before.get(name, {}) | {"command": name, "title": f"%{name}%", "category": "Hedgerow"}
        if command.changes:
            entry["enablement"] = "isWorkspaceTrusted"
        ours.append(entry)
    return [*ours, *(entry for entry in existing if not entry["command"].startswith(_COMMAND))]


def _settings(protocol: Protocol, existing: dict[str, Any]) -> dict[str, Any]:
    theirs = {name: entry for name, entry in existing.items() if not _SETTING.fullmatch(name)}
    names = {f"hedgerow.{field.name}": field for field in protocol.records["Settings"].fields}
    return theirs | {name: _setting(field, existing.get(name, {})) for name, field in names.items()}


def _setting(field: Field, before: dict[str, Any]) -> dict[str, Any]:
    schema = field.schema
    kind: object = schema.get("type")
    if field.type.nullable:
        [schema] = [option for option in schema["anyOf"] if option != {"type": "null"}]
        kind = [schema["type"], "null"]
    facts = {"type": kind}
    facts |= {key: schema[key] for key in ("enum", "items", "minimum", "maximum") if key in schema}
    # What only the settings editor shows is its author's to word.
    facts |= {key: before[key] for key in ("enumDescriptions", "order", "tags") if key in before}
    # `machine`: from the person's own settings only, for nothing that comes with a repository may speak for them.
    return facts | {"default": field.default, "scope": "machine", "markdownDescription": f"%hedgerow.{field.name}%"}

"""``docs/settings.md``: every setting, where it may stand, and its default."""

from __future__ import annotations

import json

from hedgerow.protocol.settings import REBUILDABLE

from .markdown import HEADER, default_words, type_words
from .schema import Field, Protocol

_INTRODUCTION = """\
# Settings

Defaults come first, then your own `settings.toml`, then what your editor passes. A bad entry is warned about and
ignored; it never stops the server. Nothing is ever read from a repository.

- your file: `~/.config/hedgerow/settings.toml` (below `$XDG_CONFIG_HOME` where that is set; on macOS
  `~/Library/Application Support/hedgerow/settings.toml`);
- VS Code: `hedgerow.<setting>` in your user settings;
- Neovim: `vim.g.hedgerow = { settings = { <setting> = … } }`;
- any other editor: `initializationOptions: {"settings": {"<setting>": …}}`.

```toml
startFrom = "fresh"
retention = 0  # off
rebuildable = ["dist-cache"]
```
"""


def render(protocol: Protocol) -> str:
    return "\n".join([HEADER, _INTRODUCTION, *map(_setting, protocol.records["Settings"].fields)])


def _setting(field: Field) -> str:
    lines = [f"## `{field.name}`", "", field.doc, "", f"{type_words(field.type)}{_bounds(field)}; "]
    lines[-1] += f"default {default_words(field)}."
    lines[-1] = lines[-1][0].upper() + lines[-1][1:] if lines[-1][0].isalpha() else lines[-1]
    if field.name == "rebuildable":
        lines += ["", "Built in: " + ", ".join(f"`{name}`" for name in REBUILDABLE) + "."]
    return "\n".join(lines) + "\n"


def _bounds(field: Field) -> str:
    facts = next((option for option in field.schema.get("anyOf", ()) if "minimum" in option), field.schema)
    lowest, highest = facts.get("minimum"), facts.get("maximum")
    if lowest is not None and highest is not None:
        return f" from {json.dumps(lowest)} to {json.dumps(highest)}"
    return f", at least {json.dumps(lowest)}" if lowest is not None else ""

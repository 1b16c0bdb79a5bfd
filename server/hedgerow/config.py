"""Settings as they count: defaults, then the person's own `settings.toml`, then what the editor passes.

Owns finding and reading the file and judging each entry by itself. Never raises for what a person wrote: a bad
entry becomes one sentence and is left out. Nothing is ever read from a repository.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from .protocol.settings import Settings

FIELDS = {info.alias or name: name for name, info in Settings.model_fields.items()}
"""Names of the settings as a person writes them, with the names of their fields."""


def settings_path() -> Path:
    """The person's `settings.toml`, whether it exists or not."""
    import platformdirs  # noqa: PLC0415 - only where settings are read

    return platformdirs.user_config_path("hedgerow", appauthor=False) / "settings.toml"


def load_settings(editor: Mapping[str, object] | None = None) -> tuple[Settings, list[str]]:
    """The merged settings, and one sentence for each entry that was left out.

    Args:
        editor: what the editor passes, by the names on the wire; None on the shell.
    """
    path = settings_path()
    written, warnings = _read(path)
    chosen: dict[str, object] = {}
    for source, layer in ((path.name, written), ("the editor's settings", editor or {})):
        for name, value in layer.items():
            field = FIELDS.get(name)
            problem = _unknown(name) if field is None else _problem(field, value)
            if problem is not None:
                warnings.append(f"{source}: {problem}")
            elif field is not None:
                chosen[field] = _meaning(field, value)
    return Settings.model_validate(chosen, strict=True), warnings


def _read(path: Path) -> tuple[Mapping[str, object], list[str]]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")), []
    except FileNotFoundError:
        return {}, []
    except UnicodeDecodeError:
        return {}, [f"{path} is ignored: it is not UTF-8 text."]
    except tomllib.TOMLDecodeError as error:
        return {}, [f"{path} is ignored: it is not TOML ({error})."]
    except OSError as error:
        return {}, [f"{path} is ignored: it cannot be read ({error.strerror})."]


def _meaning(field: str, value: object) -> object:
    # TOML has no null, so zero turns retention off; `False` is equal to zero and means nothing here.
    return None if field == "retention" and type(value) is int and value == 0 else value


def _problem(field: str, value: object) -> str | None:
    """Why this entry alone is not acceptable; strictly, so that `"15"` or `"no"` are not guessed at."""
    try:
        Settings.model_validate({field: _meaning(field, value)}, strict=True)
    except ValidationError as error:
        reason = error.errors(include_url=False, include_context=False, include_input=False)[0]["msg"]
        alias = next(name for name, own in FIELDS.items() if own == field)
        return f"{alias} is ignored: {reason[0].lower()}{reason[1:]}."
    return None


def _unknown(name: str) -> str:
    by_folded = {_folded(known): known for known in FIELDS}
    close = difflib.get_close_matches(_folded(name), by_folded, n=1)
    hint = f"; did you mean {by_folded[close[0]]}?" if close else "."
    return f"{_visible(name)} is ignored: there is no such setting{hint}"


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _visible(name: str) -> str:
    return name if name.isprintable() and len(name) <= 60 else repr(name)[:60]

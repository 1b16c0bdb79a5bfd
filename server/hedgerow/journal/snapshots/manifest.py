"""What a snapshot records beside git's own objects, as JSON in its admin tree. A value; reads and writes nothing.

Paths are bytes; in JSON they are UTF-8 with every other byte as a lone surrogate, which gives them back exactly.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

VERSION = 1

DEFAULT_MODES = (0o644, 0o755, 0o755)


@dataclass(frozen=True)
class KeptFile:
    """A file that stays outside git: ignored, over the size limit, or with a name that git refuses."""

    path: bytes
    mode: int
    size: int
    oid: str
    """Id of its bytes as git would give it; the name of its copy."""
    ignored: bool
    """Ignored by git: it belongs to its checkout and does not travel with work that moves."""


@dataclass(frozen=True)
class Manifest:
    """See the module.

    Attributes:
        head_ref: what HEAD pointed at, None when detached.
        modes: permissions of plain files, of executable ones and of directories; `other_modes` has the exceptions.
        childless: directories that nothing else would bring back.
        absent: tracked paths that were not on disk though nothing deleted them (sparse checkout).
        raw: files whose exact bytes are kept: path -> object.
        smudged: files that the filters in force give back: path -> id of those bytes.
        kept: files outside git; `kept_links` are ignored links: path -> target.
        refs: refs of this checkout alone; `root_refs` pseudo-refs that are no files.
        state_modes: permissions of files of an operation in progress that are not 0644.
        options: settings of line endings, as `-c` takes them, for giving back the same bytes.
    """

    label: str
    reason: str
    path: str
    created: float
    head_ref: str | None
    head_oid: str | None
    linked: bool
    operation: str | None = None
    modes: tuple[int, int, int] = DEFAULT_MODES
    other_modes: Mapping[bytes, int] = field(default_factory=dict)
    childless: tuple[bytes, ...] = ()
    absent: tuple[bytes, ...] = ()
    raw: Mapping[bytes, str] = field(default_factory=dict)
    smudged: Mapping[bytes, str] = field(default_factory=dict)
    kept: tuple[KeptFile, ...] = ()
    kept_links: Mapping[bytes, bytes] = field(default_factory=dict)
    rebuildable: tuple[bytes, ...] = ()
    refs: Mapping[str, str] = field(default_factory=dict)
    root_refs: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    state_modes: Mapping[bytes, int] = field(default_factory=dict)

    def to_json(self) -> bytes:
        value = {
            "version": VERSION,
            "label": self.label,
            "reason": self.reason,
            "path": self.path,
            "created": self.created,
            "headRef": self.head_ref,
            "headOid": self.head_oid,
            "linked": self.linked,
            "operation": self.operation,
            "modes": list(self.modes),
            "otherModes": {_text(path): mode for path, mode in sorted(self.other_modes.items())},
            "childless": [_text(path) for path in self.childless],
            "absent": [_text(path) for path in self.absent],
            "raw": {_text(path): oid for path, oid in sorted(self.raw.items())},
            "smudged": {_text(path): oid for path, oid in sorted(self.smudged.items())},
            "kept": [[_text(one.path), one.mode, one.size, one.oid, one.ignored] for one in self.kept],
            "keptLinks": {_text(path): _text(target) for path, target in sorted(self.kept_links.items())},
            "rebuildable": [_text(path) for path in self.rebuildable],
            "refs": dict(self.refs),
            "rootRefs": dict(self.root_refs),
            "options": list(self.options),
            "stateModes": {_text(path): mode for path, mode in sorted(self.state_modes.items())},
        }
        return json.dumps(value, indent=1).encode()

    @classmethod
    def from_json(cls, raw: bytes) -> Manifest:
        """Raises:
        ValueError: written by a newer version, or not a manifest.
        """
        value: dict[str, Any] = json.loads(raw)
        if value.get("version") != VERSION:
            raise ValueError(f"a snapshot of version {value.get('version')}; this program knows {VERSION}")
        plain, executable, directory = value["modes"]
        return cls(
            label=value["label"],
            reason=value["reason"],
            path=value["path"],
            created=value["created"],
            head_ref=value["headRef"],
            head_oid=value["headOid"],
            linked=value["linked"],
            operation=value["operation"],
            modes=(plain, executable, directory),
            other_modes={_bytes(path): mode for path, mode in value["otherModes"].items()},
            childless=tuple(_bytes(path) for path in value["childless"]),
            absent=tuple(_bytes(path) for path in value["absent"]),
            raw={_bytes(path): oid for path, oid in value["raw"].items()},
            smudged={_bytes(path): oid for path, oid in value["smudged"].items()},
            kept=tuple(
                KeptFile(_bytes(path), mode, size, oid, ignored) for path, mode, size, oid, ignored in value["kept"]
            ),
            kept_links={_bytes(path): _bytes(target) for path, target in value["keptLinks"].items()},
            rebuildable=tuple(_bytes(path) for path in value["rebuildable"]),
            refs=value["refs"],
            root_refs=value["rootRefs"],
            options=tuple(value["options"]),
            state_modes={_bytes(path): mode for path, mode in value["stateModes"].items()},
        )


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

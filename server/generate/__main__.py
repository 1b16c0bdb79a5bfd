"""``python -m generate``: writes every generated file, or with ``--check`` fails naming those that are stale."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from . import cli_page, lua, package_json, protocol_page, settings_page, typescript
from .schema import Protocol

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = "editors/vscode/package.json"
STRINGS = "editors/vscode/package.nls.json"
"""What a person reads of the manifest."""

WHOLE: dict[str, Callable[[Protocol], str]] = {
    "docs/protocol.md": protocol_page.render,
    "docs/cli.md": cli_page.render,
    "docs/settings.md": settings_page.render,
    "editors/vscode/src/protocol.generated.ts": typescript.render,
    "editors/neovim/lua/hedgerow/protocol.lua": lua.render,
}
"""Files that are written as a whole."""


def stale(root: Path, protocol: Protocol) -> dict[str, str]:
    """Paths below ``root`` that are missing or differ from what they should hold, with what they should hold."""
    wanted = {path: render(protocol) for path, render in WHOLE.items()}
    manifest = root / MANIFEST
    if manifest.exists():
        wanted[MANIFEST] = package_json.render(protocol, manifest.read_text(encoding="utf-8"))
        wanted[STRINGS] = package_json.render_strings(protocol, _text(root / STRINGS) or "")
    else:
        print(f"{MANIFEST} is not there: its commands and settings are not generated", file=sys.stderr)
    return {path: text for path, text in wanted.items() if _text(root / path) != text}


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository (default: this one)")
    options = parser.parse_args(arguments)
    files = stale(options.root, Protocol())
    if options.check:
        for path in files:
            print(f"{path} is stale: run `make generate`", file=sys.stderr)
        return 1 if files else 0
    for path, text in files.items():
        target = options.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Words for a terminal: what came from files, branches and subjects made harmless; times, sizes and counts made short.

Pure. Whatever is printed for reading goes through `visible`.
"""

from __future__ import annotations

import unicodedata

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co"})
_JOINERS = "\u200c\u200d"  # part of ordinary words and emoji; they neither move nor hide text


def visible(text: str, *, lines: bool = False) -> str:
    """``text`` with every character that could steer a terminal or hide something spelt out.

    A control sequence is shown rather than dropped, so that two names never look the same.

    Args:
        lines: keep line breaks and tabs, for text of several lines such as a script.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _harmless(char, lines) else _spelt(char) for char in text)


def _harmless(char: str, lines: bool) -> bool:
    if lines and char in "\n\t":
        return True
    return char in _JOINERS or unicodedata.category(char) not in _UNSAFE


def _spelt(char: str) -> str:
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char) or (
        f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"
    )


def age(seconds: float) -> str:
    """A duration in its largest unit: `now`, `5m`, `3h`, `12d`, `8w`, `3y`."""
    for size, unit in ((365 * 86400, "y"), (14 * 86400, "w"), (86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // (7 * 86400 if unit == 'w' else size))}{unit}"
    return "now"


def size(count: int) -> str:
    """Bytes in powers of 1024: `12 B`, `3.4 KiB`, `120 MiB`."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

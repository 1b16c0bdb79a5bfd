"""Text for a person, with nothing in it that could steer a terminal: a sentence on one line, or several lines."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator

_SEQUENCES = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]"  # colours, cursor, bracketed paste
    "|\x1b[\\]P_^X].*?(?:\x07|\x1b\\\\|\\Z)"  # titles, links and whole strings
    "|\x1b.|\x9b[0-?]*[ -/]*[@-~]",
    re.DOTALL,
)
_DROPPED = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """Everything that does not print, line breaks too, spelt out: `\\n`, `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


Sentence = Annotated[str, AfterValidator(one_line)]
"""A `str` that went through `one_line`, wherever its words came from: a path, a branch, a lock's reason."""


def harmless(text: str) -> str:
    """Text of several lines without control sequences and characters that hide or reorder others."""
    text = _SEQUENCES.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(
        char
        for char in text
        if char in "\n\t" or (unicodedata.category(char) not in _DROPPED and char not in _DIRECTIONS)
    )

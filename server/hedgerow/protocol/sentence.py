"""Text for a person: one line, nothing in it that could steer a terminal or pass for a second sentence."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


def one_line(text: str) -> str:
    """Everything that does not print, line breaks too, spelt out: `\\n`, `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


Sentence = Annotated[str, AfterValidator(one_line)]
"""A `str` that went through `one_line`, wherever its words came from: a path, a branch, a lock's reason."""

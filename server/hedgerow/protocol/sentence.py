"""Text for a person: one line, nothing in it that could steer a terminal or pass for a second sentence."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


def one_line(text: str) -> str:
    """Line breaks become spaces; control characters, and what UTF-8 cannot say, are dropped or shown as `?`."""
    joined = " ".join(text.split("\n")) if "\n" in text else text
    if joined.isascii() and joined.isprintable():
        return joined
    plain = joined.encode("utf-8", "replace").decode()
    return "".join(char for char in plain if char.isprintable())


Sentence = Annotated[str, AfterValidator(one_line)]
"""A `str` that went through `one_line`, wherever its words came from: a path, a branch, a lock's reason."""

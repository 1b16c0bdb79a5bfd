"""The sentences below the fields of a class, read from its source.

Python keeps no docstring of a field, and pydantic's own extraction would cost every start of the server some 15 ms;
so they are read here, only where documentation or the shell's help is made.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap


def _own(cls: type) -> dict[str, str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for statement, following in zip(body.body, body.body[1:], strict=False):
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                pass
            case _:
                continue
        match following:
            case ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = re.sub(r"\bNone\b", "null", inspect.cleandoc(text))  # readers of the wire see null
    return found


def field_docs(cls: type, root: type) -> dict[str, str]:
    """Docstrings of the fields of ``cls`` by their Python names, with those of its bases down to ``root``."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, root) and base is not root:
            found |= _own(base)
    return found


def member_docs(enum: type) -> dict[str, str]:
    """Docstrings of the members of an enumeration by their Python names."""
    return _own(enum)


def class_doc(cls: type) -> str:
    """The docstring written on ``cls`` itself, or an empty string; an inherited one would mislead."""
    return inspect.cleandoc(cls.__doc__) if "__doc__" in vars(cls) and cls.__doc__ else ""

"""The program `hedgerow`. Only tells the language server, for which an editor waits, from everything else."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the process; never raises for what a person did."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] == "serve" and set(given[1:]) <= {"--stdio"}:
        from hedgerow.lsp.main import serve  # noqa: PLC0415 - and nothing of the shell

        return serve()
    from .shell import shell  # noqa: PLC0415 - and nothing of the server

    return int(shell(given))

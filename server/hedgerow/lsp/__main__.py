"""`python -m hedgerow.lsp`: the server, without the shell command's imports."""

import sys

from .main import serve

sys.exit(serve())

"""A language server that does nothing, as pygls' own examples write it: the other side of `bench/serving.py`."""

from pygls.lsp.server import LanguageServer

server = LanguageServer("bare", "1")

if __name__ == "__main__":
    server.start_io()

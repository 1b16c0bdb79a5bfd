"""The only room that knows LSP: a pygls server over stdio, in front of one `App`.

Importing this package imports nothing; what is needed before the reply to `initialize` is kept small on purpose.
"""

"""Comments of a person on the lines and files of a checkout's work: kept, followed as the text changes, sent.

Nothing here changes a checkout, and nothing of it is an operation: a comment is the person's own words, and is deleted
in a way that lets it come back.
"""

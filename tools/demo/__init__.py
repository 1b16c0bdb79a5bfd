"""`make demo`: Hedgerow's main job for real, on a repository of its own, in about a minute.

A terminal client drives the real server over LSP, the way an editor does, and after each step looks for itself, with
plain git and a plain walk over the bytes, whether what Hedgerow promises is true. Whatever is not ends the demo with
exit code 1. It never touches anything outside its own folder.
"""

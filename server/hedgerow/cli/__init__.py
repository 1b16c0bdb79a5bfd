"""The same commands on the shell: parsed from the one table, asked about and shown for reading or as JSON.

No policy lives here: what a command means is the application's; this room only words it. What a run does not need
is not imported: `hedgerow list --json` should cost little more than Python and pydantic.
"""

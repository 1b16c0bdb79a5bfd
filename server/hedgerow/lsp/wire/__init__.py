"""The pipe to the client: bytes, messages, pygls' protocol with its defects mended. No command is known here."""

"""Commands that cross rooms, one module each."""

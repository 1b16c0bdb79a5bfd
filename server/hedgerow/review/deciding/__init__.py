"""What a person makes of it: accepting and rejecting files, hunks and lines, now or at the end of a turn."""

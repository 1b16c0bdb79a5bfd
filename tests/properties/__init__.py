"""What holds for every command, over generated states, by the independent witness."""

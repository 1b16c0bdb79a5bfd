"""What a server does that a shell does not: it watches what is listed, follows for its client, and tells of reviews."""

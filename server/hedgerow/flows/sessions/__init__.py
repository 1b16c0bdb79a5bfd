"""Commands about sessions: they need agents and terminals, and the checkouts that these work in."""

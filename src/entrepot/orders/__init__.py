"""First room: what was sold, to whom, and what cannot be known of it."""

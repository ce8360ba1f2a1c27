"""Tables of making sense."""

"""Words and small drawings of the pages of making sense."""

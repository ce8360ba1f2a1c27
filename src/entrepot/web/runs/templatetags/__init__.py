"""Words for the pages of runs."""

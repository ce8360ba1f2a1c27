"""Words for the pages of findings and reviews."""

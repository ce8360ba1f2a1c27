"""Nothing is kept here: the measures stand in the run."""

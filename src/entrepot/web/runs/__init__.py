"""Runs: what was sent in, what is being analysed, what was found when, and how two runs differ."""

"""Findings to look at, the actor behind each, what reviewers concluded, and what was seen outside the orders."""

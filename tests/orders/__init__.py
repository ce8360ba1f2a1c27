"""The tests of the first room."""

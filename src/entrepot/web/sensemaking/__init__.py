"""Making sense together: questions, rounds that people answer by name or blind, acts of sensegiving, the account."""

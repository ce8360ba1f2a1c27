"""How the tables of `protection` came to be."""

"""How the tables of `coding` came to be."""

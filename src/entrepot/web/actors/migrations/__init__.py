"""How the tables of `actors` came to be."""

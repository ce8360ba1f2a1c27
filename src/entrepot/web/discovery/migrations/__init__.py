"""How the tables of `discovery` came to be."""

"""How the tables of `interdependence` came to be."""

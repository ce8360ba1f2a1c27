"""What the product owes to people: purposes, retention, the requests of subjects, errors compared."""

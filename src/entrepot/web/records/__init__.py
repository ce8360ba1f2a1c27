"""What people did, so that it can be proved later: append-only, each record chained to the one before."""

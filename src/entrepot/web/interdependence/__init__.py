"""The dashboard of how far the firm and its customer-entrepreneurs depend on each other."""

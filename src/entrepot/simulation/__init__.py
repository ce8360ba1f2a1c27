"""The same rooms on a made market: what a firm would see where it is known who resells."""

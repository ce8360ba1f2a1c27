"""Who is who, as people correct it: actors joined and parted, with a reason, for the next run to read."""

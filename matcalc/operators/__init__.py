"""The operators, one file a family: what is true of each alone."""

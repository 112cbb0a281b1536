"""Who does the work: runs are split into steps, and each step is worked off, at least once, to one effect."""

"""Who is in the groups, how they are called, who answers for a group. One file, one check."""

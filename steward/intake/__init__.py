"""Tables that people hand in: the group register, a group's members, the employee list. Bytes in, records out."""

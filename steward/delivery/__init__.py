"""How it arrives: queue in the transaction of the state it tells of, claim, send, settle."""

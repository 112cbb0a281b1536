"""What a person may do, each audited. Jobs propose; nothing here runs by itself."""

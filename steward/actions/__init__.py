"""What a person may do: confirm, waive, approve, pause; each audited. Empty until there is something to confirm."""

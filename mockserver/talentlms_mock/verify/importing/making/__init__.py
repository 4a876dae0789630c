"""Making the database of a portal of what was read: rows, checked against the portal's rules."""

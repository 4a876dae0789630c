"""What a test reads from a portal and adds to it, as plain objects."""

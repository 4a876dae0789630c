"""What a portal knows of the API: the names, paths and response fields of operations."""

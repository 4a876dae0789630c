"""The commands that talk to a running mock over its control API."""

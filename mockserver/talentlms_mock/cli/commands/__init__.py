"""The commands that talk to a mock that runs, over its control API."""

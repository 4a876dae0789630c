"""The documentation: its snippets run, its tables match, and its links lead somewhere."""

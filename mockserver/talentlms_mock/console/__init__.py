"""The console: pages for a browser below `/__mock__/console/`, on what the Python handle does."""

PREFIX = "/__mock__/console"
"""What every path of the console starts with."""

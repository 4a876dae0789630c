"""The control API below `/__mock__/`: what the Python handle does, over HTTP and in JSON."""

PREFIX = "/__mock__"
"""What every path of the control API starts with."""

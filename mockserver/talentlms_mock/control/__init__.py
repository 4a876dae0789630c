"""The control API below `/__mock__/`: what the Python handle does, over HTTP and in JSON."""

PREFIX = "/__mock__"
"""What every path of the control API starts with."""


def is_below(path: str) -> bool:
    """Return whether a request's path is one of the control API's."""
    return path.startswith(PREFIX) and path[len(PREFIX) : len(PREFIX) + 1] in ("", "/")

"""Routes of Starlette for every path that a client can send."""

import re
from typing import TypeVar

from starlette.routing import Mount, Route

R = TypeVar("R", Mount, Route)


def with_line_breaks(route: R) -> R:
    """Return a route, for whose rest of a path any text will do, also one with a line break.

    Starlette's own pattern leaves such a path out.
    """
    route.path_regex = re.compile(route.path_regex.pattern, re.DOTALL)
    return route
